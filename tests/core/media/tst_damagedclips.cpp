// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_damagedclips.h"

#include "core/media/demuxer.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kSmallHouse{64, 36, {25, 1}};
constexpr int kPictures = 75;
constexpr std::int64_t kTicks = 90'000;
constexpr std::int64_t kHourTicks = 3600 * kTicks;
constexpr int kPacketBytes = 188;

struct Stamps {
    std::int64_t pts;
    std::int64_t dts;
};

/// What the stamps of a stream's packet \p number are to be; nothing: none.
using Damage = std::function<std::optional<Stamps>(int number, Stamps stamps)>;

// ISO/IEC 13818-1, 2.4.3.7: 33 bits in five bytes, with marker bits between.
std::int64_t readStamp(const QByteArray &bytes, qsizetype at)
{
    const auto byte = [&](int i) { return std::int64_t(std::uint8_t(bytes[at + i])); };
    return (byte(0) >> 1 & 7) << 30 | byte(1) << 22 | byte(2) >> 1 << 15 | byte(3) << 7
        | byte(4) >> 1;
}

void writeStamp(QByteArray &bytes, qsizetype at, std::int64_t stamp)
{
    bytes[at] = char((bytes[at] & 0xf1) | (stamp >> 30 & 7) << 1);
    bytes[at + 1] = char(stamp >> 22 & 0xff);
    bytes[at + 2] = char((stamp >> 15 & 0x7f) << 1 | 1);
    bytes[at + 3] = char(stamp >> 7 & 0xff);
    bytes[at + 4] = char((stamp & 0x7f) << 1 | 1);
}

/// Changes the timestamps of all packets of the stream \p id in a transport stream.
void damageStamps(QByteArray &stream, int id, const Damage &damage)
{
    int number = 0;
    for (qsizetype packet = 0; packet + kPacketBytes <= stream.size(); packet += kPacketBytes) {
        if (!(stream[packet + 1] & 0x40)) // no begin of a PES packet
            continue;
        qsizetype at = packet + 4;
        if (stream[packet + 3] & 0x20)
            at += 1 + std::uint8_t(stream[at]);
        if (!stream.mid(at, 3).endsWith(QByteArray("\0\0\1", 3))
            || std::uint8_t(stream[at + 3]) != id)
            continue;
        const int flags = std::uint8_t(stream[at + 7]) >> 6;
        const std::int64_t pts = readStamp(stream, at + 9);
        const std::int64_t dts = flags == 3 ? readStamp(stream, at + 14) : pts;
        const std::optional<Stamps> stamps = damage(number++, {pts, dts});
        if (!stamps) {
            stream[at + 7] = char(stream[at + 7] & 0x3f);
            for (int i = 0; i < std::uint8_t(stream[at + 8]); ++i)
                stream[at + 9 + i] = char(0xff); // stuffing
            continue;
        }
        writeStamp(stream, at + 9, stamps->pts);
        if (flags == 3)
            writeStamp(stream, at + 14, stamps->dts);
    }
}

QByteArray contentsOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool writeContents(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

constexpr int kPictureId = 0xe0;
constexpr int kSoundId = 0xbd;

struct DamageRow {
    const char *name;
    int id;
    Damage damage;
    int off = 1; ///< pictures that all may lie beside their place, sound with them
};

/// Adds to both stamps of the packets that \p isMeant.
Damage shifted(std::int64_t ticks, const std::function<bool(int)> &isMeant)
{
    return [ticks, isMeant](int number, Stamps stamps) -> std::optional<Stamps> {
        if (!isMeant(number))
            return stamps;
        return Stamps{stamps.pts + ticks, stamps.dts + ticks};
    };
}

std::vector<DamageRow> damageRows()
{
    const auto one = [](int number) { return number == 30; };
    const auto fromThere = [](int number) { return number >= 30; };
    const auto first = [](int number) { return number == 0; };
    return {
        {"one an hour on", kPictureId, shifted(kHourTicks, one)},
        {"one five seconds on", kPictureId, shifted(5 * kTicks, one)},
        {"the first an hour on", kPictureId, shifted(kHourTicks, first), 2},
        {"from there on an hour on", kPictureId, shifted(kHourTicks, fromThere)},
        {"pts alone from there on", kPictureId,
         [](int number, Stamps stamps) -> std::optional<Stamps> {
             return Stamps{stamps.pts + (number >= 30 ? kHourTicks : 0), stamps.dts};
         }},
        {"none at first", kPictureId,
         [](int number, Stamps stamps) {
             return number < 3 ? std::nullopt : std::optional(stamps);
         }},
        {"none from there on", kPictureId,
         [](int number, Stamps stamps) {
             return number < 30 ? std::optional(stamps) : std::nullopt;
         }},
        {"one of the sound an hour on", kSoundId, shifted(kHourTicks, one)},
        {"one of the sound five seconds on", kSoundId, shifted(5 * kTicks, one)},
    };
}

} // namespace

void TestDamagedClips::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

QString TestDamagedClips::makeStream(const QString &name)
{
    if (QFile::exists(m_media.path(name)))
        return m_media.path(name);
    // SMPTE 302M is sound to the sample, in a transport stream.
    return m_media.make({.name = name,
                         .pictures = kPictures,
                         .output = {u"-c:v"_s, u"mpeg2video"_s, u"-q:v"_s, u"2"_s, u"-bf"_s, u"2"_s,
                                    u"-c:a"_s, u"s302m"_s, u"-strict"_s, u"-2"_s},
                         .soundSeconds = 3});
}

void TestDamagedClips::damagedTimes_loseNothing_data()
{
    QTest::addColumn<int>("index");
    const std::vector<DamageRow> rows = damageRows();
    for (std::size_t i = 0; i < rows.size(); ++i)
        QTest::newRow(rows[i].name) << int(i);
}

void TestDamagedClips::damagedTimes_loseNothing()
{
    QFETCH(int, index);
    const DamageRow row = damageRows()[std::size_t(index)];
    QByteArray stream = contentsOf(makeStream(u"sound-and-picture.ts"_s));
    QVERIFY(!stream.isEmpty());
    damageStamps(stream, row.id, row.damage);
    const QString path = m_media.path(u"damaged.ts"_s);
    QVERIFY(writeContents(path, stream));
    const PlayedClip played = playClip(path, kSmallHouse);
    QVERIFY(played.result);
    // A picture without a timestamp may be placed by one beside it, a begin by the other stream's.
    QVERIFY2(std::abs(int(played.luma.size()) - kPictures) <= row.off,
             qPrintable(u"%1 frames"_s.arg(played.luma.size())));
    for (std::size_t i = 0; i < played.luma.size(); ++i) {
        const int picture = (played.luma[i] - MediaFactory::lumaOf(0) + 2) / 4;
        const int distance = std::abs(picture - int(i) % 50);
        QVERIFY2(std::min(distance, 50 - distance) <= row.off,
                 qPrintable(u"frame %1 shows picture %2"_s.arg(i).arg(picture)));
    }
    const int most = 1920 * row.off;
    QVERIFY(played.padded <= most);
    const int wanted = MediaFactory::sampleAt(100'000);
    // The values begin again after as many samples.
    const int apart = std::abs(played.sound[100'000] - wanted);
    QVERIFY2(std::min(apart, 20'011 - apart) <= most,
             qPrintable(u"%1 instead of %2"_s.arg(played.sound[100'000]).arg(wanted)));
}

void TestDamagedClips::join_ofShortRecordingsIsExact()
{
    const QByteArray stream = contentsOf(makeStream(u"sound-and-picture.ts"_s));
    QVERIFY(!stream.isEmpty());
    const QString path = m_media.path(u"joined.ts"_s);
    QVERIFY(writeContents(path, stream + stream));
    const PlayedClip played = playClip(path, kSmallHouse);
    QVERIFY(played.result);
    QCOMPARE(int(played.luma.size()), 2 * kPictures);
    // In step again: what is heard with a picture of the second recording is what belongs to it.
    QCOMPARE(played.sound[100'000], MediaFactory::sampleAt(100'000));
    QCOMPARE(played.sound[244'000], MediaFactory::sampleAt(100'000));
}

void TestDamagedClips::longStill_doesNotForbidSeeking_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<bool>("isSought");
    QTest::newRow("in order") << QStringList{u"-bf"_s, u"0"_s} << true;
    // How long a picture lasts is a guess in these: such a step may be closed up when it is read.
    QTest::newRow("reordered") << QStringList{u"-bf"_s, u"2"_s} << false;
    QTest::newRow("in a fragment")
        << QStringList{u"-bf"_s,       u"0"_s, u"-movflags"_s, u"empty_moov"_s, u"-frag_duration"_s,
                       u"2000000000"_s}
        << false;
}

void TestDamagedClips::longStill_doesNotForbidSeeking()
{
    QFETCH(QStringList, options);
    QFETCH(bool, isSought);
    const QString path = m_media.make(
        {.name = u"long-still.mp4"_s,
         .fps = u"1"_s,
         .pictures = 6,
         .output = QStringList{u"-c:v"_s, u"mpeg4"_s, u"-fps_mode"_s, u"passthrough"_s} + options,
         .pictureFilter = u"setpts='(N+gte(N,3)*700)/TB'"_s});
    QVERIFY(!path.isEmpty());
    Result<std::unique_ptr<Demuxer>> demuxer
        = Demuxer::open(ClipFile::open(path).value(), Demuxer::Wanted::Both);
    QVERIFY(demuxer);
    const Result<Demuxer::Landing> landing
        = demuxer.value()->goTo(Demuxer::Way::Index, Track::Picture, 0);
    QCOMPARE(bool(landing), isSought);
    if (!isSought)
        QCOMPARE(landing.error().code, ErrorCode::Unsupported);
}

void TestDamagedClips::longHole_staysWithoutTheOtherTrack()
{
    const QString path = m_media.path(u"long-hole.mkv"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=s=64x36:r=1:d=660"_s, u"-f"_s,
                       u"lavfi"_s, u"-i"_s, u"anullsrc=r=8000:cl=mono"_s, u"-t"_s, u"660"_s,
                       u"-af"_s, u"aselect='lt(t,1)+gt(t,650)'"_s, u"-c:v"_s, u"mpeg4"_s, u"-c:a"_s,
                       u"pcm_s16le"_s, path}));
    Result<std::unique_ptr<Demuxer>> demuxer
        = Demuxer::open(ClipFile::open(path).value(), Demuxer::Wanted::Both);
    QVERIFY(demuxer);
    demuxer.value()->leaveOut(Track::Picture);
    std::int64_t last = 0; // in milliseconds
    for (;;) {
        const Demuxer::Taken taken = demuxer.value()->take(Track::Sound);
        if (!taken.packet)
            break;
        last = taken.packet->pts;
    }
    QVERIFY2(last > 650'000, qPrintable(QString::number(last)));
}

void TestDamagedClips::layoutOfAsManyChannels_mayChange()
{
    QByteArray joined;
    int offset = 0;
    for (const QString &layout : {u"4.0"_s, u"quad"_s}) {
        const QString part = m_media.path(u"layout.ts"_s);
        const QString tone = QStringList(4, u"0.2*sin(2*PI*440*t)"_s).join(u'|');
        QVERIFY(
            runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=gray:s=64x36:r=25:d=2"_s, u"-f"_s,
                       u"lavfi"_s, u"-i"_s, u"aevalsrc='%1':s=48000:d=2:c=%2"_s.arg(tone, layout),
                       u"-c:v"_s, u"mpeg2video"_s, u"-c:a"_s, u"ac3"_s, u"-output_ts_offset"_s,
                       QString::number(offset), part}));
        joined += contentsOf(part);
        offset += 2;
    }
    const QString path = m_media.path(u"layouts.ts"_s);
    QVERIFY(writeContents(path, joined));
    const PlayedClip played = playClip(path, kSmallHouse);
    QVERIFY(played.result);
    QVERIFY2(played.padded < 4800, qPrintable(QString::number(played.padded)));
    // In the second part it sounds as in the first.
    const auto loudest = [&](std::ptrdiff_t from) {
        return *std::max_element(played.sound.begin() + from, played.sound.begin() + from + 480);
    };
    QVERIFY(loudest(48'000) > 3000);
    QVERIFY(loudest(144'000) > 3000);
}

void TestDamagedClips::manyChannelsWithoutLayout_giveTheFirstTwo()
{
    // A Core Audio file without a layout: sample n of the first channel is n, all others are loud.
    constexpr int kChannels = 12;
    QByteArray raw;
    for (int n = 0; n < 48'000; ++n) {
        for (int channel = 0; channel < kChannels; ++channel) {
            const int value = channel == 0 ? n % 20'000 : 30'000;
            raw += char(value & 0xff);
            raw += char(value >> 8);
        }
    }
    QVERIFY(writeContents(m_media.path(u"twelve.raw"_s), raw));
    const QString path = m_media.path(u"twelve.caf"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"s16le"_s, u"-ar"_s, u"48000"_s, u"-channels"_s,
                       QString::number(kChannels), u"-guess_layout_max"_s, u"0"_s, u"-i"_s,
                       m_media.path(u"twelve.raw"_s), u"-c"_s, u"copy"_s, path}));
    const PlayedClip played = playClip(path, kSmallHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(25));
    QCOMPARE(played.sound[30'000], std::int16_t(10'000));
    QVERIFY(played.facts.soundFilters.startsWith(u"pan=stereo|c0=c0|c1=c1,"_s));
}

void TestDamagedClips::file_isRefusedWithItsReason_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("detail");
    QTest::newRow("fifo") << u"fifo"_s << u"invalid-argument"_s << u"is not a file"_s;
    QTest::newRow("folder") << u"folder"_s << u"invalid-argument"_s << u"is not a file"_s;
    QTest::newRow("MP4 that was not finished")
        << u"headless"_s << u"corrupt"_s << u"its index is missing or damaged"_s;
    QTest::newRow("no permission") << u"secret"_s << u"permission-denied"_s << u""_s;
    QTest::newRow("below a file") << u"below"_s << u"not-found"_s << u"does not exist"_s;
}

void TestDamagedClips::file_isRefusedWithItsReason()
{
    QFETCH(QString, kind);
    QFETCH(QString, code);
    QFETCH(QString, detail);
    QString path = m_media.path(kind + u".mp4"_s);
    if (kind == u"fifo"_s) {
        QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0); // nobody writes
    } else if (kind == u"folder"_s) {
        QCOMPARE(::mkdir(QFile::encodeName(path).constData(), 0700), 0);
    } else if (kind == u"headless"_s) {
        const QString whole
            = m_media.make({.name = u"whole.mp4"_s, .output = {u"-c:v"_s, u"mpeg4"_s}});
        const QByteArray bytes = contentsOf(whole);
        QVERIFY(writeContents(path, bytes.left(bytes.size() / 2)));
    } else {
        QVERIFY(writeContents(path, "secret"));
        if (kind == u"below"_s)
            path += u"/clip.mp4"_s;
        else if (::geteuid() == 0)
            QSKIP("root reads what nobody may read");
        else
            QCOMPARE(::chmod(QFile::encodeName(path).constData(), 0), 0);
    }
    const PlayedClip played = playClip(path, kSmallHouse);
    QVERIFY(!played.result);
    QCOMPARE(errorCodeName(played.result.error().code), code);
    QVERIFY2(played.result.error().detail.contains(detail),
             qPrintable(played.result.error().detail));
}

} // namespace continuo
