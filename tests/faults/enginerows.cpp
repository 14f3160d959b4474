// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QDir>
#include <QFile>

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// The time from \p since until an engine other than \p old says that a later frame is on air.
// How long the channel has been on air does not begin anew with an engine.
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
    if (run.lastStatus().value("uptimeMs"_L1).toInteger() < up)
        run.result().reasons.append(u"the channel's time on air begins anew"_s);
    run.result().notes.append(u"new engine on air after %1 ms"_s.arg(took));
    if (took > allowed.count())
        run.result().reasons.append(
            u"the new engine was on air after %1 ms, not %2"_s.arg(took).arg(allowed.count()));
}

void hitEngine(FaultRun &run, int signal, const QString &also = {})
{
    const pid_t engine = run.pid(u"engine"_s);
    const pid_t other = also.isEmpty() ? 0 : run.pid(also);
    run.mark();
    AirTimer since;
    since.start();
    ::kill(engine, signal);
    if (other != 0)
        ::kill(other, SIGKILL);
    // The keeper misses the heartbeat of a stopped engine for 1 s before it acts.
    noteTakeOver(run, engine, since, signal == SIGSTOP ? 2s : 1s);
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
                         std::function<void(FaultRun &)> inject) {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}});
    };
    Allowed one;
    one.damaged = 1;
    one.late = true;
    Allowed second;
    second.damaged = 1;
    second.lost = 30;
    second.late = true;
    add(u"killEngine"_s, u"kill -9 engine"_s, one, [](FaultRun &run) { hitEngine(run, SIGKILL); });
    add(u"stopEngine3s"_s, u"SIGSTOP engine for 3 s"_s, one,
        [](FaultRun &run) { hitEngine(run, SIGSTOP); });
    add(u"stopClock"_s, u"the engine's clock hangs, its other threads go on"_s, one, stopClock);
    add(u"killKeeper"_s, u"kill -9 keeper"_s, {}, killKeeper);
    add(u"killEngineAndEncoder"_s, u"kill -9 engine and ffmpeg together"_s, second,
        [](FaultRun &run) { hitEngine(run, SIGKILL, u"encoder"_s); });
    add(u"killEngineThenEncoder"_s, u"kill -9 engine, and ffmpeg once another is on air"_s, one,
        killEngineThenEncoder);
    add(u"killEngineAndPlayer"_s, u"kill -9 engine and player together"_s, second,
        [](FaultRun &run) { hitEngine(run, SIGKILL, u"player"_s); });
    return rows;
}

} // namespace continuo
