// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_clippictures.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kPictureHouse{64, 36, {30, 1}};

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

} // namespace

void TestClipPictures::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestClipPictures::pictures_followTheRateRule_data()
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

void TestClipPictures::pictures_followTheRateRule()
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

void TestClipPictures::pictures_followIrregularTimes()
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
    const PlayedClip played = playClip(path, kPictureHouse);
    QVERIFY(played.result);
    // ffmpeg's Matroska says that the last one lasts 1 ms.
    QCOMPARE(
        compare(played.luma, expectedPictures(ticks, ticks.back() + 1, 1000, kPictureHouse.rate)),
        QString());
}

void TestClipPictures::pictures_keepTheLastOneBehindTheDeinterlacer()
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

void TestClipPictures::pictures_haveTheFieldsOfTheirContainer_data()
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
void TestClipPictures::pictures_haveTheFieldsOfTheirContainer()
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

void TestClipPictures::pictures_goOnWhereTheSizeChanges()
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

void TestClipPictures::pictures_goOnWhereTimestampsJump()
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

void TestClipPictures::picture_standsUprightAndCentred_data()
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

void TestClipPictures::picture_standsUprightAndCentred()
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

void TestClipPictures::picture_hasTheHousesColours_data()
{
    QTest::addColumn<QString>("matrix"); // as vf_scale names it; empty: RGB
    QTest::addColumn<QString>("range");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QStringList>("flags");
    const auto add = [](const char *name, const char *matrix, const char *range, const char *format,
                        const char *codec, const QStringList &flags = {}) {
        QTest::newRow(name) << QString::fromLatin1(matrix) << QString::fromLatin1(range)
                            << QString::fromLatin1(format) << QString::fromLatin1(codec) << flags;
    };
    // BT.709's primaries: those of BT.2020 are for tst_colours.
    const auto space = [](const QString &name) {
        return QStringList{u"-colorspace"_s, name, u"-color_primaries"_s, u"bt709"_s};
    };
    const QStringList full{u"-color_range"_s, u"pc"_s};
    add("rgb", "", "", "gbrp", "ffv1");
    add("rgb with empty bytes", "", "", "bgr0", "ffv1");
    add("rgb of 10 bits", "", "", "gbrp10le", "ffv1");
    add("rgb of 16 bits", "", "", "rgb48be", "png");
    add("601 by size", "bt601", "tv", "yuv444p", "ffv1");
    add("601 flagged as 170M", "bt601", "tv", "yuv444p", "ffv1", space(u"smpte170m"_s));
    add("601 flagged as 470BG", "bt601", "tv", "yuv422p", "ffv1", space(u"bt470bg"_s));
    add("709 flagged", "bt709", "tv", "yuv444p", "ffv1", space(u"bt709"_s));
    add("709 of 10 bits", "bt709", "tv", "yuv420p10le", "ffv1", space(u"bt709"_s));
    add("240M", "smpte240m", "tv", "yuv444p", "ffv1", space(u"smpte240m"_s));
    add("FCC", "fcc", "tv", "yuv444p", "ffv1", space(u"fcc"_s));
    add("2020 of 10 bits", "bt2020", "tv", "yuv420p10le", "ffv1", space(u"bt2020nc"_s));
    add("2020 of 12 bits", "bt2020", "tv", "yuv444p12le", "ffv1", space(u"bt2020nc"_s));
    add("601 full range, mjpeg", "bt601", "pc", "yuvj444p", "mjpeg");
    add("601 full range", "bt601", "pc", "yuv444p", "ffv1", full);
    add("709 full range", "bt709", "pc", "yuv444p", "ffv1", full + space(u"bt709"_s));
    add("709 full range, h264", "bt709", "pc", "yuv420p", "libx264", full + space(u"bt709"_s));
    add("2020 full range of 10 bits", "bt2020", "pc", "yuv444p10le", "ffv1",
        full + space(u"bt2020nc"_s));
}

void TestClipPictures::picture_hasTheHousesColours()
{
    QFETCH(QString, matrix);
    QFETCH(QString, range);
    QFETCH(QString, format);
    QFETCH(QString, codec);
    QFETCH(QStringList, flags);
    // Patches of 32x32, three in a row.
    const std::array<std::uint32_t, 6> patches{0xC04020, 0x20C040, 0x4020C0,
                                               0xB0B0B0, 0xE0B090, 0x303840};
    QString source;
    for (std::size_t i = 0; i < patches.size(); ++i) {
        source += u"color=0x%1:s=32x32:r=25,format=gbrp[p%2];"_s.arg(patches[i], 6, 16, QChar(u'0'))
                      .arg(i);
    }
    source += u"[p0][p1][p2]hstack=3[top];[p3][p4][p5]hstack=3[low];[top][low]vstack"_s;
    if (!matrix.isEmpty())
        source += u",scale=out_color_matrix=%1:out_range=%2"_s.arg(matrix, range);
    const QString path = m_media.path(u"colour.mkv"_s);
    QVERIFY(runFfmpeg(QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s, source + u",format="_s + format,
                                  u"-frames:v"_s, u"1"_s, u"-q:v"_s, u"1"_s, u"-c:v"_s, codec}
                      + flags + QStringList{path}));
    const PlayedClip played = playClip(path, {96, 64, {25, 1}}, true);
    QVERIFY2(played.result, qPrintable(played.result ? QString() : played.result.error().detail));
    const std::vector<std::uint8_t> &picture = played.pictures.front();
    for (std::size_t i = 0; i < patches.size(); ++i) {
        // In the middle of the patch, in BT.709, limited range.
        const double red = (patches[i] >> 16) / 255.0;
        const double green = (patches[i] >> 8 & 0xFF) / 255.0;
        const double blue = (patches[i] & 0xFF) / 255.0;
        const double y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        const std::array<double, 3> wanted{16 + 219 * y, 128 + 224 * (blue - y) / 1.8556,
                                           128 + 224 * (red - y) / 1.5748};
        const std::size_t column = i % 3 * 16 + 8;
        const std::size_t row = i / 3 * 16 + 8;
        const std::array<int, 3> shown{picture[row * 2 * 96 + column * 2],
                                       picture[96 * 64 + row * 48 + column],
                                       picture[96 * 64 + 48 * 32 + row * 48 + column]};
        for (std::size_t plane = 0; plane < 3; ++plane) {
            QVERIFY2(std::abs(shown[plane] - wanted[plane]) <= 3,
                     qPrintable(u"patch %1, plane %2: %3, not %4"_s.arg(i)
                                    .arg(plane)
                                    .arg(shown[plane])
                                    .arg(wanted[plane], 0, 'f', 1)));
        }
    }
}

void TestClipPictures::picture_isShownOverBlack_data()
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
    add("libvpx-vp9", "yuva420p", "webm", "0", 16);
    add("libvpx-vp9", "yuva420p", "webm", "128", 126);
    add("libvpx", "yuva420p", "webm", "0", 16);
    add("utvideo", "gbrap", "mkv", "unfilled", 235);
    add("rawvideo", "bgra", "nut", "unfilled", 235); // alpha was left out
}

void TestClipPictures::picture_isShownOverBlack()
{
    QFETCH(QString, codec);
    QFETCH(QString, format);
    QFETCH(QString, ending);
    QFETCH(QString, alpha);
    QFETCH(int, left);
    QFETCH(int, right);
    const QString path = m_media.path(u"alpha-%1-%2-%3.%4"_s.arg(codec, format, alpha, ending));
    const QString values = alpha == u"unfilled"_s ? u"0"_s : u"if(lt(X,48),%1,255)"_s.arg(alpha);
    // VP8 has no pictures that are not shown when it has alpha.
    const QStringList more
        = codec.startsWith(u"libvpx"_s) ? QStringList{u"-auto-alt-ref"_s, u"0"_s} : QStringList();
    QVERIFY(runFfmpeg(
        QStringList{
            u"-f"_s, u"lavfi"_s, u"-i"_s,
            u"color=white:s=96x54:r=25,format=rgba,geq=r=255:g=255:b=255:a='%1'"_s.arg(values),
            u"-frames:v"_s, ending == u"png"_s ? u"1"_s : u"3"_s, u"-c:v"_s, codec, u"-pix_fmt"_s,
            format}
        + more + QStringList{path}));
    const HouseFormat house{96, 54, {25, 1}};
    const PlayedClip played = playClip(path, house, true);
    QVERIFY(played.result);
    const std::vector<std::uint8_t> &picture = played.pictures.front();
    QVERIFY2(std::abs(int(picture[27 * 96 + 20]) - left) <= 3,
             qPrintable(QString::number(picture[27 * 96 + 20])));
    QVERIFY2(std::abs(int(picture[27 * 96 + 76]) - right) <= 3,
             qPrintable(QString::number(picture[27 * 96 + 76])));
}

} // namespace continuo
