// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commandline.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::array<OptionSpec, 5> kCommon{{
    {"--state", "DIR", "the station that keeps everything under DIR (default: the XDG folders)"},
    {"--json", nullptr, "one JSON object on standard output, also for an error"},
    {"--timeout", "SECONDS", "how long to wait for the answer (default 60; render: for ever)"},
    {"--help", nullptr, "help, also behind a command"},
    {"--version", nullptr, "the version of this program"},
}};

const OptionSpec *findOption(std::span<const OptionSpec> options, const QString &name)
{
    for (const OptionSpec &option : options) {
        if (name == QLatin1StringView(option.name))
            return &option;
    }
    return nullptr;
}

const OptionSpec *findAnywhere(std::span<const CommandSpec> commands, const QString &name)
{
    if (const OptionSpec *option = findOption(kCommon, name))
        return option;
    for (const CommandSpec &command : commands) {
        if (const OptionSpec *option = findOption(command.options, name))
            return option;
    }
    return nullptr;
}

} // namespace

std::span<const OptionSpec> commonOptions()
{
    return kCommon;
}

const CommandSpec *findCommand(std::span<const CommandSpec> commands, const QStringList &words)
{
    for (const qsizetype count : {2, 1}) {
        const QString name = words.mid(0, count).join(u' ');
        for (const CommandSpec &command : commands) {
            if (words.size() >= count && name == QLatin1StringView(command.name))
                return &command;
        }
    }
    return nullptr;
}

Result<CommandLine> sortWords(std::span<const CommandSpec> commands, const QStringList &words)
{
    CommandLine line;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString &word = words.at(i);
        if (word == "--"_L1) {
            line.arguments += words.mid(i + 1);
            break;
        }
        if (!word.startsWith(u'-') || word == "-"_L1) {
            line.arguments.append(word);
            continue;
        }
        const QString name = word == "-h"_L1 ? u"--help"_s : word.section(u'=', 0, 0);
        const OptionSpec *option = findAnywhere(commands, name);
        if (!option)
            return invalidArgument(
                u"there is no option %1 (a file that begins with '-' goes behind --)"_s.arg(name));
        const bool hasInlineValue = word.contains(u'=');
        if (!option->value && hasInlineValue)
            return invalidArgument(name + u" takes no value"_s);
        QString value = word.section(u'=', 1);
        if (option->value && !hasInlineValue) {
            if (i + 1 >= words.size())
                return invalidArgument(
                    u"%1 needs a value: %1 %2"_s.arg(name, QString::fromLatin1(option->value)));
            value = words.at(++i);
        }
        if (line.options.contains(name))
            return invalidArgument(name + u" stands there twice"_s);
        line.options.insert(name, value);
    }
    return line;
}

Result<CommandLine> fitToCommand(const CommandSpec &command, CommandLine line)
{
    const QString usage = u"\nusage: "_s + usageLine(command);
    line.arguments.remove(0, QString::fromLatin1(command.name).count(u' ') + 1);
    for (auto option = line.options.keyBegin(); option != line.options.keyEnd(); ++option) {
        if (!findOption(kCommon, *option) && !findOption(command.options, *option))
            return invalidArgument(
                u"%1 is no option of '%2'"_s.arg(*option, QString::fromLatin1(command.name))
                + usage);
    }
    qsizetype least = 0;
    qsizetype most = 0;
    const QStringList wanted = QString::fromUtf8(command.arguments).split(u' ', Qt::SkipEmptyParts);
    for (const QString &argument : wanted) {
        least += argument.startsWith(u'[') ? 0 : 1;
        most = argument.endsWith("..."_L1) ? 1'000'000 : most + 1;
    }
    if (line.arguments.size() < least)
        return invalidArgument(wanted.at(line.arguments.size()) + u" is missing"_s + usage);
    if (line.arguments.size() > most)
        return invalidArgument(u"'%1' is too much"_s.arg(line.arguments.at(most)) + usage);
    return line;
}

QString usageLine(const CommandSpec &command)
{
    QString usage = u"continuoctl "_s + QString::fromLatin1(command.name);
    if (*command.arguments)
        usage += u' ' + QString::fromUtf8(command.arguments);
    for (const OptionSpec &option : command.options) {
        usage += u" ["_s + QString::fromLatin1(option.name);
        if (option.value)
            usage += u' ' + QString::fromLatin1(option.value);
        usage += u']';
    }
    return usage;
}

} // namespace continuo
