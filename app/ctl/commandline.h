// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <span>

class QTextStream;

namespace continuo {

/// Exit status of continuoctl; --help names them.
enum ExitStatus : int {
    kDone = 0,
    kRefused = 1, ///< the station refused or failed
    kWrongUse = 2,
    kNotReachable = 3, ///< the station does not run, ended, or could not be started
    kTimedOut = 4, ///< the station did not answer in time
};

struct OptionSpec {
    const char *name; ///< "--at"
    const char *value; ///< "N"; nullptr: no value
    const char *doc;
};

/// The words of a command line after they were sorted.
struct CommandLine {
    QStringList arguments; ///< without the command's own words
    QHash<QString, QString> options; ///< "--at" -> "3"; without a value: empty

    bool has(const char *option) const { return options.contains(QString::fromLatin1(option)); }
    QString value(const char *option) const { return options.value(QString::fromLatin1(option)); }
};

/// One command: what it is called, what its help says, the method behind it.
struct CommandSpec {
    const char *name; ///< "playlist add"
    const char *arguments; ///< "CHANNEL FILE...": [X] may be absent, X... may repeat
    const char *doc;
    const char *examples; ///< lines
    std::span<const OptionSpec> options;
    bool startsStation = false;
    const char *method = nullptr; ///< nullptr: runs by itself (main.cpp)
    /// Makes the method's parameters. Errors: InvalidArgument, NotFound, PermissionDenied.
    Result<QJsonObject> (*params)(const CommandLine &line) = nullptr;
    void (*print)(QTextStream &out, const QJsonObject &result) = nullptr;
};

/// Options that every command takes.
std::span<const OptionSpec> commonOptions();

/// The command that the words begin with (two words before one), or nullptr.
const CommandSpec *findCommand(std::span<const CommandSpec> commands, const QStringList &words);

/// Splits \p words into options and arguments. Knows all options of \p commands, so that the
/// command's words may stand behind them. Errors: InvalidArgument (unknown option, value missing).
Result<CommandLine> sortWords(std::span<const CommandSpec> commands, const QStringList &words);

/// Takes the command's words off and checks arguments and options against \p command.
/// Errors: InvalidArgument, with the usage line.
Result<CommandLine> fitToCommand(const CommandSpec &command, CommandLine line);

QString usageLine(const CommandSpec &command);

} // namespace continuo
