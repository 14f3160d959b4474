// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/commandline.h"

namespace continuo {

// Each makes the parameters of a method from a command line. Relative paths become absolute here,
// for the engine has another working folder. Errors: InvalidArgument, and those of reading a key.
Result<QJsonObject> noParams(const CommandLine &line);
Result<QJsonObject> channelParams(const CommandLine &line); ///< CHANNEL or nothing
Result<QJsonObject> nameParams(const CommandLine &line); ///< NAME
Result<QJsonObject> channelSettings(const CommandLine &line); ///< create and set
Result<QJsonObject> itemParams(const CommandLine &line); ///< CHANNEL ITEM
Result<QJsonObject> itemsParams(const CommandLine &line); ///< CHANNEL ITEM...
Result<QJsonObject> moveParams(const CommandLine &line); ///< the same, --to required
Result<QJsonObject> filesParams(const CommandLine &line); ///< CHANNEL FILE... [--at ROW]
Result<QJsonObject> setParams(const CommandLine &line); ///< CHANNEL ITEM, at least one option
Result<QJsonObject> destinationParams(const CommandLine &line);
Result<QJsonObject> destinationIdParams(const CommandLine &line);
Result<QJsonObject> renderParams(const CommandLine &line);
Result<QJsonObject> logoParams(const CommandLine &line); ///< CHANNEL [FILE]

} // namespace continuo
