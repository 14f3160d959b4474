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

// From here on a player may have read the clip to its end, and nobody has to take its place.
constexpr qint64 kAllRead = 225;

// Gives the frame of the item on air at which it was hit.
qint64 hitPlayerOf(FaultRun &run, QLatin1StringView which, int signal = SIGKILL)
{
    const QJsonObject item = itemOf(run.status().value_or(run.lastStatus()), which);
    const QString id = item.value("id"_L1).toString();
    const QString name = QFileInfo(run.fileOf(id)).fileName();
    pid_t player = 0;
    run.waitFor(
        [&] {
            player = run.playerOf(id);
            return player != 0;
        },
        30s, u"no player has %1 open"_s.arg(name));
    run.mark();
    ::kill(player, signal);
    const qint64 frame = itemOf(run.lastStatus(), "item"_L1).value("frame"_L1).toInteger();
    run.result().notes.append(u"%1, at frame %2 on air"_s.arg(name).arg(frame));
    return frame;
}

void killPlayerAtStart(FaultRun &run)
{
    waitForItemFrame(run, 1, 25);
    // Ten within the first second of an item: where its player took long to be found, that is over.
    if (hitPlayerOf(run, "item"_L1) < 30)
        run.result().allowed.held = 10;
}

void killPlayerInMiddle(FaultRun &run)
{
    const qint64 from = 45 + run.random().bounded(120);
    waitForItemFrame(run, from, from + 15);
    if (hitPlayerOf(run, "item"_L1) > kAllRead)
        run.result().alarms.clear();
}

void stopPlayer(FaultRun &run)
{
    const qint64 from = 45 + run.random().bounded(120);
    waitForItemFrame(run, from, from + 15);
    if (hitPlayerOf(run, "item"_L1, SIGSTOP) > kAllRead)
        run.result().alarms.clear();
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
    // Who stood still meanwhile blames nobody, and it may go on.
    if (run.sinceFault().stoodMs() > 500)
        run.result().alarms.clear();
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
                         const QStringList &alarms, std::function<void(FaultRun &)> inject) {
        rows.push_back({name, text, allowed, std::move(inject), {}, {}, alarms});
    };
    const QStringList encoder{u"encoder-replaced"_s};
    const QStringList publisher{u"publisher-replaced"_s};
    const QStringList player{u"player-replaced"_s};
    Allowed held;
    held.held = 5;
    add(u"killEncoder"_s, u"kill -9 ffmpeg"_s, {}, encoder,
        [](FaultRun &run) { run.kill(u"encoder"_s); });
    add(u"stopEncoder3s"_s, u"SIGSTOP ffmpeg for 3 s"_s, {}, encoder,
        [](FaultRun &run) { stopEncoder(run, 3s); });
    add(u"stopEncoderForEver"_s, u"SIGSTOP ffmpeg for ever"_s, {}, encoder,
        [](FaultRun &run) { run.kill(u"encoder"_s, SIGSTOP); });
    add(u"deleteFifo"_s, u"FIFO deleted from disk while running"_s, {}, {}, deleteFifos);
    Allowed published;
    published.newConnection = true;
    published.reconnect = 2s;
    add(u"killPublisher"_s, u"kill -9 publisher"_s, published, publisher,
        [](FaultRun &run) { run.kill(u"publisher"_s); });
    // Both at the bound by which a publisher that does not move is replaced.
    published.reconnect = 5s;
    add(u"stopPublisher"_s, u"SIGSTOP publisher for ever"_s, published, publisher,
        [](FaultRun &run) { run.kill(u"publisher"_s, SIGSTOP); });
    add(u"stopPublisherKillEncoder"_s, u"SIGSTOP publisher for ever, then kill -9 ffmpeg"_s,
        published, publisher + encoder, [](FaultRun &run) {
            run.kill(u"publisher"_s, SIGSTOP);
            run.kill(u"encoder"_s);
        });
    add(u"killPlayerAtStart"_s, u"kill -9 player, at the item's start"_s, held, player,
        killPlayerAtStart);
    add(u"killPlayerInMiddle"_s, u"kill -9 player, in the middle"_s, held, player,
        killPlayerInMiddle);
    add(u"stopPlayer"_s, u"SIGSTOP player for ever, in the middle"_s, held, player, stopPlayer);
    add(u"killPlayerInPreroll"_s, u"kill -9 player, during pre-roll of the next"_s, held, player,
        killPlayerInPreroll);
    return rows;
}

} // namespace continuo
