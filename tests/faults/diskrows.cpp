// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/rows.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

bool s_hasOwnMounts = false; // set before any thread

constexpr qint64 kRoomy = 96 * 1024 * 1024;
constexpr qint64 kKeptBytes = 16 * 1024 * 1024; // of a recording: kMaxWaitingBytes of FileSink
constexpr qint64 kGroup = 60; // frames of a segment, and of a recording's cluster
constexpr QLatin1StringView kNoSpace = "No space left on device"_L1; // the system's own words

void writeTo(const char *path, const QByteArray &text)
{
    QFile file(QString::fromLatin1(path));
    if (file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        file.write(text);
}

void mountSmall(const QString &folder, unsigned long flags = 0, qint64 bytes = kRoomy)
{
    QDir().mkpath(folder);
    const QByteArray options = "mode=0700,size=" + QByteArray::number(bytes);
    if (::mount("continuo-test", QFile::encodeName(folder).constData(), "tmpfs", flags,
                options.constData())
        < 0)
        throw std::runtime_error("cannot mount a small file system");
}

// A file system that shrinks to what is on it is full at once. What is written between the question
// and the answer makes the size too small: then it is asked again.
void fill(const QString &folder)
{
    for (int tries = 1;; ++tries) {
        struct statfs facts { };
        ::statfs(QFile::encodeName(folder).constData(), &facts);
        const qint64 used = qint64(facts.f_blocks - facts.f_bfree) * qint64(facts.f_bsize);
        try {
            return mountSmall(folder, MS_REMOUNT, std::max<qint64>(used, 4096));
        } catch (const std::runtime_error &) {
            if (tries == 20)
                throw;
        }
    }
}

void free(const QString &folder)
{
    mountSmall(folder, MS_REMOUNT);
}

// A destination by what \p isIt says of it.
QJsonObject destinationOf(FaultRun &run, const std::function<bool(const QJsonObject &)> &isIt)
{
    const QJsonArray all = run.status().value_or(QJsonObject()).value("destinations"_L1).toArray();
    for (const QJsonValue &one : all) {
        if (isIt(one.toObject()))
            return one.toObject();
    }
    return {};
}

QJsonObject destinationOf(FaultRun &run, const QString &id)
{
    return destinationOf(run, [&](const QJsonObject &one) { return one.value("id"_L1) == id; });
}

// Until more than a recording keeps for a full disk is sure to wait for it: by what the recording
// that every row has was given meanwhile, which is the same.
void airUntilMoreThanKept(FaultRun &run)
{
    const auto bytes = [&] {
        return destinationOf(
                   run,
                   [](const QJsonObject &one) {
                       return one.value("target"_L1).toString().endsWith("/record.mkv"_L1);
                   })
            .value("bytes"_L1)
            .toInteger();
    };
    const qint64 before = bytes();
    // A sixteenth more, which is some seconds: they are the hole.
    run.waitFor(
        [&] {
            run.airFor(500ms);
            return bytes() > before + kKeptBytes + kKeptBytes / 16;
        },
        400s, u"a recording was not given what it may keep"_s);
    run.airFor(3s); // what began to wait does so by whole groups of pictures
}

// What is wrong beside the one hole of \p lost frames. Pictures are counted as they come, sound by
// its time, in which the hole is as long as it was.
QStringList besideHole(const framecode::Report &report, qint64 lost)
{
    constexpr qint64 kNear = 4;
    const QStringList counted{u"lost"_s, u"jump"_s, u"repeated"_s, u"unreadable"_s};
    const QStringList ofSound{u"av"_s, u"gap"_s, u"click"_s, u"sound"_s, u"soundtime"_s};
    qint64 hole = -1;
    QStringList others;
    for (const framecode::Fault &fault : report.faults) {
        if (fault.kind != "lost"_L1 && fault.kind != "jump"_L1)
            continue;
        if (hole >= 0 && std::abs(qint64(fault.atFrame) - hole) > kNear)
            others.append(u"another hole at frame %1"_s.arg(fault.atFrame));
        else if (hole < 0)
            hole = fault.atFrame;
    }
    for (const framecode::Fault &fault : report.faults) {
        const bool isOfSound = ofSound.contains(fault.kind);
        const bool isAtHole = hole >= 0 && fault.atFrame >= hole - kNear
            && fault.atFrame <= hole + (isOfSound ? lost : 0) + kNear;
        // It begins in the midst of the sound, without packets before it to overlap with.
        const bool isBegin = fault.kind == "click"_L1 && fault.seconds < 0.1;
        if (!counted.contains(fault.kind) && !isAtHole && !isBegin)
            others.append(
                u"%1 at %2 s: %3"_s.arg(fault.kind).arg(fault.seconds, 0, 'f', 2).arg(fault.text));
    }
    return others;
}

// Of a destination on a disk that was full, when it was taken away again.
struct SmallDisk {
    QString kind;
    QString output;
    qint64 begun = 0; // the frame on air when it was added
    qint64 lost = 0; // by the status
    qint64 until = 0; // the frame before which all had come out of the encoder
    bool hasHole = false; // more was to be kept than is
};

void judgeSmallDisk(const FaultRun &run, const SmallDisk &disk, framecode::Expectation expectation,
                    FaultResult &result)
{
    // It begins with the newest key frame.
    const std::size_t first = run.airingAt(disk.begun - kInFlight);
    expectation.items.erase(expectation.items.begin(),
                            expectation.items.begin() + std::ptrdiff_t(first));
    expectation.begin = framecode::Begin::Anywhere;
    const framecode::Outcome<framecode::Report> report = framecode::check(disk.output, expectation);
    if (!report) {
        result.reasons.append(u"%1 on the full disk: %2"_s.arg(disk.kind, report.error()));
        return;
    }
    QFile file(run.folder() + u"/small-"_s + disk.kind + u".json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.value().toJson()).toJson());
    const QString name = disk.kind + u" on the full disk"_s;
    const FarEndWindow whole = FarEnd(report.value(), 0).window(0, report.value().seen + 1);
    result.notes.append(u"its hole: %1 frames, %2 by the status"_s.arg(whole.lost).arg(disk.lost));
    if (whole.lost != disk.lost)
        result.reasons.append(
            u"%1 lacks %2 frames, the status counts %3"_s.arg(name).arg(whole.lost).arg(disk.lost));
    if (disk.hasHole && whole.lost == 0)
        result.reasons.append(name + u" has no hole: was it full?"_s);
    if (whole.repeated + whole.damaged > 0)
        result.reasons.append(
            u"%1: %2 repeated, %3 damaged"_s.arg(name).arg(whole.repeated).arg(whole.damaged));
    const QStringList others = besideHole(report.value(), whole.lost);
    if (!others.isEmpty())
        result.reasons.append(name + u", beside its hole: "_s + others.join(u", "_s));
    const qint64 end = run.endOf(report.value(), first);
    if (end < disk.until - kGroup)
        result.reasons.append(u"%1 ends at frame %2 of %3"_s.arg(name).arg(end).arg(disk.until));
}

// Beside the destinations that every row has, one on a disk that becomes full: its hole is as long
// as the station says, and all before and after it is right.
void fillDestination(FaultRun &run, const QString &kind, std::chrono::milliseconds full)
{
    const QString disk = run.folder() + u"/small-"_s + kind;
    mountSmall(disk);
    const bool isHls = kind == "hls"_L1;
    SmallDisk small;
    small.kind = kind;
    small.output = disk + (isHls ? u"/index.m3u8"_s : u"/small.mkv"_s);
    small.begun = run.status().value_or(run.lastStatus()).value("frame"_L1).toInteger();
    small.hasHole = isHls || run.isLong();
    const QString id = run.station().addDestination(
        run.channel(), isHls ? u"hls:"_s + disk : u"file:"_s + small.output,
        isHls ? QJsonObject{{u"listSize"_s, 0}} : QJsonObject());
    run.waitFor([&] { return destinationOf(run, id).value("bytes"_L1).toInteger() > 0; }, 30s,
                u"the destination on the small disk did not begin"_s);
    run.airFor(3s);
    run.mark();
    fill(disk);
    run.airFor(full);
    run.airFor(std::chrono::milliseconds(run.sinceFault().stoodMs()));
    if (!isHls && small.hasHole)
        airUntilMoreThanKept(run);
    const QString said = destinationOf(run, id).value("detail"_L1).toString();
    run.result().notes.append(u"full: \"%1\""_s.arg(said));
    if (!said.contains(kNoSpace))
        run.result().reasons.append(u"the status does not say that the disk is full"_s);
    free(disk);
    run.sinceFault().start();
    run.waitFor(
        [&] {
            const QJsonObject now = destinationOf(run, id);
            return now.value("state"_L1) == "running"_L1
                && now.value("detail"_L1).toString().isEmpty();
        },
        10s, u"the destination did not go on by itself"_s);
    run.airFor(4s);
    small.lost = destinationOf(run, id).value("lost"_L1).toInteger(-1);
    small.until = run.lastStatus().value("acked"_L1).toInteger();
    run.station().call(u"destination.remove"_s, {{u"channel"_s, run.channel()}, {u"id"_s, id}});
    run.airFor(500ms);
    run.judgeLater([&run, small](const framecode::Expectation &expectation, FaultResult &result) {
        judgeSmallDisk(run, small, expectation, result);
    });
}

QJsonObject onAirNow(FaultRun &run)
{
    return run.status().value_or(QJsonObject()).value("item"_L1).toObject();
}

// An item ends and another begins while nothing can be written down; gives the first frame of that.
qint64 airAnother(FaultRun &run, QString *id)
{
    const qint64 before = onAirNow(run).value("startFrame"_L1).toInteger();
    QJsonObject now;
    run.waitFor(
        [&] {
            now = onAirNow(run);
            return !now.isEmpty() && now.value("startFrame"_L1).toInteger() > before;
        },
        30s, u"no other item went on air"_s);
    *id = now.value("id"_L1).toString();
    return now.value("startFrame"_L1).toInteger();
}

// What the as-run log was told while it could not be written is in it: item \p id from \p frame on,
// and the end of the one before.
bool hasAiring(FaultRun &run, const QString &id, qint64 frame)
{
    const QJsonArray rows = run.station()
                                .call(u"asrun.list"_s, {{u"channel"_s, run.channel()}})
                                .value("rows"_L1)
                                .toArray();
    bool hasBegun = false;
    bool hasEnded = false;
    for (const QJsonValue &row : rows) {
        const QJsonObject airing = row.toObject();
        hasBegun = hasBegun
            || (airing.value("item"_L1) == id
                && airing.value("startFrame"_L1).toInteger(-1) == frame);
        hasEnded = hasEnded || airing.value("endFrame"_L1).toInteger(-1) == frame;
    }
    return hasBegun && hasEnded;
}

void fillState(FaultRun &run)
{
    const QString disk = run.station().path(u"data"_s);
    const QStringList list = run.model().list();
    run.mark();
    fill(disk);
    // What fits into the last page on disk is still kept: edits go on until one is refused.
    QString refusal;
    int kept = 0;
    while (kept < 200 && run.moveLast(3, &refusal))
        ++kept;
    if (refusal.isEmpty())
        run.result().reasons.append(u"200 edits were answered although the disk is full"_s);
    else if (!refusal.contains(kNoSpace))
        run.result().reasons.append(u"an edit was refused without the reason"_s);
    run.result().notes.append(u"refused: \"%1\" after %2 edits"_s.arg(refusal).arg(kept));
    if (run.listIds() != run.model().list())
        run.result().reasons.append(u"a refused edit changed the list"_s);
    QString another;
    const qint64 begun = airAnother(run, &another);
    run.waitFor([&] { return FaultRun::timesRaised(run.alarms(), u"records-not-written"_s) > 0; },
                15s, u"nothing is said of records that cannot be written"_s);
    run.airFor(1s);
    free(disk);
    run.airFor(500ms);
    if (!run.moveLast(3, &refusal))
        run.result().reasons.append(u"still refused on a disk with room: "_s + refusal);
    if (run.listIds() != run.model().list())
        run.result().reasons.append(u"the list is not as the answers said"_s);
    run.waitFor([&] { return hasAiring(run, another, begun); }, 15s,
                u"the as-run log lacks what was aired while the disk was full"_s);
}

void fillLogs(FaultRun &run)
{
    const QString disk = run.station().path(u"log"_s);
    run.mark();
    fill(disk);
    run.airFor(3s);
    // The encoder's log is there too; a new session begins while nothing can be written.
    run.kill(u"encoder"_s);
    run.airFor(4s);
    free(disk);
}

} // namespace

QString noMounts()
{
    return s_hasOwnMounts ? QString() : u"small file systems cannot be mounted here"_s;
}

bool ownMounts()
{
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (user == 0) {
        if (::unshare(CLONE_NEWNS) < 0)
            return false;
    } else {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
            return false;
        writeTo("/proc/self/setgroups", "deny");
        const QByteArray me = QByteArray::number(user);
        const QByteArray mine = QByteArray::number(group);
        writeTo("/proc/self/uid_map", me + ' ' + me + " 1");
        writeTo("/proc/self/gid_map", mine + ' ' + mine + " 1");
    }
    s_hasOwnMounts = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return s_hasOwnMounts;
}

std::vector<FaultRow> diskRows()
{
    std::vector<FaultRow> rows;
    const auto add = [&](const QString &name, const QString &text, const QString &alarm,
                         std::function<void(FaultRun &)> inject) -> FaultRow & {
        rows.push_back({name, text, {}, std::move(inject), noMounts, {}, {alarm}});
        return rows.back();
    };
    // HLS keeps 12 s of segments for a full disk, a recording kKeptBytes: a hole needs more.
    add(u"fullHls"_s, u"disk full under HLS, then freed"_s, u"destination-trouble"_s,
        [](FaultRun &run) { fillDestination(run, u"hls"_s, 17s); });
    add(u"fullRecording"_s, u"disk full under the recording, then freed"_s,
        u"destination-trouble"_s, [](FaultRun &run) { fillDestination(run, u"mkv"_s, 8s); });
    add(u"fullState"_s, u"disk full under the state folder, then freed"_s, u"records-not-written"_s,
        fillState)
        .setUp
        = [](StationSetup &setup) {
              setup.prepare = [before = setup.prepare](const QString &folder) {
                  if (before)
                      before(folder);
                  mountSmall(folder + u"/data"_s);
              };
          };
    add(u"fullLogs"_s, u"disk full under the log folder, then freed"_s, u"encoder-replaced"_s,
        fillLogs)
        .setUp
        = [](StationSetup &setup) {
              setup.prepare = [before = setup.prepare](const QString &folder) {
                  if (before)
                      before(folder);
                  mountSmall(folder + u"/log"_s);
              };
          };
    return rows;
}

} // namespace continuo
