// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <sys/stat.h>

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

QJsonObject itemOf(const QJsonObject &status, QLatin1StringView which)
{
    return status.value(which).toObject();
}

// The player that has the file open; 0: none has.
pid_t playerOf(FaultRun &run, const QString &file)
{
    const QList<StationProcess> all = run.station().processes();
    for (auto process = all.rbegin(); process != all.rend(); ++process) {
        if (process->role != "player"_L1)
            continue;
        QDirIterator descriptors(u"/proc/%1/fd"_s.arg(process->pid),
                                 QDir::Files | QDir::System | QDir::NoDotAndDotDot);
        while (descriptors.hasNext()) {
            if (QFile::symLinkTarget(descriptors.next()) == file)
                return process->pid;
        }
    }
    return 0;
}

// Waits until the item on air is within [from, to) of its frames; gives the status.
QJsonObject waitForItemFrame(FaultRun &run, qint64 from, qint64 to)
{
    QJsonObject now;
    run.waitFor(
        [&] {
            now = run.status().value_or(QJsonObject());
            const qint64 frame = itemOf(now, "item"_L1).value("frame"_L1).toInteger();
            return frame >= from && frame < to;
        },
        60s, u"no item came to its frame %1"_s.arg(from)); // missed ones come round again
    return now;
}

void hitPlayerOf(FaultRun &run, QLatin1StringView which, int signal = SIGKILL)
{
    const QJsonObject item = itemOf(run.status().value_or(run.lastStatus()), which);
    const QString file = run.fileOf(item.value("id"_L1).toString());
    pid_t player = 0;
    run.waitFor(
        [&] {
            player = playerOf(run, file);
            return player != 0;
        },
        30s, u"no player has %1 open"_s.arg(file));
    run.mark();
    ::kill(player, signal);
    run.result().notes.append(
        u"%1 frame %2"_s.arg(QFileInfo(file).fileName()).arg(item.value("frame"_L1).toInteger()));
}

void killPlayerAtStart(FaultRun &run)
{
    waitForItemFrame(run, 1, 25);
    hitPlayerOf(run, "item"_L1);
    run.result().allowed.held = 10; // within the first second of an item
}

void killPlayerInMiddle(FaultRun &run)
{
    const qint64 from = 45 + run.random().bounded(120);
    waitForItemFrame(run, from, from + 15);
    hitPlayerOf(run, "item"_L1);
}

void stopPlayer(FaultRun &run)
{
    const qint64 from = 45 + run.random().bounded(120);
    waitForItemFrame(run, from, from + 15);
    hitPlayerOf(run, "item"_L1, SIGSTOP);
    // Until it has been replaced, so that it is not the end of the item that is judged.
    run.airFor(2s);
}

void killPlayerInPreroll(FaultRun &run)
{
    // The next item's player has begun: it is cued some seconds before the join.
    const qint64 from = 210 + run.random().bounded(60);
    waitForItemFrame(run, from, 285);
    hitPlayerOf(run, "next"_L1);
}

void stopEncoder(FaultRun &run, std::chrono::milliseconds time)
{
    const pid_t encoder = run.pid(u"encoder"_s);
    run.mark();
    ::kill(encoder, SIGSTOP);
    run.airFor(time);
    ::kill(encoder, SIGCONT); // it may be gone by now
}

void deleteFifos(FaultRun &run)
{
    run.mark();
    int deleted = 0;
    QDirIterator files(run.station().path(u"run"_s), QDir::System | QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        struct stat facts { };
        if (::stat(QFile::encodeName(path).constData(), &facts) == 0 && S_ISFIFO(facts.st_mode)
            && QFile::remove(path))
            ++deleted;
    }
    if (deleted == 0)
        throw std::runtime_error("there was no FIFO on disk");
    run.result().notes.append(u"%1 FIFOs deleted"_s.arg(deleted));
}

} // namespace

std::vector<FaultRow> chainRows()
{
    std::vector<FaultRow> rows;
    const auto add = [&](const QString &name, const QString &text, const Allowed &allowed,
                         std::function<void(FaultRun &)> inject) -> FaultRow & {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}});
        return rows.back();
    };
    Allowed held;
    held.held = 5;
    add(u"killEncoder"_s, u"kill -9 ffmpeg"_s, {}, [](FaultRun &run) { run.kill(u"encoder"_s); });
    add(u"stopEncoder3s"_s, u"SIGSTOP ffmpeg for 3 s"_s, {},
        [](FaultRun &run) { stopEncoder(run, 3s); });
    add(u"stopEncoderForEver"_s, u"SIGSTOP ffmpeg for ever"_s, {},
        [](FaultRun &run) { run.kill(u"encoder"_s, SIGSTOP); });
    add(u"deleteFifo"_s, u"FIFO deleted from disk while running"_s, {}, deleteFifos);
    Allowed published;
    published.newConnection = true;
    published.reconnect = 2s;
    add(u"killPublisher"_s, u"kill -9 publisher"_s, published,
        [](FaultRun &run) { run.kill(u"publisher"_s); });
    // Both at the bound by which a publisher that does not move is replaced.
    published.reconnect = 5s;
    add(u"stopPublisher"_s, u"SIGSTOP publisher for ever"_s, published,
        [](FaultRun &run) { run.kill(u"publisher"_s, SIGSTOP); });
    add(u"stopPublisherKillEncoder"_s, u"SIGSTOP publisher for ever, then kill -9 ffmpeg"_s,
        published, [](FaultRun &run) {
            run.kill(u"publisher"_s, SIGSTOP);
            run.kill(u"encoder"_s);
        });
    add(u"killPlayerAtStart"_s, u"kill -9 player, at the item's start"_s, held, killPlayerAtStart);
    add(u"killPlayerInMiddle"_s, u"kill -9 player, in the middle"_s, held, killPlayerInMiddle);
    add(u"stopPlayer"_s, u"SIGSTOP player for ever, in the middle"_s, held, stopPlayer);
    add(u"killPlayerInPreroll"_s, u"kill -9 player, during pre-roll of the next"_s, held,
        killPlayerInPreroll);
    return rows;
}

} // namespace continuo
