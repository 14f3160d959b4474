// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_slate.h"

#include "core/playout/slate.h"

#include <QRegularExpression>
#include <QTest>

#include <fcntl.h>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kSlateFormat{320, 180, {25, 1}};
constexpr std::uint8_t kGround = 7;

// Digits whose every sample is 100 and the digit.
std::vector<std::uint8_t> digits(const SlateClockPlace &place)
{
    std::vector<std::uint8_t> sheet(std::size_t(kSlateFormat.pictureBytes()), 0);
    std::uint8_t *at = sheet.data();
    int width = kSlateFormat.width;
    int height = kSlateFormat.height;
    for (const int part : {1, 2, 2}) {
        for (int y = 0; y < place.cellHeight / part; ++y) {
            for (int x = 0; x < SlateClockPlace::kGlyphs * place.cellWidth / part; ++x)
                at[y * (width / part) + x] = std::uint8_t(100 + x / (place.cellWidth / part));
        }
        at += std::ptrdiff_t(width / part) * (height / part);
    }
    return sheet;
}

} // namespace

void TestSlate::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestSlate::clock_standsInItsPlace_inEveryFormat_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<bool>("isThere");
    QTest::newRow("720p") << 1280 << 720 << true;
    QTest::newRow("8K") << 7680 << 4320 << true;
    QTest::newRow("portrait") << 720 << 1280 << true;
    QTest::newRow("wide") << 3840 << 720 << true;
    QTest::newRow("PAL") << 720 << 576 << true;
    QTest::newRow("small") << 160 << 90 << true;
    QTest::newRow("tiny") << 32 << 18 << false;
    QTest::newRow("least") << 16 << 16 << false;
}

void TestSlate::clock_standsInItsPlace_inEveryFormat()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(bool, isThere);
    const auto place = SlateClockPlace::in({width, height, {25, 1}});
    QCOMPARE(place.has_value(), isThere);
    if (!isThere)
        return;
    for (const int even : {place->x, place->y, place->cellWidth, place->cellHeight})
        QCOMPARE(even % 2, 0);
    QVERIFY(place->x > width / 2 || width < height);
    QVERIFY(place->x + SlateClockPlace::kCells * place->cellWidth <= width * 92 / 100);
    // In the card's band, the lowest 12 %.
    QVERIFY(place->y >= height * 88 / 100 - 1);
    QVERIFY(place->y + place->cellHeight <= height);
}

void TestSlate::time_isLaidOverTheClockAlone()
{
    const auto place = SlateClockPlace::in(kSlateFormat);
    QVERIFY(place);
    const std::vector<std::uint8_t> ground(std::size_t(kSlateFormat.pictureBytes()), kGround);
    const Result<SlatePtr> slate
        = Slate::create(ground.data(), digits(*place).data(), kSlateFormat);
    QVERIFY(slate);
    QVERIFY(slate.value()->hasClock());
    const HousePicture late = slate.value()->at(23, 59);
    const HousePicture early = slate.value()->at(0, 7);
    const auto sampleAt = [&](const HousePicture &picture, int x, int y) {
        return int(picture.data[y * kSlateFormat.width + x]);
    };
    const auto glyphs = [&](const HousePicture &picture) {
        QString text;
        for (int i = 0; i < SlateClockPlace::kCells; ++i)
            text += QString::number(sampleAt(picture, place->x + i * place->cellWidth, place->y)
                                    - 100)
                + u' ';
        return text;
    };
    QCOMPARE(glyphs(late), u"2 3 10 5 9 "_s);
    QCOMPARE(glyphs(early), u"0 0 10 0 7 "_s);
    for (const HousePicture &picture : {late, early}) {
        int laid = 0;
        for (std::ptrdiff_t i = 0; i < kSlateFormat.pictureBytes(); ++i)
            laid += picture.data[i] == kGround ? 0 : 1;
        QCOMPARE(laid, int(SlateClockPlace::kCells * place->cellBytes()));
        QCOMPARE(sampleAt(picture, place->x - 1, place->y), int(kGround));
    }
    // The picture itself stays, and without digits it is all there is.
    QVERIFY(std::equal(ground.begin(), ground.end(), slate.value()->picture().data));
    const Result<SlatePtr> plain = Slate::create(ground.data(), nullptr, kSlateFormat);
    QVERIFY(plain);
    QVERIFY(!plain.value()->hasClock());
    QCOMPARE(plain.value()->at(12, 0).data, plain.value()->picture().data);
}

void TestSlate::memory_isGoneOnWith_orRefused()
{
    const std::vector<std::uint8_t> ground(std::size_t(kSlateFormat.pictureBytes()), kGround);
    const Result<SlatePtr> slate = Slate::create(
        ground.data(), digits(*SlateClockPlace::in(kSlateFormat)).data(), kSlateFormat);
    QVERIFY(slate);
    const auto duplicate
        = [&] { return UniqueFd(::fcntl(slate.value()->fd(), F_DUPFD_CLOEXEC, 3)); };
    const Result<SlatePtr> next = Slate::attach(duplicate(), kSlateFormat);
    QVERIFY(next);
    const HousePicture before = slate.value()->at(12, 34);
    const HousePicture after = next.value()->at(12, 34);
    QVERIFY(std::equal(before.data, before.data + kSlateFormat.pictureBytes(), after.data));
    for (const HouseFormat &other : {HouseFormat{180, 320, {25, 1}}, {640, 360, {25, 1}}}) {
        const Result<SlatePtr> refused = Slate::attach(duplicate(), other);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Corrupt);
    }
    QVERIFY(!Slate::attach(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), kSlateFormat));
}

} // namespace continuo
