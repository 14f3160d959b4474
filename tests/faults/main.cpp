// SPDX-License-Identifier: GPL-3.0-or-later
// The judge of "Kill anything": one row a fault. Prints what ./check counts, and a table.
#include "tests/faults/faulttable.h"
#include "tests/faults/rows.h"
#include "tests/support/desktop/desktop.h"

#include <QCommandLineParser>
#include <QGuiApplication>

#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

// Rows that share a station and a recording, at different moments of it: a start and an end cost as
// much as two faults. A row that begins a new timeline is the last of its group: the far ends of
// all before it are judged up to there.
struct Group {
    /// quick; waits: for a server or a disk, with little to do; stops: of the station's own
    /// processes, so that time on air presses; loads: the whole machine.
    QString kind;
    QStringList rows;
};

const QList<Group> kGroups{
    {u"quick"_s,
     {u"killConsole"_s, u"killEncoder"_s, u"stopEncoder3s"_s, u"stopEncoderForEver"_s,
      u"deleteFifo"_s, u"killPublisher"_s, u"stopPublisher"_s, u"stopPublisherKillEncoder"_s,
      u"powerCut"_s}},
    {u"quick"_s,
     {u"killPlayerAtStart"_s, u"killPlayerInMiddle"_s, u"stopPlayer"_s, u"killPlayerInPreroll"_s,
      u"clockStep"_s}},
    {u"quick"_s, {u"deleteFile"_s, u"replaceFile"_s, u"killKeeperAndEngine"_s}},
    {u"quick"_s, {u"stallFile"_s}}, // its files are read through a file system of ours
    // The new keeper must hold what the old one held: the engine's death shows whether it does.
    // Three deaths of an engine within a minute make the keeper wait: two to a group.
    {u"quick"_s,
     {u"killKeeper"_s, u"killEngine"_s, u"stopEngine3s"_s, u"killPublisherAfterTakeOver"_s}},
    {u"quick"_s, {u"killEngineAndEncoder"_s, u"killEngineAndPlayer"_s}},
    {u"quick"_s, {u"stopClock"_s, u"killEngineThenEncoder"_s}},
    {u"quick"_s, {u"fullHls"_s, u"fullState"_s, u"fullLogs"_s}},
    {u"waits"_s,
     {u"fullRecording"_s, u"blackHole30s"_s, u"blackHoleRoute30s"_s, u"blackHole3s"_s,
      u"stopServer30s"_s}},
    {u"stops"_s, {u"overload"_s, u"suspend"_s}},
    {u"loads"_s, {u"burners"_s}},
};

std::vector<FaultRow> allRows(Desktop &desktop, const QString &noScreen)
{
    std::vector<FaultRow> rows = consoleRows(desktop, noScreen);
    for (std::vector<FaultRow> &more : std::array{chainRows(), fileRows(), engineRows(), diskRows(),
                                                  serverRows(), stationRows(), overloadRows()})
        std::ranges::move(more, std::back_inserter(rows));
    return rows;
}

const FaultRow *rowNamed(const std::vector<FaultRow> &rows, const QString &name)
{
    const auto found = std::ranges::find(rows, name, &FaultRow::name);
    return found == rows.end() ? nullptr : &*found;
}

} // namespace

int main(int argc, char *argv[])
{
    ownMounts(); // before any thread; rows that need it ask whether it was so
    const QString missing = Desktop::missing();
    Desktop desktop;
    QString noScreen = missing;
    if (missing.isEmpty() && !desktop.begin())
        noScreen = desktop.error();
    if (!noScreen.isEmpty())
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QGuiApplication application(argc, argv);
    // What a killed keeper leaves behind becomes ours, and not init's.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Faults on a real station, judged at the far ends. Without a row: every row, each "
        "once, several to a station."_s);
    parser.addHelpOption();
    parser.addPositionalArgument(u"row"_s, u"each on a station of its own"_s, u"[row…]"_s);
    parser.addOption({u"list"_s, u"Print the rows."_s});
    parser.addOption({u"seed"_s, u"Of the random moments (default: 1)."_s, u"number"_s});
    parser.addOption({u"repeat"_s, u"How often (default 1)."_s, u"times"_s, u"1"_s});
    parser.addOption(
        {u"kind"_s, u"Only rows of this kind: quick, waits, stops, loads."_s, u"kind,…"_s});
    parser.addOption({u"long"_s, u"Faults last as long as the table says."_s});
    parser.addOption({u"together"_s, u"The rows named share one station."_s});
    parser.addOption({u"size"_s, u"Picture size (default 640x360)."_s, u"WxH"_s, u"640x360"_s});
    parser.addOption({u"output"_s,
                      u"Folder of what came out, below test-output (default faults)."_s, u"name"_s,
                      u"faults"_s});
    parser.process(application);

    const std::vector<FaultRow> rows = allRows(desktop, noScreen);
    if (parser.isSet(u"list"_s)) {
        for (const FaultRow &row : rows)
            std::printf("%-26s %s\n", qPrintable(row.name), qPrintable(row.text));
        return 0;
    }
    const QStringList named = parser.positionalArguments();
    QList<QStringList> groups;
    if (!named.isEmpty() && parser.isSet(u"together"_s)) {
        groups.append(named);
    } else if (!named.isEmpty()) {
        for (const QString &name : named)
            groups.append({name});
    } else {
        for (const Group &group : kGroups) {
            if (!parser.isSet(u"kind"_s)
                || parser.value(u"kind"_s).split(u',').contains(group.kind))
                groups.append(group.rows);
        }
    }
    FaultTable table;
    const quint32 seed = parser.isSet(u"seed"_s) ? parser.value(u"seed"_s).toUInt() : 1u;
    const QStringList size = parser.value(u"size"_s).split(u'x');
    const int times = parser.value(u"repeat"_s).toInt();
    for (int time = 0; time < times; ++time) {
        for (const QStringList &group : std::as_const(groups)) {
            std::vector<const FaultRow *> chosen;
            for (const QString &name : group) {
                const FaultRow *const row = rowNamed(rows, name);
                if (row == nullptr) {
                    std::fprintf(stderr, "There is no row named %s; see --list.\n",
                                 qPrintable(name));
                    return 2;
                }
                const QString reason = row->unavailable ? row->unavailable() : QString();
                if (!reason.isEmpty())
                    table.skip(*row, reason);
                else
                    chosen.push_back(row);
            }
            if (chosen.empty())
                continue;
            FaultRun::Options options;
            options.seed = seed + quint32(time) * 1000u;
            options.width = size.value(0).toInt();
            options.height = size.value(1).toInt();
            options.isLong = parser.isSet(u"long"_s);
            options.name = parser.value(u"output"_s) + u'/' + chosen.front()->name;
            table.run(options, chosen);
        }
    }
    table.print(seed);
    return table.hasFailed() ? 1 : 0;
}
