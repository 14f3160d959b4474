// SPDX-License-Identifier: GPL-3.0-or-later
// What befalls the file on air: deleted, replaced, on a share that does not answer.
#include "tests/faults/rows.h"

#include "tests/support/stallfs/stallfs.h"

#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// Of ten seconds; from there on a player may have read the clip to its end.
constexpr qint64 kEarly = 30;
constexpr qint64 kLate = 200;
constexpr auto kStall = 3s; // two are in hand

QString itemOnAir(FaultRun &run)
{
    return run.lastStatus().value("item"_L1).toObject().value("id"_L1).toString();
}

// An item that is being read, early enough for what is to happen to it; gives its id.
QString waitForItemUnderWay(FaultRun &run)
{
    const qint64 from = kEarly + run.random().bounded(90);
    run.waitFor(
        [&] {
            const QJsonObject item
                = run.status().value_or(QJsonObject()).value("item"_L1).toObject();
            const qint64 frame = item.value("frame"_L1).toInteger();
            return frame >= from && frame < kLate
                && run.playerOf(item.value("id"_L1).toString()) != 0;
        },
        60s, u"no item came to its frame %1"_s.arg(from));
    const QString id = itemOnAir(run);
    run.result().notes.append(
        u"%1, at frame %2"_s.arg(QFileInfo(run.fileOf(id)).fileName())
            .arg(run.lastStatus().value("item"_L1).toObject().value("frame"_L1).toInteger()));
    return id;
}

void moveClip(const QString &from, const QString &to)
{
    if (std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) != 0)
        throw std::runtime_error("a clip cannot be moved");
}

// The item is to be aired to its end, and the next time round from the file as it was.
void waitForTheNextItem(FaultRun &run, const QString &id)
{
    run.waitFor([&] { return run.status() && itemOnAir(run) != id; }, 20s,
                u"the item did not end"_s);
}

void deleteFile(FaultRun &run)
{
    const QString id = waitForItemUnderWay(run);
    const QString file = run.fileOf(id);
    const QString kept = file + u".kept"_s;
    if (::link(QFile::encodeName(file).constData(), QFile::encodeName(kept).constData()) != 0)
        throw std::runtime_error("a clip cannot be linked");
    run.mark();
    const bool isDeleted = QFile::remove(file);
    waitForTheNextItem(run, id);
    moveClip(kept, file);
    if (!isDeleted)
        throw std::runtime_error("a clip cannot be deleted");
}

// By another clip: who opened the name now would show that.
void replaceFile(FaultRun &run)
{
    const QString id = waitForItemUnderWay(run);
    const QString file = run.fileOf(id);
    const QString kept = file + u".kept"_s;
    const QString other = file + u".new"_s;
    const QString another = run.items().first() == id ? run.items().last() : run.items().first();
    if (::link(QFile::encodeName(file).constData(), QFile::encodeName(kept).constData()) != 0
        || !QFile::copy(run.fileOf(another), other))
        throw std::runtime_error("a clip cannot be copied");
    run.mark();
    moveClip(other, file);
    waitForTheNextItem(run, id);
    moveClip(kept, file);
}

void stallFile(FaultRun &run, StallFs &share)
{
    waitForItemUnderWay(run);
    if (share.reads() == 0)
        throw std::runtime_error("nobody reads through the file system that is to stall");
    run.mark();
    share.stall();
    bool isNamed = false;
    qint64 noticedMs = -1;
    while (run.sinceFault().elapsedMs() < std::chrono::milliseconds(kStall).count()) {
        const QJsonObject player
            = run.status().value_or(QJsonObject()).value("player"_L1).toObject();
        if (player.value("state"_L1) == "stuck"_L1 && noticedMs < 0)
            noticedMs = run.sinceFault().elapsedMs();
        isNamed = isNamed || player.value("reason"_L1) == "reading"_L1;
        run.airFor(20ms);
    }
    share.goOn();
    run.result().notes.append(u"noticed after %1 ms"_s.arg(noticedMs));
    if (!isNamed)
        run.result().reasons.append(u"the status names no read that hangs"_s);
}

} // namespace

std::vector<FaultRow> fileRows()
{
    std::vector<FaultRow> rows;
    rows.push_back({u"deleteFile"_s, u"the file on air is deleted"_s, {}, deleteFile, {}, {}, {}});
    rows.push_back({u"replaceFile"_s,
                    u"another file takes the name of the one on air"_s,
                    {},
                    replaceFile,
                    {},
                    {},
                    {}});
    // Two seconds are in hand. What is held behind that is counted, and nothing is left out.
    Allowed held;
    held.held = 60;
    const auto share = std::make_shared<std::unique_ptr<StallFs>>();
    FaultRow stall{u"stallFile"_s,
                   u"reads of the files hang for 3 s (FUSE)"_s,
                   held,
                   [share](FaultRun &run) {
                       // It goes when the station has.
                       run.judgeLater([share](const framecode::Expectation &, FaultResult &) {
                           share->reset();
                       });
                       stallFile(run, **share);
                   },
                   [] { return noMounts().isEmpty() ? StallFs::unavailable() : noMounts(); },
                   {},
                   {}};
    stall.prepare
        = [share](FaultRun &run) { *share = std::make_unique<StallFs>(run.clipFolder()); };
    rows.push_back(std::move(stall));
    return rows;
}

} // namespace continuo
