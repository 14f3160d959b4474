// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_logopicture.h"

#include "core/media/logopicture.h"
#include "mediafactory.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kLogoHouse{160, 90, {30, 1}};

// One pixel of a drawn logo: Y, Cb, Cr, then alpha of luma and of colour.
std::array<int, 5> pixelAt(const LogoPicture &picture, int x, int y)
{
    const std::size_t luma = 160UL * 90;
    const std::size_t at = std::size_t(y * 160 + x);
    const std::size_t chroma = luma + std::size_t((y / 2) * 80 + x / 2);
    return {picture.colour[at], picture.colour[chroma], picture.colour[chroma + luma / 4],
            picture.alpha[at], picture.alpha[chroma]};
}

bool isNear(const std::array<int, 5> &found, const std::array<int, 5> &wanted, int tolerance)
{
    return std::ranges::equal(found, wanted,
                              [tolerance](int a, int b) { return std::abs(a - b) <= tolerance; });
}

QString text(const std::array<int, 5> &values)
{
    QString line;
    for (const int value : values)
        line += QString::number(value) + u' ';
    return line;
}

Result<LogoPicture> draw(const QString &path, LogoPlace place = {})
{
    const Result<ClipFilePtr> file = ClipFile::open(path);
    if (!file)
        return file.error();
    if (place == LogoPlace()) {
        place.anchor = LogoPlace::Anchor::Free;
        place.x = 40;
        place.y = 20;
    }
    return drawLogo(file.value(), place, kLogoHouse);
}

} // namespace

void TestLogoPicture::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestLogoPicture::picture_hasItsColoursAndAlpha_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("filter");
    QTest::addColumn<bool>("isPremultiplied");
    QTest::addColumn<QList<int>>("wanted");
    // By BT.709: red 63 102 240, green 173 42 26, grey of 128 126 128 128, white 235 128 128.
    const QList<int> red{63, 102, 240, 255, 255};
    QTest::newRow("png rgb") << u"rgb.png"_s << u"color=red:s=20x10,format=rgb24"_s << false << red;
    QTest::newRow("png rgba") << u"rgba.png"_s << u"color=0x00ff00@0.5:s=20x10,format=rgba"_s
                              << false << QList<int>{173, 42, 26, 128, 128};
    QTest::newRow("png rgba, 16 bit")
        << u"rgba64.png"_s << u"color=red@0.25:s=20x10,format=rgba,format=rgba64be"_s << false
        << QList<int>{63, 102, 240, 64, 64};
    QTest::newRow("png grey and alpha") << u"ya.png"_s << u"color=gray@0.5:s=20x10,format=ya8"_s
                                        << false << QList<int>{126, 128, 128, 128, 128};
    QTest::newRow("png palette") << u"pal.png"_s << u"color=red:s=20x10,format=pal8"_s << false
                                 << red;
    QTest::newRow("webp alpha") << u"a.webp"_s << u"color=red@0.5:s=20x10,format=bgra"_s << false
                                << QList<int>{63, 102, 240, 128, 128};
    QTest::newRow("jpeg") << u"a.jpg"_s << u"color=red:s=20x10"_s << false << red;
    QTest::newRow("video's first picture")
        << u"a.mkv"_s << u"color=red:s=20x10:d=0.2"_s << false << red;
    // Half of white, multiplied by its alpha, is 128 in the file.
    QTest::newRow("premultiplied") << u"pre.png"_s << u"color=0x808080@0.5:s=20x10,format=rgba"_s
                                   << true << QList<int>{235, 128, 128, 128, 128};
}

void TestLogoPicture::picture_hasItsColoursAndAlpha()
{
    QFETCH(QString, name);
    QFETCH(QString, filter);
    QFETCH(bool, isPremultiplied);
    QFETCH(QList<int>, wanted);
    const QString path = m_folder.filePath(name);
    QStringList arguments{u"-f"_s, u"lavfi"_s, u"-i"_s, filter};
    if (name.endsWith(u"webp"_s))
        arguments += {u"-lossless"_s, u"1"_s};
    if (!name.endsWith(u"mkv"_s))
        arguments += {u"-frames:v"_s, u"1"_s};
    QVERIFY(runFfmpeg(arguments + QStringList{path}));
    LogoPlace place;
    place.anchor = LogoPlace::Anchor::Free;
    place.x = 40;
    place.y = 20;
    place.isPremultiplied = isPremultiplied;
    const Result<LogoPicture> drawn = draw(path, place);
    QVERIFY2(drawn, qPrintable(drawn ? QString() : drawn.error().detail));
    QCOMPARE(drawn->rect, QRect(40, 20, 20, 10));
    std::array<int, 5> expected{};
    std::ranges::copy(wanted, expected.begin());
    // Lossy formats, 601 against 709 and the halves of 255 leave a few.
    for (const auto &[x, y] : {std::pair(40, 20), std::pair(50, 25), std::pair(59, 29)}) {
        const std::array<int, 5> found = pixelAt(drawn.value(), x, y);
        QVERIFY2(isNear(found, expected, 2), qPrintable(text(found)));
    }
    const std::array<int, 5> outside{16, 128, 128, 0, 0};
    QCOMPARE(pixelAt(drawn.value(), 38, 20), outside);
    QCOMPARE(pixelAt(drawn.value(), 60, 29), outside);
    QCOMPARE(pixelAt(drawn.value(), 40, 30), outside);
}

// A red square on transparent green, made smaller: no green in it.
void TestLogoPicture::hiddenColours_doNotBleed()
{
    const QString path = m_folder.filePath(u"hidden.png"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"color=red:s=101x101,format=rgba,pad=301:301:100:100:0x00ff00@0"_s,
                       u"-frames:v"_s, u"1"_s, path}));
    LogoPlace place;
    place.anchor = LogoPlace::Anchor::TopLeft;
    place.widthPercent = 37.5; // 60 pixels of 301
    const Result<LogoPicture> drawn = draw(path, place);
    QVERIFY(drawn);
    int seen = 0;
    for (int y = 0; y < 90; ++y) {
        for (int x = 0; x < 160; ++x) {
            const std::array<int, 5> found = pixelAt(drawn.value(), x, y);
            if (found[3] < 48) // of few levels the colour is not to be told
                continue;
            ++seen;
            QVERIFY2(std::abs(found[0] - 63) <= 8 && found[2] > 225,
                     qPrintable(u"%1,%2: "_s.arg(x).arg(y) + text(found)));
        }
    }
    QVERIFY(seen > 300);
}

// At an odd place four pixels that share their colour are not all of the logo.
void TestLogoPicture::colourOfAnEdge_isThatOfItsSeenPixels()
{
    const QString path = m_folder.filePath(u"edge.png"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=red:s=21x11,format=rgba"_s,
                       u"-frames:v"_s, u"1"_s, path}));
    LogoPlace place;
    place.anchor = LogoPlace::Anchor::Free;
    place.x = 41;
    place.y = 21;
    const Result<LogoPicture> drawn = draw(path, place);
    QVERIFY(drawn);
    QCOMPARE(drawn->rect, QRect(41, 21, 21, 11));
    const auto wanted = [](int alphaOfColour) {
        return std::array<int, 5>{63, 102, 240, 255, alphaOfColour};
    };
    QCOMPARE(pixelAt(drawn.value(), 41, 21), wanted(64)); // one of four
    QCOMPARE(pixelAt(drawn.value(), 42, 21), wanted(128));
    QCOMPARE(pixelAt(drawn.value(), 41, 22), wanted(128));
    QCOMPARE(pixelAt(drawn.value(), 61, 31), wanted(255));
    QCOMPARE(pixelAt(drawn.value(), 40, 20)[3], 0);
    // At the other end: rows 21 to 31 and columns 41 to 61 end on whole fours.
    QCOMPARE(pixelAt(drawn.value(), 62, 31)[4], 0);
}

void TestLogoPicture::width_isKeptInProportion()
{
    const QString path = m_folder.filePath(u"wide.png"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=red:s=400x100,format=rgba"_s,
                       u"-frames:v"_s, u"1"_s, path}));
    LogoPlace place;
    place.anchor = LogoPlace::Anchor::BottomRight;
    place.widthPercent = 25;
    const Result<LogoPicture> drawn = draw(path, place);
    QVERIFY(drawn);
    QCOMPARE(drawn->rect, QRect(112, 76, 40, 10));
    const std::array<int, 5> red{63, 102, 240, 255, 255};
    QCOMPARE(pixelAt(drawn.value(), 112, 76), red);
    QCOMPARE(pixelAt(drawn.value(), 151, 85), red);
    QCOMPARE(pixelAt(drawn.value(), 152, 85)[3], 0);
    place.widthPercent = 0;
    const Result<LogoPicture> large = draw(path, place);
    QVERIFY(!large);
    QCOMPARE(large.error().code, ErrorCode::InvalidArgument);
}

// That is for the engine to say, which sees for itself.
void TestLogoPicture::nothingToSee_isNoError()
{
    const QString path = m_folder.filePath(u"nothing.png"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=red@0:s=20x10,format=rgba"_s,
                       u"-frames:v"_s, u"1"_s, path}));
    const Result<LogoPicture> drawn = draw(path);
    QVERIFY(drawn);
    QVERIFY(std::ranges::all_of(drawn->alpha, [](std::uint8_t value) { return value == 0; }));
}

} // namespace continuo
