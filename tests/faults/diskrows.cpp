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

#include <stdexcept>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

bool s_hasOwnMounts = false; // set before any thread

constexpr qint64 kRoomy = 96 * 1024 * 1024;

QString noMounts()
{
    return s_hasOwnMounts ? QString() : u"small file systems cannot be mounted here"_s;
}

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

QJsonObject destinationOf(FaultRun &run, const QString &id)
{
    const QJsonArray all = run.status().value_or(QJsonObject()).value("destinations"_L1).toArray();
    for (const QJsonValue &one : all) {
        if (one.toObject().value("id"_L1) == id)
            return one.toObject();
    }
    return {};
}

// Beside the destinations that every row has, one on a disk that becomes full: its hole is as long
// as the station says, and all before and after it is right.
void fillDestination(FaultRun &run, const QString &kind, std::chrono::milliseconds full)
{
    const QString disk = run.folder() + u"/small-"_s + kind;
    mountSmall(disk);
    const QString output = disk + (kind == "hls"_L1 ? u"/index.m3u8"_s : u"/small.mkv"_s);
    const QString id = run.station().addDestination(
        run.channel(), kind == "hls"_L1 ? u"hls:"_s + disk : u"file:"_s + output,
        kind == "hls"_L1 ? QJsonObject{{u"listSize"_s, 0}} : QJsonObject());
    run.waitFor([&] { return destinationOf(run, id).value("bytes"_L1).toInteger() > 0; }, 30s,
                u"the destination on the small disk did not begin"_s);
    run.airFor(3s);
    run.mark();
    fill(disk);
    run.airFor(full);
    const QJsonObject during = destinationOf(run, id);
    if (during.value("detail"_L1).toString().isEmpty())
        run.result().reasons.append(u"the status says nothing of the full disk"_s);
    else
        run.result().notes.append(u"full: \"%1\""_s.arg(during.value("detail"_L1).toString()));
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
    const qint64 lost = destinationOf(run, id).value("lost"_L1).toInteger(-1);
    run.station().call(u"destination.remove"_s, {{u"channel"_s, run.channel()}, {u"id"_s, id}});
    run.airFor(500ms);
    run.judgeLater([&run, output, lost, kind](framecode::Expectation expectation,
                                              FaultResult &result) {
        expectation.begin = framecode::Begin::Anywhere;
        const framecode::Outcome<framecode::Report> report = framecode::check(output, expectation);
        if (!report) {
            result.reasons.append(u"%1 on the full disk: %2"_s.arg(kind, report.error()));
            return;
        }
        QFile file(run.folder() + u"/small-"_s + kind + u".json"_s);
        if (file.open(QIODevice::WriteOnly))
            file.write(QJsonDocument(report.value().toJson()).toJson());
        const FarEndWindow whole = FarEnd(report.value(), 0).window(0, report.value().seen + 1);
        result.notes.append(u"its hole: %1 frames, %2 by the status"_s.arg(whole.lost).arg(lost));
        if (whole.lost != lost)
            result.reasons.append(
                u"%1 on the full disk lacks %2 frames, the status counts %3"_s.arg(kind)
                    .arg(whole.lost)
                    .arg(lost));
        if (whole.repeated + whole.damaged > 0)
            result.reasons.append(u"%1 on the full disk: %2 repeated, %3 damaged"_s.arg(kind)
                                      .arg(whole.repeated)
                                      .arg(whole.damaged));
    });
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
    run.result().notes.append(u"refused: \"%1\" after %2 edits"_s.arg(refusal).arg(kept));
    if (run.listIds() != run.model().list())
        run.result().reasons.append(u"a refused edit changed the list"_s);
    run.airFor(4s);
    free(disk);
    run.airFor(500ms);
    if (!run.moveLast(3, &refusal))
        run.result().reasons.append(u"still refused on a disk with room: "_s + refusal);
    if (run.listIds() != run.model().list())
        run.result().reasons.append(u"the list is not as the answers said"_s);
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
    const auto add = [&](const QString &name, const QString &text,
                         std::function<void(FaultRun &)> inject) -> FaultRow & {
        rows.push_back({name, text, {}, std::move(inject), noMounts, {}});
        return rows.back();
    };
    // HLS keeps 12 s of segments for a full disk, a recording a minute: a hole needs more.
    add(u"fullHls"_s, u"disk full under HLS, then freed"_s,
        [](FaultRun &run) { fillDestination(run, u"hls"_s, 17s); });
    add(u"fullRecording"_s, u"disk full under the recording, then freed"_s,
        [](FaultRun &run) { fillDestination(run, u"mkv"_s, run.isLong() ? 75s : 8s); });
    add(u"fullState"_s, u"disk full under the state folder, then freed"_s, fillState).setUp
        = [](StationSetup &setup) {
              setup.prepare = [before = setup.prepare](const QString &folder) {
                  if (before)
                      before(folder);
                  mountSmall(folder + u"/data"_s);
              };
          };
    add(u"fullLogs"_s, u"disk full under the log folder, then freed"_s, fillLogs).setUp
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
