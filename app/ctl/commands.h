// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/commandline.h"

#include <QString>

#include <span>

namespace continuo {

/// Every command, in the order of the help.
std::span<const CommandSpec> commandTable();

/// `continuoctl --help`
QString generalHelp();
/// `continuoctl COMMAND --help`
QString commandHelp(const CommandSpec &command);
/// Help for all commands that begin with \p word ("playlist"); empty when there is none.
QString groupHelp(const QString &word);

} // namespace continuo
