// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands.h"
#include "app/ctl/texttable.h"

#include "core/control/methods.h"

#include <QTextStream>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const auto kTour = uR"(
From nothing to a stream on air:
  continuoctl channel create demo
  continuoctl playlist add demo clip1.mp4 clip2.mov
  continuoctl destination add demo hls:/tmp/demo --serve 127.0.0.1:8080
  continuoctl start demo
  continuoctl status demo

Commands that need a station start it when it does not run (channel create, playlist add, start...);
those that only ask say that it does not run. Items are named by the id that `playlist list` shows.

Exit status: 0 done; 1 the station refused or failed; 2 wrong use; 3 the station does not run, ended
meanwhile, cannot be reached or could not be started; 4 it did not answer in time. That of doctor
says what it found: see continuoctl doctor --help.
)"_s;

void writeOptions(QTextStream &out, std::span<const OptionSpec> options)
{
    for (const OptionSpec &option : options) {
        QString left = QString::fromLatin1(option.name);
        if (option.value)
            left += u' ' + QString::fromLatin1(option.value);
        out << "  " << left.leftJustified(20) << ' ' << option.doc << '\n';
    }
}

} // namespace

QString generalHelp()
{
    QString text;
    QTextStream out(&text);
    out << "Usage: continuoctl [--state DIR] [--json] COMMAND ...\n\n"
           "Runs a station of Continuo from the command line.\n\nCommands:\n";
    for (const CommandSpec &command : commandTable()) {
        const QString left
            = QString::fromLatin1(command.name) + u' ' + QString::fromLatin1(command.arguments);
        if (left.size() > 30)
            out << "  " << left << '\n' << QString(33, u' ');
        else
            out << "  " << left.leftJustified(30) << ' ';
        out << command.doc << '\n';
    }
    out << "\nOptions of every command:\n";
    writeOptions(out, commonOptions());
    out << kTour << "\nMore: continuoctl COMMAND --help\n";
    return text;
}

QString commandHelp(const CommandSpec &command)
{
    QString text;
    QTextStream out(&text);
    out << "Usage: " << usageLine(command) << "\n\n" << command.doc << '\n';
    if (!command.options.empty()) {
        out << "\nOptions:\n";
        writeOptions(out, command.options);
    }
    out << "\nExamples:\n";
    for (const QString &example : QString::fromLatin1(command.examples).split(u'\n'))
        out << "  " << example << '\n';
    if (const MethodSpec *method
        = command.method ? findMethod(QString::fromLatin1(command.method)) : nullptr) {
        out << "\nMethod " << method->name << "; --json prints its result:\n  "
            << QString(method->result).remove(u'`') << '\n';
    }
    out << "\nOptions of every command: see continuoctl --help\n";
    return text;
}

QString groupHelp(const QString &word)
{
    QString text;
    for (const CommandSpec &command : commandTable()) {
        if (QString::fromLatin1(command.name).section(u' ', 0, 0) != word)
            continue;
        text += u"  "_s + usageLine(command) + u"\n      "_s + QString::fromLatin1(command.doc)
            + u'\n';
    }
    return text.isEmpty() ? text : u"Usage:\n"_s + text;
}

} // namespace continuo
