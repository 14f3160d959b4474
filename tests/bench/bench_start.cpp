// SPDX-License-Identifier: GPL-3.0-or-later
// How long a clip of three hours takes from `open` to its first frame, from points all over it, in
// formats that have no index: by the waypoints that the proof has noted, and once without them.
#include "core/base/logging.h"
#include "core/media/clipproof.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QLoggingCategory>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

const HouseFormat kHouse{1280, 720, {25, 1}};
constexpr qint64 kAtOnceMs = 300;
constexpr std::array kPlaces{0.03, 0.25, 0.5, 0.75, 0.98}; // of the whole
constexpr int kStarts = 3; // the quickest counts: what else the machine does makes none quicker

struct Row {
    const char *name;
    const char *ending;
    QStringList codecs;
    QStringList copy = {};
    bool hasPicture = true;
};

bool runFfmpeg(const QStringList &arguments)
{
    return QProcess::execute(u"ffmpeg"_s,
                             QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s} + arguments)
        == 0;
}

std::optional<qint64> startMs(const QString &path, std::int64_t from, const WaypointList &waypoints,
                              bool isByWaypoint)
{
    ClipRequest request;
    request.path = path;
    request.format = kHouse;
    request.from = from;
    request.waypoints = waypoints.before(framesToNanoseconds(from, kHouse.rate) / 1000, 6);
    std::vector<std::uint8_t> picture(std::size_t(kHouse.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, kHouse.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    QElapsedTimer timer;
    timer.start();
    const Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request);
    if (!clip || (clip.value()->startedBy() == Demuxer::Way::Waypoint) != isByWaypoint)
        return std::nullopt;
    const Result<bool> more = clip.value()->next(frame);
    if (!more || !more.value() || frame.frame != from)
        return std::nullopt;
    return timer.elapsed();
}

/// False: slower than it may be, or not from a waypoint.
bool measure(const Row &row, const QString &path, std::int64_t seconds)
{
    ClipRequest request;
    request.path = path;
    request.format = kProofFormat;
    QElapsedTimer timer;
    timer.start();
    const Result<ClipResources> resources = ClipReader::prepare(request);
    if (!resources)
        return false;
    const Result<ClipEnds> ends = decodeEnds(resources.value());
    if (!ends)
        return false;
    const Result<ClipReading> reading
        = readThrough(resources->file, ends.value(), [](std::int64_t) {});
    if (!reading)
        return false;
    const qint64 provenMs = timer.elapsed();
    std::printf("%-18s %6lld %8.1f %6zu", row.name,
                static_cast<long long>(QFileInfo(path).size() >> 20), double(provenMs) / 1000,
                reading->waypoints.points.size());
    bool isGood = true;
    for (const double place : kPlaces) {
        const auto from = std::int64_t(place * double(seconds) * kHouse.rate.toDouble()) + 7;
        std::optional<qint64> quickest;
        for (int start = 0; start < kStarts; ++start) {
            const std::optional<qint64> ms = startMs(path, from, reading->waypoints, true);
            if (ms)
                quickest = std::min(*ms, quickest.value_or(*ms));
        }
        isGood = isGood && quickest && *quickest <= kAtOnceMs;
        if (quickest)
            std::printf(" %6lld", static_cast<long long>(*quickest));
        else
            std::printf("      -");
    }
    const auto middle = std::int64_t(0.5 * double(seconds) * kHouse.rate.toDouble()) + 7;
    const std::optional<qint64> without = startMs(path, middle, {}, false);
    std::printf(" %8lld %s\n", static_cast<long long>(without.value_or(-1)),
                isGood ? "" : "too slow");
    std::fflush(stdout);
    return isGood;
}

} // namespace

// bench_start [MINUTES [ROW]]
int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    QLoggingCategory::setFilterRules(u"*.info=false"_s);
    const QStringList arguments = QCoreApplication::arguments();
    const int minutes = arguments.size() > 1 ? std::max(arguments[1].toInt(), 1) : 180;
    const QStringList h264{u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"veryfast"_s,
                           u"-crf"_s, u"40"_s,      u"-g"_s,      u"250"_s,
                           u"-c:a"_s, u"mp2"_s,     u"-b:a"_s,    u"64k"_s};
    const QStringList mpeg2{u"-c:v"_s, u"mpeg2video"_s, u"-q:v"_s, u"31"_s,  u"-g"_s,   u"12"_s,
                            u"-bf"_s,  u"2"_s,          u"-c:a"_s, u"mp2"_s, u"-b:a"_s, u"64k"_s};
    const QList<Row> rows{
        {"TS H.264, 10 s", "ts", h264}, {"TS MPEG-2", "ts", mpeg2},
        {"PS MPEG-2", "mpg", mpeg2},    {"MKV, no cues", "mkv", h264, {u"-live"_s, u"1"_s}},
        {"MP3", "mp3", {}, {}, false},  {"ADTS", "aac", {}, {}, false},
    };
    std::printf(
        "%d min, ms to the first frame (at most %lld) from 3, 25, 50, 75, 98 %%; last: from "
        "50 %% without\n%-18s %6s %8s %6s\n",
        minutes, static_cast<long long>(kAtOnceMs), "format", "MiB", "proof s", "points");
    bool isGood = true;
    for (const Row &row : rows) {
        if (arguments.size() > 2 && arguments[2] != QString::fromLatin1(row.name))
            continue;
        // A minute is whole frames of the sound, so that the joins do not show.
        const QTemporaryDir folder;
        const QString ending = QString::fromLatin1(row.ending);
        const QString part = folder.filePath(u"part."_s + (row.hasPicture ? u"mkv"_s : ending));
        const QString path = folder.filePath(u"long."_s + ending);
        QStringList input;
        if (row.hasPicture)
            input << u"-f"_s << u"lavfi"_s << u"-i"_s << u"testsrc2=s=160x90:r=25:d=60"_s;
        input << u"-f"_s << u"lavfi"_s << u"-i"_s << u"sine=r=48000:d=60"_s;
        if (!runFfmpeg(input + row.codecs + QStringList{part})
            || !runFfmpeg(QStringList{u"-stream_loop"_s, QString::number(minutes - 1), u"-i"_s,
                                      part, u"-c"_s, u"copy"_s}
                          + row.copy + QStringList{path})) {
            std::printf("%s: ffmpeg has failed\n", row.name);
            return 1;
        }
        isGood = measure(row, path, 60LL * minutes) && isGood;
    }
    return isGood ? 0 : 1;
}
