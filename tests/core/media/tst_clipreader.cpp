// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_clipreader.h"

#include "core/media/nutwriter.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const QStringList kLossless{u"-c:v"_s, u"ffv1"_s, u"-c:a"_s, u"pcm_s16le"_s};
const QStringList kSmallH264{u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s,
                             u"-qp"_s,  u"1"_s,       u"-c:a"_s,    u"aac"_s};
const HouseFormat kHouse{64, 36, {30, 1}};

/// round(seconds*fps), half away from zero, from exact fractions.
std::int64_t rounded(std::int64_t num, std::int64_t den)
{
    return (2 * num + den) / (2 * den);
}

/// The rule: frame k shows the last picture i with round(t_i*fps) <= k; t_i = ticks_i/base.
std::vector<int> expectedPictures(const std::vector<std::int64_t> &ticks, std::int64_t endTicks,
                                  std::int64_t base, FrameRate house)
{
    std::vector<int> shown;
    const std::int64_t frames = rounded(endTicks * house.num, base * house.den);
    int picture = 0;
    for (std::int64_t k = 0; k < frames; ++k) {
        while (picture + 1 < int(ticks.size())
               && rounded(ticks[std::size_t(picture) + 1] * house.num, base * house.den) <= k)
            ++picture;
        shown.push_back(picture);
    }
    return shown;
}

/// Which picture each frame shows must be as \p expected says; empty when it is.
QString compare(const std::vector<int> &luma, const std::vector<int> &expected)
{
    if (luma.size() != expected.size())
        return u"%1 frames instead of %2"_s.arg(luma.size()).arg(expected.size());
    for (std::size_t i = 0; i < luma.size(); ++i) {
        if (std::abs(luma[i] - MediaFactory::lumaOf(expected[i])) > 1)
            return u"frame %1 shows luma %2, not %3 of picture %4"_s.arg(i)
                .arg(luma[i])
                .arg(MediaFactory::lumaOf(expected[i]))
                .arg(expected[i]);
    }
    return {};
}

std::vector<int> upTo(int count)
{
    std::vector<int> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

void append(const QString &to, const QString &from)
{
    QFile source(from);
    QFile target(to);
    QVERIFY(source.open(QIODevice::ReadOnly));
    QVERIFY(target.open(QIODevice::Append));
    target.write(source.readAll());
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

} // namespace

void TestClipReader::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestClipReader::pictures_followTheRateRule_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("house");
    QTest::addColumn<QString>("container");
    for (const QString &source : {u"24"_s, u"25"_s, u"30000/1001"_s, u"30"_s, u"50"_s, u"60"_s}) {
        for (const QString &house : {u"30"_s, u"25"_s, u"30000/1001"_s, u"50"_s})
            QTest::addRow("%s in %s", qPrintable(source), qPrintable(house))
                << source << house << u"mov"_s;
    }
    QTest::newRow("25 in 30, avi") << u"25"_s << u"30"_s << u"avi"_s;
    QTest::newRow("50 in 25, nut") << u"50"_s << u"25"_s << u"nut"_s;
}

void TestClipReader::pictures_followTheRateRule()
{
    QFETCH(QString, source);
    QFETCH(QString, house);
    QFETCH(QString, container);
    const FrameRate from = FrameRate::parse(source).value();
    const HouseFormat format{64, 36, FrameRate::parse(house).value()};
    const QString name = u"rate-%1.%2"_s.arg(QString(source).replace(u'/', u'-'), container);
    QString path = m_media.path(name);
    const int pictures = 47;
    if (!QFile::exists(path))
        path = m_media.make(
            {.name = name, .fps = source, .pictures = pictures, .output = {u"-c:v"_s, u"ffv1"_s}});
    QVERIFY(!path.isEmpty());
    std::vector<std::int64_t> ticks;
    for (int i = 0; i < pictures; ++i)
        ticks.push_back(i * from.den);
    const PlayedClip played = playClip(path, format);
    QVERIFY2(played.result, qPrintable(played.result ? QString() : played.result.error().detail));
    QCOMPARE(
        compare(played.luma, expectedPictures(ticks, pictures * from.den, from.num, format.rate)),
        QString());
    // Other containers round their length; it is an estimate, which only the end replaces.
    if (container == u"mov"_s)
        QCOMPARE(played.facts.frames, std::int64_t(played.luma.size()));
}

void TestClipReader::pictures_followIrregularTimes()
{
    // Times of a phone: multiples of 1 ms between 8 and 140 ms apart.
    std::vector<std::int64_t> ticks;
    std::int64_t now = 0;
    for (int i = 0; i < 48; ++i) {
        ticks.push_back(now);
        now += 8 + (i * 37) % 133;
    }
    // setpts counts in the time base that follows, set to 1/1000.
    const QString table = u"if(eq(N,0),0,PREV_OUTPTS+8+mod((N-1)*37,133))"_s;
    const QString path
        = m_media.make({.name = u"irregular.mkv"_s,
                        .pictures = 48,
                        .output = {u"-fps_mode"_s, u"passthrough"_s, u"-c:v"_s, u"ffv1"_s},
                        .pictureFilter = u"settb=1/1000,setpts='%1'"_s.arg(table)});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    // ffmpeg's Matroska says that the last one lasts 1 ms.
    QCOMPARE(compare(played.luma, expectedPictures(ticks, ticks.back() + 1, 1000, kHouse.rate)),
             QString());
}

void TestClipReader::pictures_keepTheLastOneBehindTheDeinterlacer()
{
    const QString path
        = m_media.make({.name = u"interlaced.ts"_s,
                        .pictures = 40,
                        .output = {u"-c:v"_s, u"mpeg2video"_s, u"-q:v"_s, u"2"_s, u"-flags"_s,
                                   u"+ildct+ilme"_s, u"-top"_s, u"1"_s, u"-bf"_s, u"2"_s},
                        .size = u"128x96"_s,
                        .pictureFilter = u"setfield=tff"_s});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, {128, 96, {25, 1}});
    QVERIFY(played.result);
    QVERIFY(played.facts.isInterlaced);
    QVERIFY(played.facts.pictureFilters.startsWith(u"bwdif=mode=send_frame:deint=interlaced,"_s));
    QCOMPARE(played.luma.size(), std::size_t(40));
    for (std::size_t i = 0; i < played.luma.size(); ++i)
        QVERIFY2(std::abs(played.luma[i] - MediaFactory::lumaOf(int(i))) <= 3,
                 qPrintable(u"frame %1: %2"_s.arg(i).arg(played.luma[i])));
}

void TestClipReader::pictures_haveTheFieldsOfTheirContainer_data()
{
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QString>("fields");
    QTest::addColumn<bool>("isTopFirst");
    for (const auto &[codec, ending] :
         {std::pair(u"png"_s, u"mov"_s), {u"utvideo"_s, u"mov"_s}, {u"ffvhuff"_s, u"mkv"_s}}) {
        for (const auto &[fields, isTopFirst] :
             {std::pair(u"tt"_s, true), {u"bb"_s, false}, {u"tb"_s, true}, {u"bt"_s, false}})
            QTest::addRow("%s in %s, %s", qPrintable(codec), qPrintable(ending), qPrintable(fields))
                << codec << ending << fields << isTopFirst;
    }
}

// Of codecs whose pictures know nothing of fields; compared with what ffmpeg makes of the same
// pictures when it is told.
void TestClipReader::pictures_haveTheFieldsOfTheirContainer()
{
    QFETCH(QString, codec);
    QFETCH(QString, ending);
    QFETCH(QString, fields);
    QFETCH(bool, isTopFirst);
    const QString order = isTopFirst ? u"tff"_s : u"bff"_s;
    const QString path = m_media.path(u"%1-%2.%3"_s.arg(codec, fields, ending));
    const QString raw = path + u".yuv"_s;
    const QString scan = isTopFirst ? u"4"_s : u"5"_s; // interleave_top, interleave_bottom
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"testsrc=s=192x108:r=50:d=1,format=yuv422p,tinterlace="_s + scan, u"-c:v"_s,
                       codec, u"-field_order"_s, fields, path}));
    const HouseFormat format{96, 54, {25, 1}};
    const PlayedClip played = playClip(path, format, true);
    QVERIFY(played.result);
    QVERIFY(played.facts.isInterlaced);
    QVERIFY(played.facts.pictureFilters.startsWith(u"bwdif=mode=send_frame:deint=interlaced,"_s));
    QVERIFY(runFfmpeg({u"-i"_s, path, u"-vf"_s,
                       u"setfield=%1,%2"_s.arg(order, played.facts.pictureFilters), u"-f"_s,
                       u"rawvideo"_s, raw}));
    QFile file(raw);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(played.pictures.size(), std::size_t(25));
    for (std::size_t i = 0; i < played.pictures.size(); ++i) {
        const std::vector<std::uint8_t> &picture = played.pictures[i];
        const QByteArray due = file.read(qint64(picture.size()));
        QCOMPARE(std::size_t(due.size()), picture.size());
        int apart = 0;
        for (std::size_t k = 0; k < picture.size(); ++k)
            apart += std::abs(int(picture[k]) - int(std::uint8_t(due[qsizetype(k)])));
        // Rounded differently in a few places; in the wrong order, or untouched, over 1 each.
        QVERIFY2(apart < int(picture.size()) / 10, qPrintable(u"frame %1: %2"_s.arg(i).arg(apart)));
    }
}

void TestClipReader::pictures_goOnWhereTheSizeChanges()
{
    const QString joined = m_media.path(u"sizes.ts"_s);
    const QStringList h264{u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s, u"-qp"_s, u"4"_s};
    const QString first = m_media.make({.name = u"size-1.ts"_s, .pictures = 25, .output = h264});
    const QString second
        = m_media.make({.name = u"size-2.ts"_s,
                        .pictures = 25,
                        .output = h264 + QStringList{u"-output_ts_offset"_s, u"1"_s},
                        .size = u"128x64"_s});
    QVERIFY(!first.isEmpty() && !second.isEmpty());
    append(joined, first);
    append(joined, second);
    const PlayedClip played = playClip(joined, {64, 36, {25, 1}});
    QVERIFY(played.result);
    std::vector<int> expected = upTo(25);
    const std::vector<int> again = upTo(25);
    expected.insert(expected.end(), again.begin(), again.end());
    QCOMPARE(played.luma.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY(std::abs(played.luma[i] - MediaFactory::lumaOf(expected[i])) <= 3);
}

void TestClipReader::pictures_goOnWhereTimestampsJump()
{
    const QString joined = m_media.path(u"jump.ts"_s);
    const QStringList codecs{u"-c:v"_s, u"mpeg2video"_s, u"-q:v"_s, u"2"_s,
                             u"-bf"_s,  u"0"_s,          u"-c:a"_s, u"mp2"_s};
    const QString first
        = m_media.make({.name = u"jump-1.ts"_s,
                        .pictures = 50,
                        .output = codecs + QStringList{u"-output_ts_offset"_s, u"4000"_s},
                        .soundSeconds = 2});
    const QString second = m_media.make(
        {.name = u"jump-2.ts"_s, .pictures = 50, .output = codecs, .soundSeconds = 2});
    QVERIFY(!first.isEmpty() && !second.isEmpty());
    append(joined, first); // 4000 s, then back to 0, then forward to 4000
    append(joined, second);
    append(joined, first);
    const PlayedClip played = playClip(joined, {64, 36, {25, 1}});
    QVERIFY(played.result);
    QVERIFY2(played.luma.size() >= 149 && played.luma.size() <= 152,
             qPrintable(QString::number(played.luma.size())));
    // At most what mp2's frames leave at the joins is silent.
    QVERIFY2(played.padded < 48000 / 4, qPrintable(QString::number(played.padded)));
}

void TestClipReader::picture_standsUprightAndCentred_data()
{
    QTest::addColumn<QString>("size");
    QTest::addColumn<QString>("filter");
    QTest::addColumn<QRect>("active");
    // House: 128x72.
    QTest::newRow("same shape") << u"64x36"_s << u"null"_s << QRect(0, 0, 128, 72);
    QTest::newRow("4:3") << u"96x72"_s << u"null"_s << QRect(16, 0, 96, 72);
    QTest::newRow("wide") << u"128x54"_s << u"null"_s << QRect(0, 8, 128, 54);
    QTest::newRow("portrait") << u"36x64"_s << u"null"_s << QRect(44, 0, 40, 72);
    QTest::newRow("wide pixels") << u"72x72"_s << u"setsar=4/3"_s << QRect(16, 0, 96, 72);
    QTest::newRow("tall pixels") << u"128x36"_s << u"setsar=1/2"_s << QRect(0, 0, 128, 72);
}

void TestClipReader::picture_standsUprightAndCentred()
{
    QFETCH(QString, size);
    QFETCH(QString, filter);
    QFETCH(QRect, active);
    const QString path = m_media.make({.name = u"shape.mkv"_s,
                                       .pictures = 2,
                                       .output = {u"-c:v"_s, u"ffv1"_s},
                                       .size = size,
                                       .pictureFilter = u"geq=lum=200:cb=128:cr=128,"_s + filter});
    QVERIFY(!path.isEmpty());
    const HouseFormat format{128, 72, {25, 1}};
    const PlayedClip played = playClip(path, format, true);
    QVERIFY(played.result);
    const std::vector<std::uint8_t> &picture = played.pictures.front();
    for (int y = 0; y < 72; ++y) {
        for (int x = 0; x < 128; ++x) {
            const int luma = picture[std::size_t(y * 128 + x)];
            const int expected = active.contains(x, y) ? 200 : 16;
            QVERIFY2(std::abs(luma - expected) <= 2,
                     qPrintable(u"%1,%2: %3"_s.arg(x).arg(y).arg(luma)));
        }
    }
}

void TestClipReader::picture_hasTheHousesColours_data()
{
    QTest::addColumn<QString>("filter");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QStringList>("flags");
    QTest::newRow("rgb") << u"format=gbrp"_s << u"ffv1"_s << QStringList();
    QTest::newRow("601 by size") << u"scale=out_color_matrix=bt601:out_range=tv,format=yuv444p"_s
                                 << u"ffv1"_s << QStringList();
    QTest::newRow("709 flagged") << u"scale=out_color_matrix=bt709:out_range=tv,format=yuv444p"_s
                                 << u"ffv1"_s << QStringList{u"-colorspace"_s, u"bt709"_s};
    QTest::newRow("601 full range")
        << u"scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p"_s << u"mjpeg"_s
        << QStringList();
}

void TestClipReader::picture_hasTheHousesColours()
{
    QFETCH(QString, filter);
    QFETCH(QString, codec);
    QFETCH(QStringList, flags);
    const QString path = m_media.path(u"colour.mkv"_s);
    QVERIFY(runFfmpeg(QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s,
                                  u"color=0xC04020:s=64x36:r=25,format=gbrp,"_s + filter,
                                  u"-frames:v"_s, u"1"_s, u"-q:v"_s, u"1"_s, u"-c:v"_s, codec}
                      + flags + QStringList{path}));
    const PlayedClip played = playClip(path, kHouse, true);
    QVERIFY(played.result);
    const std::vector<std::uint8_t> &picture = played.pictures.front();
    // 0xC04020 in BT.709 limited range: R 192, G 64, B 32.
    const double y = (0.2126 * 192 + 0.7152 * 64 + 0.0722 * 32) / 255;
    const double u = (32 / 255.0 - y) / 1.8556;
    const double v = (192 / 255.0 - y) / 1.5748;
    QVERIFY2(std::abs(picture[64 * 18 + 32] - (16 + 219 * y)) <= 3,
             qPrintable(QString::number(picture[64 * 18 + 32])));
    QVERIFY(std::abs(picture[64 * 36 + 32 * 9 + 16] - (128 + 224 * u)) <= 3);
    QVERIFY(std::abs(picture[64 * 36 + 32 * 18 + 32 * 9 + 16] - (128 + 224 * v)) <= 3);
}

void TestClipReader::picture_isShownOverBlack_data()
{
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QString>("alpha");
    QTest::addColumn<int>("left");
    QTest::addColumn<int>("right");
    // White, which is luma 235; the left half with the alpha, the right half without.
    const auto add = [](const char *codec, const char *format, const char *ending,
                        const char *alpha, int left, int right = 235) {
        QTest::addRow("%s %s %s", codec, format, alpha)
            << QString::fromLatin1(codec) << QString::fromLatin1(format)
            << QString::fromLatin1(ending) << QString::fromLatin1(alpha) << left << right;
    };
    add("png", "rgba", "mov", "0", 16);
    add("png", "rgba", "mov", "128", 126);
    add("png", "rgba64be", "mov", "128", 126);
    add("png", "ya8", "png", "0", 16);
    add("qtrle", "argb", "mov", "0", 16);
    add("prores_ks", "yuva444p10le", "mov", "0", 16);
    add("ffv1", "yuva420p", "mkv", "128", 126);
    add("ffv1", "yuva422p16le", "mkv", "128", 126);
    add("utvideo", "gbrap", "mkv", "0", 16);
    add("rawvideo", "bgra", "nut", "128", 126);
    add("utvideo", "gbrap", "mkv", "unfilled", 235);
    add("rawvideo", "bgra", "nut", "unfilled", 235); // alpha was left out
}

void TestClipReader::picture_isShownOverBlack()
{
    QFETCH(QString, codec);
    QFETCH(QString, format);
    QFETCH(QString, ending);
    QFETCH(QString, alpha);
    QFETCH(int, left);
    QFETCH(int, right);
    const QString path = m_media.path(u"alpha-%1-%2-%3.%4"_s.arg(codec, format, alpha, ending));
    const QString values = alpha == u"unfilled"_s ? u"0"_s : u"if(lt(X,48),%1,255)"_s.arg(alpha);
    QVERIFY(runFfmpeg(
        {u"-f"_s, u"lavfi"_s, u"-i"_s,
         u"color=white:s=96x54:r=25,format=rgba,geq=r=255:g=255:b=255:a='%1'"_s.arg(values),
         u"-frames:v"_s, ending == u"png"_s ? u"1"_s : u"3"_s, u"-c:v"_s, codec, u"-pix_fmt"_s,
         format, path}));
    const HouseFormat house{96, 54, {25, 1}};
    const PlayedClip played = playClip(path, house, true);
    QVERIFY(played.result);
    const std::vector<std::uint8_t> &picture = played.pictures.front();
    QVERIFY2(std::abs(int(picture[27 * 96 + 20]) - left) <= 3,
             qPrintable(QString::number(picture[27 * 96 + 20])));
    QVERIFY2(std::abs(int(picture[27 * 96 + 76]) - right) <= 3,
             qPrintable(QString::number(picture[27 * 96 + 76])));
}

void TestClipReader::sound_isExactToTheSample()
{
    const QString path = m_media.make({.name = u"exact.mov"_s,
                                       .fps = u"25"_s,
                                       .pictures = 50,
                                       .output = kLossless,
                                       .soundSeconds = 2});
    QVERIFY(!path.isEmpty());
    for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{25, 1}}) {
        const PlayedClip played = playClip(path, {64, 36, rate});
        QVERIFY(played.result);
        const std::size_t total = played.sound.size();
        QCOMPARE(std::int64_t(total), samplesBefore(std::int64_t(played.luma.size()), rate));
        const std::size_t faded = played.cut > 0 ? std::size_t(kFadeSamples) : 0;
        for (std::size_t n = 0; n < std::min<std::size_t>(total - faded, 96000 - kFadeSamples); ++n)
            QCOMPARE(played.sound[n], MediaFactory::sampleAt(std::int64_t(n)));
    }
}

void TestClipReader::sound_isResampledToTheLengthOfThePicture_data()
{
    QTest::addColumn<int>("rate");
    QTest::addColumn<QString>("codec");
    QTest::newRow("44.1 kHz") << 44100 << u"pcm_s16le"_s;
    QTest::newRow("8 kHz") << 8000 << u"pcm_s16le"_s;
    QTest::newRow("96 kHz float") << 96000 << u"pcm_f32le"_s;
    QTest::newRow("22.05 kHz") << 22050 << u"pcm_s16le"_s;
}

void TestClipReader::sound_isResampledToTheLengthOfThePicture()
{
    QFETCH(int, rate);
    QFETCH(QString, codec);
    const QString path = m_media.path(u"rate.mov"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=black:s=64x36:r=25:d=2"_s, u"-f"_s,
                       u"lavfi"_s, u"-i"_s, u"sine=f=440:r=%1:d=2"_s.arg(rate), u"-ac"_s, u"1"_s,
                       u"-c:v"_s, u"ffv1"_s, u"-c:a"_s, codec, path}));
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QVERIFY2(played.padded + played.cut <= 64,
             qPrintable(u"padded %1, cut %2"_s.arg(played.padded).arg(played.cut)));
    // A sine that begins at 0: crossings tell that it was not shifted.
    int crossings = 0;
    for (std::size_t i = 1; i < played.sound.size(); ++i)
        crossings += played.sound[i - 1] < 0 && played.sound[i] >= 0 ? 1 : 0;
    QVERIFY2(std::abs(crossings - 880) <= 2, qPrintable(QString::number(crossings)));
}

void TestClipReader::sound_keepsItsOffset_data()
{
    QTest::addColumn<QString>("soundOffset");
    QTest::addColumn<QString>("pictureOffset");
    QTest::addColumn<int>("shift"); // samples by which the sound is late (or early, if negative)
    QTest::newRow("late by 0.7 s") << u"0.7"_s << u"0"_s << 33600;
    QTest::newRow("early by 0.8 s") << u"0"_s << u"0.8"_s << -38400;
    QTest::newRow("late by 1.5 s") << u"1.5"_s << u"0"_s << 72000;
}

void TestClipReader::sound_keepsItsOffset()
{
    QFETCH(QString, soundOffset);
    QFETCH(QString, pictureOffset);
    QFETCH(int, shift);
    const QString path = m_media.make({.name = u"offset.mkv"_s,
                                       .pictures = 50,
                                       .output = kLossless,
                                       .soundSeconds = 3,
                                       .soundInput = {u"-itsoffset"_s, soundOffset},
                                       .pictureInput = {u"-itsoffset"_s, pictureOffset}});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QCOMPARE(played.padded, std::int64_t(std::max(shift, 0)));
    for (std::int64_t n = 0; n < 96000 - kFadeSamples; ++n) {
        const std::int16_t expected
            = n < shift ? std::int16_t(0) : MediaFactory::sampleAt(n - shift);
        QCOMPARE(played.sound[std::size_t(n)], expected);
    }
}

void TestClipReader::sound_isPaddedOrCutToThePicture_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<int>("padded");
    QTest::addColumn<int>("cut");
    QTest::newRow("shorter") << 1.25 << 36000 << 0;
    QTest::newRow("equal") << 2.0 << 0 << 0;
    QTest::newRow("longer") << 3.5 << 0 << 72000;
    QTest::newRow("much longer") << 40.0 << 0 << 38 * 48000;
}

void TestClipReader::sound_isPaddedOrCutToThePicture()
{
    QFETCH(double, seconds);
    QFETCH(int, padded);
    QFETCH(int, cut);
    const QString path = m_media.make(
        {.name = u"length.mov"_s, .pictures = 50, .output = kLossless, .soundSeconds = seconds});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(60));
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QCOMPARE(played.padded, std::int64_t(padded));
    QCOMPARE(played.cut, std::int64_t(cut));
    const auto end = std::size_t(96000 - padded);
    // A fade, no step: the last samples before silence or the end shrink to nothing.
    if (padded > 0 || cut > 0) {
        for (std::size_t i = 0; i < std::size_t(kFadeSamples); ++i) {
            const double most = 10011.0 * double(i + 1) / kFadeSamples + 1;
            QVERIFY(std::abs(played.sound[end - 1 - i]) <= most);
        }
    }
    QCOMPARE(played.sound[end - std::size_t(kFadeSamples) - 1],
             MediaFactory::sampleAt(std::int64_t(end) - kFadeSamples - 1));
    for (std::size_t i = end; i < 96000; ++i)
        QCOMPARE(played.sound[i], std::int16_t(0));
}

void TestClipReader::sound_thatLiesFarBehindItsPictureIsMissedNotWaitedFor()
{
    // All pictures, then all sound: 30 s of each.
    const QString path = m_media.path(u"apart.nut"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(
        {16, 16, {30, 1}}, [&file](std::span<const std::uint8_t> bytes) -> Result<void> {
            file.write(reinterpret_cast<const char *>(bytes.data()), qint64(bytes.size()));
            return {};
        });
    QVERIFY(writer.value()->writeHeader());
    const std::vector<std::uint8_t> picture(384, 100);
    const std::vector<std::int16_t> sound(3200, 1000);
    for (int frame = 0; frame < 900; ++frame)
        QVERIFY(writer.value()->writePicture(frame, picture.data()));
    for (int frame = 0; frame < 900; ++frame)
        QVERIFY(writer.value()->writeSound(frame * 1600, sound.data(), 1600));
    file.close();
    const PlayedClip played = playClip(path, {16, 16, {30, 1}});
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(900));
    QCOMPARE(played.sound.size(), std::size_t(900 * 1600));
    QVERIFY(played.padded > 15 * 48000); // the last 10 s are within reach
    QVERIFY(played.padded < 25 * 48000);
    QCOMPARE(played.sound[899 * 1600], std::int16_t(1000));
}

void TestClipReader::sound_betweenLongHolesIsHeard()
{
    // A single packet of 1024 samples, with more than the demuxer's reach around it.
    const QString path
        = m_media.make({.name = u"holes.mkv"_s,
                        .fps = u"5"_s,
                        .pictures = 140,
                        .output = {u"-af"_s, u"aselect='lt(t,1)+between(t,13,13.03)+gt(t,26)'"_s,
                                   u"-c:v"_s, u"mpeg4"_s, u"-c:a"_s, u"pcm_s16le"_s},
                        .soundSeconds = 27});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, {64, 36, {5, 1}});
    QVERIFY(played.result);
    // Timestamps in Matroska are whole milliseconds.
    const int wanted = MediaFactory::sampleAt(625'000);
    QVERIFY2(std::abs(played.sound[625'000] - wanted) <= 48,
             qPrintable(u"%1 instead of %2"_s.arg(played.sound[625'000]).arg(wanted)));
}

void TestClipReader::soundOnly_showsATitleCardAsLongAsItSounds()
{
    const QString path = m_media.make({.name = u"A song: 100% \"quoted\", it's.wav"_s,
                                       .pictures = 0,
                                       .output = {},
                                       .soundSeconds = 1.21});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, {320, 180, {25, 1}}, true);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(30)); // 30.25
    QCOMPARE(played.stills, 30);
    QVERIFY(played.facts.isTitleCard);
    QVERIFY(played.facts.videoCodec.isEmpty());
    QCOMPARE(played.facts.frames, std::int64_t(30));
    for (std::size_t n = 0; n < played.sound.size() - std::size_t(kFadeSamples); ++n)
        QCOMPARE(played.sound[n], MediaFactory::sampleAt(std::int64_t(n)));
    const std::vector<std::uint8_t> &card = played.pictures.front();
    const auto luma = card.begin() + 320 * 180;
    QVERIFY2(*std::max_element(card.begin(), luma) > 150, "there is text on the card");
    QVERIFY(card[0] < 50); // on a dark ground
    QVERIFY(played.pictures.back() == card);
}

void TestClipReader::soundOnly_showsItsCover()
{
    const QString sound
        = m_media.make({.name = u"plain.wav"_s, .pictures = 0, .output = {}, .soundSeconds = 1});
    const QString path = m_media.path(u"cover.mp3"_s);
    QVERIFY(runFfmpeg({u"-i"_s, sound, u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"color=white:s=96x96:d=1:r=1"_s, u"-map"_s, u"0:a"_s, u"-map"_s, u"1:v"_s,
                       u"-frames:v"_s, u"1"_s, u"-c:v"_s, u"mjpeg"_s, u"-c:a"_s, u"libmp3lame"_s,
                       u"-disposition:v"_s, u"attached_pic"_s, path}));
    const PlayedClip played = playClip(path, {128, 72, {25, 1}}, true);
    QVERIFY(played.result);
    QVERIFY(played.facts.isTitleCard);
    QVERIFY(played.luma.front() > 225);
    QVERIFY(played.pictures.front()[0] < 20); // black beside the square cover
    QVERIFY2(played.luma.size() >= 25 && played.luma.size() <= 27,
             qPrintable(QString::number(played.luma.size())));
}

void TestClipReader::still_isShownForTheTimeAskedFor_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("jpeg") << u"still.jpg"_s;
    QTest::newRow("png") << u"still.png"_s;
    QTest::newRow("a name that looks like a pattern") << u"still%03d.png"_s;
    QTest::newRow("gif of one picture") << u"still.gif"_s;
    QTest::newRow("bmp") << u"still.bmp"_s;
}

void TestClipReader::still_isShownForTheTimeAskedFor()
{
    QFETCH(QString, name);
    const QString plain = m_media.path(u"plain."_s + name.section(u'.', -1));
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=white:s=96x54"_s, u"-frames:v"_s,
                       u"1"_s, u"-update"_s, u"1"_s, plain}));
    const QString path = m_media.path(name);
    QVERIFY(QFile::exists(path) || QFile::copy(plain, path));
    const PlayedClip played = playClip(path, kHouse, false, 2.5);
    QVERIFY2(played.result, qPrintable(played.result ? QString() : played.result.error().detail));
    QCOMPARE(played.luma.size(), std::size_t(75));
    QCOMPARE(played.stills, 75);
    QVERIFY(played.luma.front() > 225);
    QCOMPARE(played.sound.size(), std::size_t(75 * 1600));
}

// A PNG that gets sharper while it loads has no fields: no line of it is made up.
void TestClipReader::still_thatLoadsInPassesKeepsItsLines()
{
    for (const bool isInPasses : {false, true}) {
        const QString path = m_media.path(u"passes-%1.png"_s.arg(isInPasses));
        QVERIFY(runFfmpeg(QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc=s=64x36"_s}
                          + (isInPasses ? QStringList{u"-flags"_s, u"+ildct"_s} : QStringList())
                          + QStringList{u"-frames:v"_s, u"1"_s, u"-update"_s, u"1"_s, path}));
    }
    const PlayedClip whole = playClip(m_media.path(u"passes-0.png"_s), kHouse, true);
    const PlayedClip inPasses = playClip(m_media.path(u"passes-1.png"_s), kHouse, true);
    QVERIFY(whole.result && inPasses.result);
    QVERIFY(!inPasses.facts.isInterlaced);
    QCOMPARE(inPasses.facts.pictureFilters, whole.facts.pictureFilters);
    QVERIFY(inPasses.pictures == whole.pictures);
}

void TestClipReader::onePicture_withADurationIsAVeryShortClip()
{
    const QString path = m_media.make(
        {.name = u"one.mov"_s, .fps = u"10"_s, .pictures = 1, .output = {u"-c:v"_s, u"ffv1"_s}});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(3));
    QCOMPARE(played.stills, 0);
}

void TestClipReader::onePicture_withLongSoundIsItsCover()
{
    const QString path = m_media.make(
        {.name = u"cover.mkv"_s, .pictures = 1, .output = kLossless, .soundSeconds = 2.5});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QVERIFY(played.facts.isStill);
    QCOMPARE(played.luma.size(), std::size_t(75));
    QCOMPARE(played.sound[100000], MediaFactory::sampleAt(100000));
}

void TestClipReader::silentClip_hasSilence()
{
    const QString path = m_media.make({.name = u"silent.mp4"_s, .output = kSmallH264});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(60));
    QCOMPARE(played.sound, std::vector<std::int16_t>(96000, 0));
    QCOMPARE(played.padded, std::int64_t(0)); // there was nothing to pad
    QVERIFY(played.facts.soundFilters.isEmpty());
}

void TestClipReader::broken_isRefusedWithASentence_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("detail");
    QTest::newRow("empty") << u"empty.mp4"_s << QByteArray() << u"corrupt"_s
                           << u"the file is empty"_s;
    QTest::newRow("text renamed") << u"text.mp4"_s
                                  << QByteArray("This is no clip at all.\n").repeated(200)
                                  << u"corrupt"_s
                                  << u"this is no media file, or its header is damaged"_s;
    QTest::newRow("text") << u"notes.txt"_s << QByteArray("Some notes.\n").repeated(200)
                          << u"unsupported"_s << u"a list or text file, not a clip"_s;
    QTest::newRow("list of others")
        << u"list.m3u8"_s
        << QByteArray("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n")
        << u""_s << u""_s;
    QTest::newRow("ffconcat") << u"list.ffconcat"_s
                              << QByteArray("ffconcat version 1.0\nfile '/etc/passwd'\n") << u""_s
                              << u""_s;
    QTest::newRow("noise") << u"noise.mkv"_s << QByteArray::fromHex("1a45dfa3ff00").repeated(100)
                           << u""_s << u""_s;
}

void TestClipReader::broken_isRefusedWithASentence()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    QFETCH(QString, detail);
    writeFile(m_media.path(name), bytes);
    const PlayedClip played = playClip(m_media.path(name), kHouse);
    QVERIFY(!played.result);
    QVERIFY(!played.result.error().detail.isEmpty());
    if (!code.isEmpty()) {
        QCOMPARE(errorCodeName(played.result.error().code), code);
        QCOMPARE(played.result.error().detail, detail);
    }
    QCOMPARE(playClip(m_media.path(u"nowhere.mp4"_s), kHouse).result.error().code,
             ErrorCode::NotFound);
    QVERIFY(!playClip(m_media.path(u"."_s), kHouse).result);
}

void TestClipReader::broken_inTheMiddlePlaysWhatIsLeft()
{
    const QString whole = m_media.make({.name = u"whole.ts"_s,
                                        .pictures = 100,
                                        .output = {u"-c:v"_s, u"mpeg2video"_s, u"-g"_s, u"10"_s}});
    QFile file(whole);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    for (qsizetype i = bytes.size() / 2; i < bytes.size() / 2 + 3000; ++i)
        bytes[i] = char(i * 37);
    writeFile(m_media.path(u"damaged.ts"_s), bytes);
    const PlayedClip damaged = playClip(m_media.path(u"damaged.ts"_s), {64, 36, {25, 1}});
    QVERIFY(damaged.result);
    QCOMPARE(damaged.luma.size(), std::size_t(100));
    writeFile(m_media.path(u"cut.ts"_s), bytes.left(bytes.size() / 3));
    const PlayedClip cut = playClip(m_media.path(u"cut.ts"_s), {64, 36, {25, 1}});
    QVERIFY(cut.result);
    QVERIFY(cut.luma.size() > 20 && cut.luma.size() < 50);

    const QString mp4 = m_media.make({.name = u"whole.mp4"_s, .output = kSmallH264});
    QFile headless(mp4); // the index of an MP4 stands at its end
    QVERIFY(headless.open(QIODevice::ReadOnly));
    writeFile(m_media.path(u"headless.mp4"_s), headless.read(headless.size() / 2));
    const PlayedClip refused = playClip(m_media.path(u"headless.mp4"_s), kHouse);
    QVERIFY(!refused.result);
    QCOMPARE(refused.result.error().code, ErrorCode::Corrupt);
}

void TestClipReader::undecodablePicture_leavesTheSound()
{
    const QString path = m_media.make({.name = u"bad-picture.avi"_s,
                                       .pictures = 25,
                                       .output = {u"-c:v"_s, u"png"_s, u"-c:a"_s, u"pcm_s16le"_s},
                                       .soundSeconds = 1});
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    bytes.replace("\x89PNG", "\x11PNG");
    writeFile(path, bytes);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"only the sound is played"_s));
    const PlayedClip played = playClip(path, {64, 36, {25, 1}});
    QVERIFY(played.result);
    QVERIFY(played.facts.isTitleCard);
    QCOMPARE(played.luma.size(), std::size_t(25));
    QCOMPARE(played.sound[1000], MediaFactory::sampleAt(1000));
}

} // namespace continuo
