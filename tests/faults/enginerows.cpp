// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// What the encoder and the release rule hold back of the frames on air (0.65 s), and a new
// encoder's start.
constexpr qint64 kUntilOutMs = 3000;

// The time from \p since until an engine other than \p old has a later frame on air, and until it
// says so, which it does when one has come out of the encoder. How long the channel has been on air
// does not begin anew with an engine.
void noteTakeOver(FaultRun &run, pid_t old, const AirTimer &since,
                  std::chrono::milliseconds allowed)
{
    const qint64 frame = run.result().frame;
    const qint64 up = run.lastStatus().value("uptimeMs"_L1).toInteger();
    run.waitFor(
        [&] {
            const auto now = run.status();
            return now && run.station().client().greeting().value("pid"_L1).toInteger() != old
                && now->value("frame"_L1).toInteger() > frame;
        },
        30s, u"no new engine has a later frame on air"_s);
    const qint64 took = since.elapsedMs();
    run.waitFor([&] { return run.status() && run.lastStatus().value("state"_L1) == "on-air"_L1; },
                30s, u"the new engine does not say that it is on air"_s);
    const qint64 said = since.elapsedMs();
    if (said > allowed.count() + kUntilOutMs)
        run.result().reasons.append(
            u"the new engine said that it is on air after %1 ms"_s.arg(said));
    if (run.lastStatus().value("uptimeMs"_L1).toInteger() < up)
        run.result().reasons.append(u"the channel's time on air begins anew"_s);
    run.result().notes.append(
        u"new engine on air after %1 ms, which it said after %2 ms"_s.arg(took).arg(said));
    if (took > allowed.count())
        run.result().reasons.append(
            u"the new engine was on air after %1 ms, not %2"_s.arg(took).arg(allowed.count()));
}

void hitEngine(FaultRun &run, int signal, pid_t other = 0)
{
    const pid_t engine = run.pid(u"engine"_s);
    run.mark();
    AirTimer since;
    since.start();
    ::kill(engine, signal);
    if (other != 0)
        ::kill(other, SIGKILL);
    // The keeper misses the heartbeat of a stopped engine for 1 s before it acts.
    noteTakeOver(run, engine, since, signal == SIGSTOP ? 2s : 1s);
}

// The one whose pictures are on air, and not the spare or that of the next item.
void killEngineAndPlayer(FaultRun &run)
{
    pid_t player = 0;
    run.waitFor(
        [&] {
            const QJsonObject item
                = run.status().value_or(QJsonObject()).value("item"_L1).toObject();
            player = run.playerOf(item.value("id"_L1).toString());
            return player != 0;
        },
        30s, u"no player has the item on air open"_s); // one that has read all of it ends
    hitEngine(run, SIGKILL, player);
}

// What is in the encoder when the engine dies is in no engine's hands; then the encoder dies, too.
void killEngineThenEncoder(FaultRun &run)
{
    hitEngine(run, SIGKILL);
    run.kill(u"encoder"_s);
}

void killKeeper(FaultRun &run)
{
    const pid_t keeper = run.pid(u"keeper"_s);
    run.mark();
    ::kill(keeper, SIGKILL);
    run.waitFor(
        [&] {
            const pid_t now = run.station().pidOf(u"keeper"_s);
            return now != 0 && now != keeper;
        },
        30s, u"no new keeper was started"_s);
    run.result().notes.append(u"new keeper after %1 ms"_s.arg(run.sinceFault().elapsedMs()));
}

// When that was said last; 0: it was not.
qint64 lastRaised(FaultRun &run, QLatin1StringView code)
{
    qint64 last = 0;
    const QJsonArray alarms = run.alarms();
    for (const QJsonValue &alarm : alarms) {
        if (alarm.toObject().value("code"_L1) == code)
            last = std::max(last, alarm.toObject().value("lastMs"_L1).toInteger());
    }
    return last;
}

// The journal of packets has gone from keeper to engine to keeper to engine by then.
void killPublisherAfterTakeOver(FaultRun &run)
{
    const qint64 before = lastRaised(run, "keeper-replaced"_L1);
    // Else the rows before have done so.
    if (before == 0 || lastRaised(run, "engine-replaced"_L1) <= before) {
        run.result().allowed.damaged = 1;
        run.result().allowed.late = true;
        killKeeper(run);
        run.waitFor([&] { return lastRaised(run, "keeper-replaced"_L1) > before; }, 30s,
                    u"nothing was said of the new keeper"_s);
        hitEngine(run, SIGKILL);
        run.airFor(2s);
    }
    const pid_t publisher = run.pid(u"publisher"_s);
    run.mark();
    run.sinceFault().start();
    ::kill(publisher, SIGKILL);
}

// One thread only, as in a deadlock: the engine's main thread and heart go on.
void stopClock(FaultRun &run)
{
    const pid_t engine = run.pid(u"engine"_s);
    pid_t clock = 0;
    const QString tasks = u"/proc/%1/task"_s.arg(engine);
    const QStringList threads = QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &thread : threads) {
        QFile name(tasks + u'/' + thread + u"/comm"_s);
        if (name.open(QIODevice::ReadOnly) && name.readAll().trimmed() == "clock")
            clock = thread.toInt();
    }
    run.mark();
    if (clock == 0 || ::ptrace(PTRACE_ATTACH, clock, nullptr, nullptr) < 0)
        throw std::runtime_error("the engine's clock thread cannot be stopped");
    AirTimer since;
    since.start();
    // It is ours to reap: until then its process is not gone for the keeper.
    run.waitFor(
        [&] {
            int status = 0;
            return ::waitpid(clock, &status, __WALL | WNOHANG) == clock && !WIFSTOPPED(status);
        },
        30s, u"the engine whose clock stands still was not killed"_s);
    noteTakeOver(run, engine, since, 4s);
}

} // namespace

std::vector<FaultRow> engineRows()
{
    std::vector<FaultRow> rows;
    const auto add = [&](const QString &name, const QString &text, const Allowed &allowed,
                         const QStringList &alarms, std::function<void(FaultRun &)> inject) {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}, alarms});
    };
    const QStringList engine{u"engine-replaced"_s};
    const QStringList both{u"engine-replaced"_s, u"encoder-replaced"_s};
    Allowed one;
    one.damaged = 1;
    one.late = true;
    Allowed second;
    second.damaged = 1;
    second.lost = 30;
    second.late = true;
    add(u"killEngine"_s, u"kill -9 engine"_s, one, engine,
        [](FaultRun &run) { hitEngine(run, SIGKILL); });
    add(u"stopEngine3s"_s, u"SIGSTOP engine for 3 s"_s, one, engine,
        [](FaultRun &run) { hitEngine(run, SIGSTOP); });
    add(u"stopClock"_s, u"the engine's clock hangs, its other threads go on"_s, one, engine,
        stopClock);
    add(u"killKeeper"_s, u"kill -9 keeper"_s, {}, {u"keeper-replaced"_s}, killKeeper);
    Allowed published;
    published.newConnection = true;
    published.reconnect = 2s;
    add(u"killPublisherAfterTakeOver"_s, u"kill -9 publisher, after keeper and engine"_s, published,
        {u"publisher-replaced"_s}, killPublisherAfterTakeOver);
    add(u"killEngineAndEncoder"_s, u"kill -9 engine and ffmpeg together"_s, second, both,
        [](FaultRun &run) { hitEngine(run, SIGKILL, run.pid(u"encoder"_s)); });
    add(u"killEngineThenEncoder"_s, u"kill -9 engine, and ffmpeg once another is on air"_s, one,
        both, killEngineThenEncoder);
    // The new engine has players of its own: none is replaced.
    add(u"killEngineAndPlayer"_s, u"kill -9 engine and player together"_s, second, engine,
        killEngineAndPlayer);
    return rows;
}

} // namespace continuo
