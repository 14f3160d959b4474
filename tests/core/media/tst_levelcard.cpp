// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_levelcard.h"

#include "core/media/levelcard.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kLevelHouse{320, 180, {25, 1}};
constexpr int kLitLuma = 150;

/// A frame of stereo, each side a square wave of that amplitude.
std::vector<std::int16_t> loud(int left, int right)
{
    std::vector<std::int16_t> samples;
    for (int i = 0; i < 1920; ++i) {
        const int sign = i / 48 % 2 == 0 ? 1 : -1;
        samples.push_back(std::int16_t(sign * left));
        samples.push_back(std::int16_t(sign * right));
    }
    return samples;
}

/// How many pixels are lit in each row of segments, upper and lower.
std::pair<int, int> litPixels(const std::vector<std::uint8_t> &picture, const HouseFormat &house)
{
    const LevelCard card(house, LevelCard::Ground::Card);
    std::vector<int> lines;
    for (int y = card.top(); y < card.bottom(); ++y) {
        const auto line = picture.begin() + std::ptrdiff_t(y) * house.width;
        lines.push_back(int(std::count(line, line + house.width, std::uint8_t(kLitLuma))));
    }
    const auto half = lines.begin() + std::ptrdiff_t(lines.size() / 2);
    return {*std::max_element(lines.begin(), half), *std::max_element(half, lines.end())};
}

} // namespace

void TestLevelCard::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestLevelCard::segments_areDecibels_data()
{
    QTest::addColumn<double>("decibels");
    QTest::addColumn<int>("lit");
    QTest::newRow("full scale") << 0.0 << 48;
    QTest::newRow("-0.5") << -0.5 << 48;
    QTest::newRow("-1.5") << -1.5 << 47;
    QTest::newRow("-23.5") << -23.5 << 25;
    QTest::newRow("-47.5") << -47.5 << 1;
    QTest::newRow("-49") << -49.0 << 0;
    QTest::newRow("-90") << -90.0 << 0;
}

void TestLevelCard::segments_areDecibels()
{
    QFETCH(double, decibels);
    QFETCH(int, lit);
    const LevelCard card({1280, 720, {25, 1}}, LevelCard::Ground::Card);
    QCOMPARE(card.segments(), 48);
    const int amplitude = int(std::lround(32767 * std::pow(10, decibels / 20)));
    QCOMPARE(card.litBy(loud(amplitude, 0), 0), lit);
    QCOMPARE(card.litBy(loud(amplitude, 0), 1), 0);
    QCOMPARE(card.litBy(loud(0, amplitude), 1), lit);
    QCOMPARE(card.litBy({}, 0), 0);
}

void TestLevelCard::rows_areOfTheirSides()
{
    const LevelCard card(kLevelHouse, LevelCard::Ground::Card);
    const auto drawn = [&](int left, int right) {
        std::vector<std::uint8_t> picture(std::size_t(kLevelHouse.pictureBytes()), 36);
        card.draw(picture, loud(left, right));
        return litPixels(picture, kLevelHouse);
    };
    const auto [left, right] = drawn(16000, 1000);
    QVERIFY2(left > right && right > 0, qPrintable(u"%1 and %2"_s.arg(left).arg(right)));
    QCOMPARE(drawn(1000, 16000), std::pair(right, left));
    QCOMPARE(drawn(0, 0), std::pair(0, 0));
}

void TestLevelCard::draw_leavesTheRestOfThePicture_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("720p") << 1280 << 720;
    QTest::newRow("smallest") << 16 << 16;
    QTest::newRow("portrait") << 180 << 320;
    QTest::newRow("flat") << 640 << 32;
    QTest::newRow("odd lines of colour") << 162 << 90;
}

void TestLevelCard::draw_leavesTheRestOfThePicture()
{
    QFETCH(int, width);
    QFETCH(int, height);
    const HouseFormat house{width, height, {25, 1}};
    for (const LevelCard::Ground ground : {LevelCard::Ground::Card, LevelCard::Ground::Cover}) {
        const LevelCard card(house, ground);
        std::vector<std::uint8_t> picture(std::size_t(house.pictureBytes()), 200);
        card.draw(picture, loud(32767, 32767));
        const auto isLeft = [&](int first, int stride, int from, int to) {
            const auto plane = picture.begin() + first;
            return std::all_of(plane + std::ptrdiff_t(stride) * from,
                               plane + std::ptrdiff_t(stride) * to,
                               [](std::uint8_t value) { return value == 200; });
        };
        QVERIFY(card.top() > 0 && card.bottom() <= height);
        for (const auto &[first, scale] :
             {std::pair(0, 1), {width * height, 2}, {width * height * 5 / 4, 2}}) {
            QVERIFY(isLeft(first, width / scale, 0, card.top() / scale));
            QVERIFY(isLeft(first, width / scale, card.bottom() / scale, height / scale));
        }
        const auto [left, right] = litPixels(picture, house);
        QVERIFY(left > 0 && left == right);
    }
}

QString TestLevelCard::makeSong(const QString &name, bool hasCover) const
{
    // A second of each: -40 dB, silence, -20 dB, 0 dB; the right side 12 dB lower.
    const QString loudness = u"if(lt(t,1),0.01,if(lt(t,2),0,if(lt(t,3),0.1,1)))"_s;
    const QString wave = u"%1*sin(2*PI*1000*t)*"_s + loudness;
    QStringList arguments{u"-f"_s, u"lavfi"_s, u"-i"_s,
                          u"aevalsrc='%1|%2':s=48000:d=4"_s.arg(wave.arg(1), wave.arg(0.25))};
    if (hasCover)
        arguments += {u"-f"_s,
                      u"lavfi"_s,
                      u"-i"_s,
                      u"color=white:s=320x180:d=1:r=1"_s,
                      u"-map"_s,
                      u"0:a"_s,
                      u"-map"_s,
                      u"1:v"_s,
                      u"-c:v"_s,
                      u"mjpeg"_s,
                      u"-frames:v"_s,
                      u"1"_s,
                      u"-disposition:v"_s,
                      u"attached_pic"_s};
    const QString path = m_media.path(name);
    return runFfmpeg(arguments + QStringList{path}) ? path : QString();
}

void TestLevelCard::clip_showsHowLoudEachFrameIs_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("hasCover");
    QTest::newRow("title card") << u"song.wav"_s << false;
    QTest::newRow("cover") << u"song.flac"_s << true;
}

void TestLevelCard::clip_showsHowLoudEachFrameIs()
{
    QFETCH(QString, name);
    QFETCH(bool, hasCover);
    const QString path = makeSong(name, hasCover);
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kLevelHouse, true);
    QVERIFY(played.result);
    QVERIFY(played.facts.isTitleCard);
    QCOMPARE(played.pictures.size(), std::size_t(100));
    const auto at
        = [&](std::size_t frame) { return litPixels(played.pictures[frame], kLevelHouse); };
    QCOMPARE(at(30), std::pair(0, 0)); // silence
    QVERIFY(at(10).first > 0);
    QVERIFY(at(60).first > at(10).first);
    QVERIFY(at(90).first > at(60).first);
    QVERIFY(at(90).second < at(90).first);
    // As long as it is as loud, they are still.
    QVERIFY(played.pictures[60] == played.pictures[70]);
}

void TestLevelCard::clip_showsTheSameWhereverItIsBegun()
{
    const QString path = makeSong(u"restart.wav"_s, false);
    QVERIFY(!path.isEmpty());
    const PlayedClip whole = playClip(path, kLevelHouse, true);
    QVERIFY(whole.result);
    for (const std::int64_t from : {1, 24, 49, 51, 99}) {
        ClipRequest request;
        request.path = path;
        request.format = kLevelHouse;
        request.from = from;
        Result<std::unique_ptr<ClipReader>> clip = ClipReader::open(request);
        QVERIFY(clip);
        std::vector<std::uint8_t> picture(std::size_t(kLevelHouse.pictureBytes()));
        std::vector<std::int16_t> samples((std::size_t(samplesBefore(1, kLevelHouse.rate)) + 2)
                                          * 2);
        HouseFrame frame{picture, samples};
        for (std::size_t number = std::size_t(from); number < whole.pictures.size(); ++number) {
            const Result<bool> more = clip.value()->next(frame);
            QVERIFY(more && more.value());
            QVERIFY2(picture == whole.pictures[number], qPrintable(QString::number(number)));
        }
    }
}

void TestLevelCard::clip_withAPictureShowsNone()
{
    const QString path = m_media.make({.name = u"film.mkv"_s,
                                       .pictures = 25,
                                       .output = {u"-c:v"_s, u"ffv1"_s},
                                       .soundSeconds = 1,
                                       .size = u"320x180"_s});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kLevelHouse, true);
    QVERIFY(played.result);
    for (std::size_t i = 0; i < played.pictures.size(); ++i)
        QVERIFY(int(played.pictures[i][320 * 159 + 40]) == MediaFactory::lumaOf(int(i)));
}

} // namespace continuo
