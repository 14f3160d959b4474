// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// How far an airing has got is written every 5 s: what a power cut may take from its row, in
// frames.
constexpr qint64 kNotedEvery = 170;

void check(FaultRun &run, bool isRight, const QString &otherwise)
{
    if (!isRight)
        run.result().reasons.append(otherwise);
}

// Starts the station again and asks for what a power cut must leave.
void startAfterCut(FaultRun &run, const QStringList &list)
{
    run.sinceFault().start();
    run.station().startAgain();
    run.result().frame = std::max(
        run.result().frame, run.status().value_or(QJsonObject()).value("frame"_L1).toInteger());
    run.waitFor(
        [&] {
            const auto now = run.status();
            return now && now->value("state"_L1) == "on-air"_L1;
        },
        15s, u"the channel did not come on air by itself"_s);
    const qint64 took = run.sinceFault().elapsedMs();
    run.result().notes.append(u"on air %1 ms after the start"_s.arg(took));
    check(run, took <= 3000, u"on air %1 ms after the start"_s.arg(took));
    check(run, run.listIds() == list, u"the list is not as the last answer left it"_s);
}

QJsonArray airingsOf(FaultRun &run)
{
    return run.station()
        .call(u"asrun.list"_s, {{u"channel"_s, run.channel()}})
        .value("rows"_L1)
        .toArray();
}

// What was written of airings that had ended is there as it was; the one that was cut is closed
// where it was last seen, and says why.
void checkAirings(FaultRun &run, const QJsonArray &before)
{
    const QJsonArray after = airingsOf(run);
    check(run, after.size() > before.size(), u"the as-run log lacks rows"_s);
    for (qsizetype i = 0; i < std::min(before.size(), after.size()); ++i) {
        const QJsonObject row = after[i].toObject();
        if (!before[i].toObject().contains("onAir"_L1)) {
            check(run, before[i] == after[i], u"row %1 of the as-run log has changed"_s.arg(i));
            continue;
        }
        const qint64 end = row.value("endFrame"_L1).toInteger();
        const qint64 lacking = run.result().frame - end;
        // On air until the last process was stopped, a moment after the question: it may have been
        // noted once more by then, or have ended by itself; never behind where the next one began.
        const bool hasEnded = lacking < 0 && row.value("reasons"_L1).toArray().isEmpty();
        check(run,
              !row.contains("onAir"_L1)
                  && (hasEnded || !row.value("reasons"_L1).toArray().isEmpty())
                  && row.value("id"_L1) == before[i].toObject().value("id"_L1),
              u"the airing that was cut is not closed in the as-run log"_s);
        check(run,
              lacking <= kNotedEvery + framesLateByTheMachine() && i + 1 < after.size()
                  && end <= after[i + 1].toObject().value("startFrame"_L1).toInteger(),
              u"the airing that was cut lacks its last %1 frames"_s.arg(lacking));
        run.result().notes.append(
            u"as-run: %1 rows kept, the last one to %2 frames before the cut"_s.arg(before.size())
                .arg(lacking));
    }
}

void waitUntilAllEnded(FaultRun &run)
{
    // Its last segment and its list go to the disk, file and folder each.
    run.waitFor([&] { return run.station().processes().isEmpty(); }, 30s,
                u"processes of the station are left"_s);
}

void cutPower(FaultRun &run)
{
    // The last answers before the cut count most.
    const int edits = 3 + run.random().bounded(5);
    for (int i = 0; i < edits; ++i)
        check(run, run.moveLast(2), u"an edit was refused"_s);
    const QStringList list = run.model().list();
    const QJsonArray airings = airingsOf(run);
    run.mark();
    const qint64 frame = run.result().frame;
    run.station().signalAll(SIGSTOP); // or one would see another's end and act on it
    run.station().signalAll(SIGKILL);
    waitUntilAllEnded(run);
    startAfterCut(run, list);
    run.result().frame = frame; // of the far ends: where the old air ended
    checkAirings(run, airings);
}

void killKeeperAndEngine(FaultRun &run)
{
    const QStringList list = run.model().list();
    const pid_t engine = run.pid(u"engine"_s);
    const pid_t keeper = run.pid(u"keeper"_s);
    const QJsonArray airings = airingsOf(run);
    run.mark();
    const qint64 frame = run.result().frame;
    // Together: each would replace the other, if it saw its end.
    for (const int signal : {SIGSTOP, SIGKILL}) {
        ::kill(keeper, signal);
        ::kill(engine, signal);
    }
    run.waitFor([&] { return run.station().pidOf(u"encoder"_s) == 0; }, 6s,
                u"the encoder did not end by itself"_s);
    run.result().notes.append(u"encoder ended after %1 ms"_s.arg(run.sinceFault().elapsedMs()));
    waitUntilAllEnded(run);
    startAfterCut(run, list);
    run.result().frame = frame;
    checkAirings(run, airings);
}

QString clockFile()
{
    return QDir::temp().filePath(u"continuo-clock-%1"_s.arg(QCoreApplication::applicationPid()));
}

// In place, for it is mapped by every process of the station.
void shiftClock(qint64 seconds)
{
    QFile file(clockFile());
    if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered)
        || file.write(reinterpret_cast<const char *>(&seconds), sizeof(seconds)) < 0)
        throw std::runtime_error("the clock cannot be shifted");
}

void setUpClock(StationSetup &setup)
{
    setup.environment.insert(u"LD_PRELOAD"_s,
                             qEnvironmentVariable("CONTINUO_BIN") + u"/clockshift.so"_s);
    setup.environment.insert(u"CONTINUO_TEST_CLOCK"_s, clockFile());
    shiftClock(0);
}

// By how much the time of day leaps at each segment for which the list says it, in seconds.
QList<double> leapsOfTime(const QString &playlist)
{
    QList<double> leaps;
    QFile file(playlist);
    if (!file.open(QIODevice::ReadOnly))
        return leaps;
    QDateTime last;
    double sinceLast = 0;
    while (!file.atEnd()) {
        const QString line = QString::fromUtf8(file.readLine()).trimmed();
        if (line.startsWith("#EXTINF:"_L1)) {
            sinceLast += line.sliced(8).section(u',', 0, 0).toDouble();
        } else if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:"_L1)) {
            const QDateTime date = QDateTime::fromString(line.sliced(25), Qt::ISODateWithMs);
            leaps.append(last.isValid() ? double(last.msecsTo(date)) / 1000 - sinceLast : 0);
            last = date;
            sinceLast = 0;
        }
    }
    return leaps;
}

// Viewers are told by HLS how long the programme stood still.
void suspend(FaultRun &run)
{
    const auto time = run.isLong() ? 60s : 10s;
    const QString playlist = run.folder() + u"/hls/index.m3u8"_s;
    run.mark();
    // Frames that were left out earlier move the time of day, too.
    const qsizetype before = std::max<qsizetype>(leapsOfTime(playlist).size(), 1);
    QElapsedTimer timer;
    timer.start();
    run.station().signalAll(SIGSTOP);
    run.station().client().disconnectFromStation();
    run.airFor(time);
    run.station().signalAll(SIGCONT);
    const double stopped = double(timer.elapsed()) / 1000;
    run.sinceFault().start();
    run.result().notes.append(u"stopped for %1 s"_s.arg(stopped, 0, 'f', 1));
    run.judgeLater(
        [playlist, before, stopped](const framecode::Expectation &, FaultResult &result) {
            const QList<double> leaps = leapsOfTime(playlist);
            double greatest = 0;
            for (qsizetype i = before; i < leaps.size(); ++i) {
                if (std::abs(leaps[i]) > std::abs(greatest))
                    greatest = leaps[i];
            }
            result.notes.append(u"time of day in HLS: %1 s"_s.arg(greatest, 0, 'f', 1));
            if (!leaps.isEmpty() && std::abs(greatest - stopped) > 2)
                result.reasons.append(u"the time of day in HLS leaps by %1 s, stopped was %2 s"_s
                                          .arg(greatest, 0, 'f', 1)
                                          .arg(stopped, 0, 'f', 1));
        });
}

void stepClock(FaultRun &run)
{
    const QString code = u"clock-was-set"_s;
    run.mark();
    const qint64 before = FaultRun::timesRaised(run.alarms(), code);
    int steps = 0;
    for (const int shift : {3600, 0}) {
        shiftClock(shift);
        ++steps;
        run.waitFor([&] { return FaultRun::timesRaised(run.alarms(), code) >= before + steps; }, 6s,
                    u"nothing was said of the clock that was set"_s);
        run.airFor(6s);
    }
    QFile::remove(clockFile());
    run.sinceFault().start();
    run.judgeLater([&run](const framecode::Expectation &, FaultResult &result) {
        QList<qint64> jumps;
        const QList<double> leaps = leapsOfTime(run.folder() + u"/hls/index.m3u8"_s);
        for (const double leap : leaps) {
            if (qRound64(leap) != 0)
                jumps.append(qRound64(leap));
        }
        QStringList words;
        for (const qint64 jump : jumps)
            words.append(u"%1 s"_s.arg(jump));
        result.notes.append(u"time of day in HLS: "_s + words.join(u", "_s));
        if (jumps.size() != 2 || std::abs(jumps[0] - 3600) > 1 || std::abs(jumps[1] + 3600) > 1)
            result.reasons.append(u"HLS does not follow the time of day: "_s + words.join(u", "_s));
    });
}

} // namespace

std::vector<FaultRow> stationRows()
{
    std::vector<FaultRow> rows;
    const auto add
        = [&](const QString &name, const QString &text, const Allowed &allowed,
              const QStringList &alarms, std::function<void(FaultRun &)> inject) -> FaultRow & {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}, alarms});
        return rows.back();
    };
    Allowed anew;
    anew.newConnection = true;
    anew.newTimeline = true;
    anew.late = true;
    // Nobody was there to see what happened; the as-run log says where it broke off.
    add(u"powerCut"_s, u"all processes at once (power cut), then start"_s, anew, {}, cutPower);
    add(u"killKeeperAndEngine"_s, u"kill -9 keeper and engine together, then start"_s, anew, {},
        killKeeperAndEngine);
    Allowed resumed;
    resumed.newConnection = true; // nginx drops a publisher that is idle for 5 s
    resumed.dropsCounted = true;
    resumed.late = true;
    add(u"suspend"_s, u"every process stopped and continued (suspend)"_s, resumed,
        {u"machine-stood-still"_s}, suspend);
    FaultRow &clock = add(u"clockStep"_s, u"clock set forward 1 h, and back"_s, {},
                          {u"clock-was-set"_s}, stepClock);
    clock.setUp = setUpClock;
    return rows;
}

} // namespace continuo
