// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QProcess>

#include <algorithm>
#include <memory>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

void check(FaultRun &run, bool isRight, const QString &otherwise)
{
    if (!isRight)
        run.result().reasons.append(otherwise);
}

// Starts the station again and asks for what a power cut must leave.
void startAfterCut(FaultRun &run, const QStringList &list)
{
    run.sinceFault().restart();
    run.station().startAgain();
    run.result().frame = std::max(run.result().frame, run.status()->value("frame"_L1).toInteger());
    run.waitFor(
        [&] {
            const auto now = run.status();
            return now && now->value("state"_L1) == "on-air"_L1;
        },
        15s, u"the channel did not come on air by itself"_s);
    const qint64 took = run.sinceFault().elapsed();
    run.result().notes.append(u"on air %1 ms after the start"_s.arg(took));
    check(run, took <= 3000, u"on air %1 ms after the start"_s.arg(took));
    check(run, run.listIds() == list, u"the list is not as the last answer left it"_s);
}

void waitUntilAllEnded(FaultRun &run)
{
    run.waitFor([&] { return run.station().processes().isEmpty(); }, 8s,
                u"processes of the station are left"_s);
}

void cutPower(FaultRun &run)
{
    // The last answers before the cut count most.
    const int edits = 3 + run.random().bounded(5);
    for (int i = 0; i < edits; ++i)
        check(run, run.moveLast(2), u"an edit was refused"_s);
    const QStringList list = run.model().list();
    run.mark();
    const qint64 frame = run.result().frame;
    run.station().signalAll(SIGSTOP); // or one would see another's end and act on it
    run.station().signalAll(SIGKILL);
    waitUntilAllEnded(run);
    startAfterCut(run, list);
    run.result().frame = frame; // of the far ends: where the old air ended
}

void killKeeperAndEngine(FaultRun &run)
{
    const QStringList list = run.model().list();
    const pid_t engine = run.pid(u"engine"_s);
    const pid_t keeper = run.pid(u"keeper"_s);
    run.mark();
    const qint64 frame = run.result().frame;
    // Together: each would replace the other, if it saw its end.
    for (const int signal : {SIGSTOP, SIGKILL}) {
        ::kill(keeper, signal);
        ::kill(engine, signal);
    }
    run.waitFor([&] { return run.station().pidOf(u"encoder"_s) == 0; }, 6s,
                u"the encoder did not end by itself"_s);
    run.result().notes.append(u"encoder ended after %1 ms"_s.arg(run.sinceFault().elapsed()));
    waitUntilAllEnded(run);
    startAfterCut(run, list);
    run.result().frame = frame;
}

void suspend(FaultRun &run)
{
    const auto time = run.isLong() ? 60s : 10s;
    run.mark();
    run.station().signalAll(SIGSTOP);
    run.station().client().disconnectFromStation();
    run.airFor(time);
    run.station().signalAll(SIGCONT);
    run.sinceFault().restart();
    run.result().notes.append(u"stopped for %1 s"_s.arg(std::chrono::seconds(time).count()));
}

void burn(FaultRun &run)
{
    const auto time = run.isLong() ? 60s : 15s;
    std::vector<std::unique_ptr<QProcess>> burners;
    run.mark();
    for (int i = 0; i < 2; ++i) {
        burners.push_back(std::make_unique<QProcess>());
        burners.back()->start(u"sh"_s, {u"-c"_s, u"while :; do :; done"_s});
    }
    run.airFor(time);
    for (const auto &burner : burners) {
        burner->kill();
        burner->waitForFinished();
    }
    run.sinceFault().restart();
    run.waitFor(
        [&] {
            const auto now = run.status();
            return now && now->value("state"_L1) == "on-air"_L1
                && now->value("encoder"_L1).toObject().value("delayFrames"_L1).toInteger() < 45;
        },
        5s, u"it did not recover"_s);
    run.result().notes.append(
        u"%1 s; recovered after %2 ms"_s.arg(std::chrono::seconds(time).count())
            .arg(run.sinceFault().elapsed()));
}

} // namespace

std::vector<FaultRow> stationRows()
{
    std::vector<FaultRow> rows;
    const auto add = [&](const QString &name, const QString &text, const Allowed &allowed,
                         std::function<void(FaultRun &)> inject) {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}, {}});
    };
    Allowed anew;
    anew.newConnection = true;
    anew.newTimeline = true;
    add(u"powerCut"_s, u"all processes at once (power cut), then start"_s, anew, cutPower);
    add(u"killKeeperAndEngine"_s, u"kill -9 keeper and engine together, then start"_s, anew,
        killKeeperAndEngine);
    Allowed resumed;
    resumed.newConnection = true; // nginx drops a publisher that is idle for 5 s
    resumed.dropsCounted = true;
    add(u"suspend"_s, u"every process stopped and continued (suspend)"_s, resumed, suspend);
    Allowed shed;
    shed.dropsCounted = true;
    add(u"burners"_s, u"two burners on both cores"_s, shed, burn);
    return rows;
}

} // namespace continuo
