// SPDX-License-Identifier: GPL-3.0-or-later
// A clip without an index that is begun at a waypoint has the frames and samples that it has when
// it is played from 0.
#include "core/media/clipproof.h"
#include "mediafactory.h"

#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <random>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kHouse{160, 90, {30, 1}};
constexpr std::int64_t kPart = 40; // frames that are compared from each start

struct Played {
    Result<void> result;
    std::int64_t first = -1;
    std::vector<std::size_t> pictures; ///< a hash of each
    std::vector<std::int16_t> sound;
    std::optional<Demuxer::Way> way; ///< how it came to its first frame
};

Played play(const QString &path, std::int64_t from, std::int64_t until,
            const WaypointList &waypoints)
{
    Played played;
    ClipRequest request;
    request.path = path;
    request.format = kHouse;
    request.from = from;
    request.until = until;
    request.waypoints = waypoints;
    Result<std::unique_ptr<ClipReader>> opened = ClipReader::open(request);
    if (!opened) {
        played.result = opened.error();
        return played;
    }
    ClipReader &clip = *opened.value();
    played.way = clip.startedBy();
    std::vector<std::uint8_t> picture(std::size_t(kHouse.pictureBytes()));
    std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, kHouse.rate)) + 2) * 2);
    HouseFrame frame{picture, samples};
    for (;;) {
        Result<bool> more = clip.next(frame);
        if (!more)
            played.result = more.error();
        if (!more || !more.value())
            return played;
        if (played.first < 0)
            played.first = frame.frame;
        played.pictures.push_back(qHashBits(picture.data(), picture.size()));
        const std::int64_t count
            = samplesBefore(frame.frame + 1, kHouse.rate) - samplesBefore(frame.frame, kHouse.rate);
        played.sound.insert(played.sound.end(), samples.begin(), samples.begin() + count * 2);
    }
}

/// As the prover does.
WaypointList waypointsOf(const QString &path)
{
    ClipRequest request;
    request.path = path;
    request.format = kProofFormat;
    const Result<ClipResources> resources = ClipReader::prepare(request);
    const Result<ClipEnds> ends
        = resources ? decodeEnds(resources.value()) : Result<ClipEnds>(resources.error());
    if (!ends)
        return {};
    const Result<ClipReading> reading
        = readThrough(resources->file, ends.value(), [](std::int64_t) {});
    return reading ? reading->waypoints : WaypointList();
}

struct Make {
    const char *row;
    QString name;
    QStringList output; ///< codecs
    QStringList last = {}; ///< of the copy
    bool hasPicture = true;
    int rate = 48000;
    QString fps = u"25"_s;
    int tolerance = 2; ///< of a sample; its decoder makes up noise
};

QStringList h264(const QString &more)
{
    return {u"-c:v"_s, u"libx264"_s, u"-preset"_s,      u"veryfast"_s,
            u"-crf"_s, u"32"_s,      u"-x264-params"_s, more};
}

QList<Make> makes()
{
    const QStringList open = h264(u"keyint=60:open-gop=1:bframes=5:b-pyramid=normal"_s);
    const QStringList closed = h264(u"keyint=250:min-keyint=250:scenecut=0:bframes=3"_s);
    const QStringList mpeg2{u"-c:v"_s, u"mpeg2video"_s, u"-b:v"_s, u"400k"_s, u"-g"_s,
                            u"12"_s,   u"-bf"_s,        u"2"_s,    u"-c:a"_s, u"mp2"_s};
    const QStringList mp2{u"-c:a"_s, u"mp2"_s};
    // Its clock wraps after 95443.7 s: 40 s after the start.
    const QStringList wrap{u"-output_ts_offset"_s, u"95402"_s};
    return {
        {"ts", u"closed.ts"_s, closed + mp2},
        {"ts, open groups", u"open.ts"_s, open},
        {"ts, 29.97, 44.1 kHz", u"film.ts"_s, closed + mp2, {}, true, 44100, u"30000/1001"_s},
        {"ts, wraps", u"wrap.ts"_s, open + mp2, wrap},
        {"ts, mpeg-2", u"mpeg2.ts"_s, mpeg2},
        {"ts, no sound", u"silent.ts"_s, open + QStringList{u"-an"_s}},
        {"ps", u"mpeg2.mpg"_s, mpeg2},
        {"mkv without cues", u"live.mkv"_s, open, {u"-live"_s, u"1"_s}},
        {"flv", u"30.flv"_s, closed, {}, true, 44100},
        {"mp3", u"song.mp3"_s, {}, {}, false, 44100},
        {"mp3, no header", u"plain.mp3"_s, {u"-write_xing"_s, u"0"_s}, {}, false},
        {"adts", u"song.aac"_s, {}, {}, false, 44100},
        {"ac-3", u"song.ac3"_s, {}, {}, false, 48000, u"25"_s, 30},
    };
}

} // namespace

class TestWaypoints final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void clip_goesOnAsFromItsBegin_data();
    void clip_goesOnAsFromItsBegin();
    void joinedClip_goesOnAsFromItsBegin();
    void index_needsNone();
    void wrongWaypoint_isNotGoneBy();
    void list_isBounded();
    void list_comesThroughJson();

private:
    QString make(const Make &recipe, int seconds = 75);
    void checkStarts(const QString &path, const WaypointList &waypoints,
                     const std::vector<std::int64_t> &starts, int tolerance,
                     bool hasPicture = true);

    MediaFactory m_media;
};

void TestWaypoints::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

QString TestWaypoints::make(const Make &recipe, int seconds)
{
    const QString path = m_media.path(recipe.name);
    const QString voice = u"0.3*sin(2*PI*t*(200+9*t))+0.1*sin(2*PI*2500*t)"_s;
    QStringList input;
    if (recipe.hasPicture)
        input << u"-f"_s << u"lavfi"_s << u"-i"_s
              << u"testsrc2=s=160x90:r=%1:d=%2"_s.arg(recipe.fps).arg(seconds);
    if (!recipe.output.contains(u"-an"_s))
        input << u"-f"_s << u"lavfi"_s << u"-i"_s
              << u"aevalsrc='%1|%1':s=%2:d=%3"_s.arg(voice).arg(recipe.rate).arg(seconds);
    return runFfmpeg(input + recipe.output + recipe.last + QStringList{path}) ? path : QString();
}

void TestWaypoints::checkStarts(const QString &path, const WaypointList &waypoints,
                                const std::vector<std::int64_t> &starts, int tolerance,
                                bool hasPicture)
{
    const Played whole = play(path, 0, -1, {});
    QVERIFY(whole.result);
    for (const std::int64_t from : starts) {
        const Played part = play(path, from, from + kPart, waypoints);
        QVERIFY(part.result);
        const QByteArray at = "from " + QByteArray::number(qint64(from)) + ": ";
        QVERIFY2(part.way == Demuxer::Way::Waypoint, (at + "by another way").constData());
        QCOMPARE(part.first, from);
        const auto count = std::int64_t(part.pictures.size());
        QCOMPARE(count, std::min(kPart, std::int64_t(whole.pictures.size()) - from));
        int pictures = 0;
        // The last one of sound alone shows the levels of the fade.
        for (std::int64_t i = 0; i < (hasPicture ? count : count - 1); ++i)
            pictures += part.pictures[std::size_t(i)] != whole.pictures[std::size_t(from + i)];
        int largest = 0;
        const auto first = std::size_t(samplesBefore(from, kHouse.rate)) * 2;
        // But for the fade at the end of the part.
        const std::size_t faded = std::size_t(kFadeSamples) * 2;
        for (std::size_t i = 0; i + faded < part.sound.size(); ++i)
            largest = std::max(largest, std::abs(part.sound[i] - whole.sound[first + i]));
        QVERIFY2(pictures == 0 && largest <= tolerance,
                 (at + QByteArray::number(pictures) + " pictures differ, sound by "
                  + QByteArray::number(largest))
                     .constData());
    }
}

void TestWaypoints::clip_goesOnAsFromItsBegin_data()
{
    QTest::addColumn<int>("index");
    // One of each container, and the wrap; "./check --full traits" has all.
    const QList<QByteArray> chosen{"ts, wraps", "ps", "mkv without cues", "flv", "mp3", "adts"};
    const bool isFull = qEnvironmentVariableIsSet("CONTINUO_ALL_TRAITS");
    for (int i = 0; i < makes().size(); ++i) {
        if (isFull || chosen.contains(makes().at(i).row))
            QTest::newRow(makes().at(i).row) << i;
    }
}

void TestWaypoints::clip_goesOnAsFromItsBegin()
{
    QFETCH(int, index);
    const QString path = make(makes().at(index));
    QVERIFY(!path.isEmpty());
    const WaypointList waypoints = waypointsOf(path);
    QVERIFY2(waypoints.points.size() >= 6,
             QByteArray::number(qint64(waypoints.points.size())).constData());
    std::vector<std::int64_t> starts{1000, 1800, 2240};
    std::mt19937 random(4);
    for (int i = 0; i < 2; ++i)
        starts.push_back(900 + std::int64_t(random() % 1300));
    checkStarts(path, waypoints, starts, makes().at(index).tolerance, makes().at(index).hasPicture);
}

// Recordings of which each has a clock of its own, and sound that does not end with the picture.
void TestWaypoints::joinedClip_goesOnAsFromItsBegin()
{
    QFile joined(m_media.path(u"joined.ts"_s));
    QVERIFY(joined.open(QIODevice::WriteOnly));
    for (const char *offset : {"5000", "1", "90000", "95420"}) {
        Make part = makes().at(1);
        part.name = u"part%1.ts"_s.arg(QString::fromLatin1(offset));
        part.last = {u"-output_ts_offset"_s, QString::fromLatin1(offset)};
        QFile file(make(part, 31));
        QVERIFY(file.open(QIODevice::ReadOnly));
        joined.write(file.readAll());
    }
    joined.close();
    const WaypointList waypoints = waypointsOf(joined.fileName());
    QVERIFY(waypoints.points.size() >= 10);
    checkStarts(joined.fileName(), waypoints, {700, 925, 935, 960, 1000, 1500, 2600, 3100, 3500},
                2);
}

void TestWaypoints::index_needsNone()
{
    Make recipe = makes().at(7);
    recipe.name = u"cues.mkv"_s;
    recipe.last = {};
    QVERIFY(waypointsOf(make(recipe, 40)).isEmpty());
    recipe.name = u"index.mp4"_s;
    QVERIFY(waypointsOf(make(recipe, 40)).isEmpty());
}

// The file was replaced, or the note is damaged: read from the start, as without any.
void TestWaypoints::wrongWaypoint_isNotGoneBy()
{
    const QString path = make(makes().at(0));
    const WaypointList good = waypointsOf(path);
    QVERIFY(!good.isEmpty());
    const std::int64_t from = 1500;
    const Played due = play(path, from, from + kPart, {});
    QVERIFY(due.result);
    const std::vector<std::function<void(Waypoint &)>> faults{
        [](Waypoint &point) { point.position += 400'000; },
        [](Waypoint &point) { point.position = 0; },
        [](Waypoint &point) { point.position = INT64_MAX / 2; },
        [](Waypoint &point) { point.stamp += 3600; },
        [](Waypoint &point) { point.otherStamp += 2160; },
        [](Waypoint &point) { point.shiftUs += 40'000; },
        [](Waypoint &point) { point.digest ^= 1; }};
    for (const auto &fault : faults) {
        WaypointList wrong = good;
        for (Waypoint &point : wrong.points)
            fault(point);
        const Played part = play(path, from, from + kPart, wrong);
        QVERIFY(part.result);
        QVERIFY(part.way == Demuxer::Way::Read);
        QVERIFY(part.pictures == due.pictures);
        QVERIFY(part.sound == due.sound);
    }
    // Those of another file of the same make.
    Make other = makes().at(0);
    other.name = u"other.ts"_s;
    other.fps = u"24"_s;
    const Played part = play(path, from, from + kPart, waypointsOf(make(other)));
    QVERIFY(part.result);
    QVERIFY(part.way == Demuxer::Way::Read);
    QVERIFY(part.pictures == due.pictures);
}

void TestWaypoints::list_isBounded()
{
    AVStream stream{};
    AVCodecParameters parameters{};
    parameters.codec_type = AVMEDIA_TYPE_AUDIO;
    stream.codecpar = &parameters;
    stream.time_base = {1, 1000};
    AVInputFormat input{};
    input.name = "mp3";
    input.flags = AVFMT_GENERIC_INDEX;
    AVFormatContext format{};
    format.iformat = &input;
    WaypointNoter noter(&format, &stream, nullptr, 0);
    TimeRepair times(1'000'000'000);
    std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
    PacketPtr packet(av_packet_alloc());
    constexpr std::int64_t kHours = 12;
    for (std::int64_t at = 0; at < kHours * 3'600'000; at += 100) {
        packet->data = bytes.data();
        packet->size = int(bytes.size());
        packet->pts = packet->dts = at;
        packet->pos = at * 4;
        packet->flags = AV_PKT_FLAG_KEY;
        times.repair(Track::Sound, packet.get(), stream.time_base);
        noter.add(Track::Sound, *packet, times);
    }
    packet->data = nullptr;
    const WaypointList list = noter.take();
    QVERIFY(list.points.size() <= WaypointList::kMost);
    QVERIFY(list.points.size() >= WaypointList::kMost / 2 - 1);
    QVERIFY(list.points.back().stamp > (kHours * 3'600'000) - 60'000);
    QVERIFY(list.points[1].stamp - list.points[0].stamp <= 41'000);
}

void TestWaypoints::list_comesThroughJson()
{
    WaypointList list;
    list.zeroUs = 1'400'000;
    list.tickUs = 100.0 / 9;
    list.leading = 1;
    list.other = 0;
    list.startUs = {1'480'000, 1'400'000};
    for (int i = 0; i < 10; ++i)
        list.points.push_back({188'000'000'000LL * i, 450'000LL * i + 126'000, 450'000LL * i,
                               125 * i, 450'000LL * i + 7, 450'000LL * i + 7, -95'443'717'689LL,
                               0xFFFFFFF0U + std::uint32_t(i),
                               i % 2 ? std::optional<std::int64_t>(-17) : std::nullopt});
    QCOMPARE(WaypointList::fromJson(list.toJson()), list);
    const WaypointList some = list.before(21'000'000, 3);
    QCOMPARE(some.points.size(), std::size_t(3));
    QCOMPARE(some.points.back().stamp, 450'000LL * 4 + 126'000);
    QVERIFY(list.before(0, 3).points.size() <= 1);
    QJsonObject object = list.toJson();
    object.insert(u"points"_s, QJsonArray{QJsonArray{1, 2, 3}});
    QVERIFY(WaypointList::fromJson(object).isEmpty());
    QVERIFY(WaypointList::fromJson({}).isEmpty());
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestWaypoints)
#include "tst_waypoints.moc"
