// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

namespace continuo {

/// Overwrites every secret in the URLs of the command line, so that /proc/PID/cmdline shows it no
/// longer. To be called first, after the words were copied.
void hideSecretsOfCommandLine(int argc, char **argv);

/// The first line of standard input; at a terminal it asks, without showing what is typed.
/// Errors: InvalidArgument (no text, empty or too long), Io.
Result<QString> keyFromStandardInput();

/// The first line of a file; says so on standard error when others may read that file. A pipe is
/// waited for, a minute at most. Errors: NotFound, PermissionDenied, InvalidArgument (a folder; no
/// text, empty or too long), Timeout, Io.
Result<QString> keyFromFile(const QString &path);

} // namespace continuo
