// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_logo.h"

#include "core/playout/logo.h"

#include <QRandomGenerator>
#include <QRect>
#include <QTest>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

namespace continuo {

namespace {

using Picture = std::vector<std::uint8_t>;

const HouseFormat kHouse{64, 36, {30, 1}};

Picture noise(quint32 seed)
{
    QRandomGenerator random(seed);
    Picture picture(std::size_t(kHouse.pictureBytes()));
    for (std::uint8_t &sample : picture)
        sample = std::uint8_t(random.bounded(256));
    return picture;
}

// Alpha of some kind within the rectangle, and of what its pixels share; 0 around it.
Picture alphaIn(const QRect &rect, quint32 seed)
{
    const Picture values = noise(seed);
    Picture alpha(values.size(), 0);
    const int luma = kHouse.width * kHouse.height;
    for (int y = rect.top(); y <= rect.bottom(); ++y) {
        for (int x = rect.left(); x <= rect.right(); ++x) {
            const std::size_t at = std::size_t(y * kHouse.width + x);
            alpha[at] = std::uint8_t(std::max<int>(values[at], 1));
            const std::size_t chroma = std::size_t(luma + (y / 2) * (kHouse.width / 2) + x / 2);
            alpha[chroma] = values[chroma];
            alpha[chroma + std::size_t(luma) / 4] = values[chroma + std::size_t(luma) / 4];
        }
    }
    return alpha;
}

int nearest(double value)
{
    return int(std::lround(value));
}

// As the definition says, in floating point.
int blended(int below, int colour, int alpha, int opacity)
{
    const int weight = nearest(alpha * opacity / 255.0);
    return nearest((below * (255 - weight) + colour * weight) / 255.0);
}

LogoPtr logoOf(const Picture &colour, const Picture &alpha)
{
    Result<LogoPtr> logo = Logo::create(colour.data(), alpha.data(), kHouse);
    return logo ? logo.value() : nullptr;
}

} // namespace

void TestLogo::box_isAsSmallAsItCanBe_data()
{
    QTest::addColumn<QRect>("rect");
    QTest::addColumn<QRect>("box");
    QTest::newRow("even") << QRect(4, 6, 8, 10) << QRect(4, 6, 8, 10);
    QTest::newRow("odd place") << QRect(5, 7, 8, 10) << QRect(4, 6, 10, 12);
    QTest::newRow("odd size") << QRect(4, 6, 7, 9) << QRect(4, 6, 8, 10);
    QTest::newRow("odd both") << QRect(5, 7, 7, 9) << QRect(4, 6, 8, 10);
    QTest::newRow("one pixel") << QRect(33, 21, 1, 1) << QRect(32, 20, 2, 2);
    QTest::newRow("last pixel") << QRect(63, 35, 1, 1) << QRect(62, 34, 2, 2);
    QTest::newRow("all") << QRect(0, 0, 64, 36) << QRect(0, 0, 64, 36);
}

void TestLogo::box_isAsSmallAsItCanBe()
{
    QFETCH(QRect, rect);
    QFETCH(QRect, box);
    const LogoPtr logo = logoOf(noise(1), alphaIn(rect, 2));
    QVERIFY(logo);
    const Logo::Box found = logo->box();
    QCOMPARE(QRect(found.x, found.y, found.width, found.height), box);
}

// Every alpha at every third opacity, over every 5th of all pairs of values.
void TestLogo::blend_isTheNearestOfAllValues()
{
    const HouseFormat large{512, 256, {30, 1}};
    const std::size_t luma = 512UL * 256;
    Picture colour(luma * 3 / 2, 128);
    Picture alpha(luma * 3 / 2, 255);
    Picture below(luma * 3 / 2, 128);
    for (std::size_t i = 0; i < luma; ++i) {
        alpha[i] = std::uint8_t(i / 512);
        colour[i] = std::uint8_t((i % 512) / 2);
        below[i] = std::uint8_t(255 - (i % 512) * 5 % 256);
    }
    alpha[0] = 1; // or the first row would be left out
    const Result<LogoPtr> logo = Logo::create(colour.data(), alpha.data(), large);
    QVERIFY(logo);
    int wrong = 0;
    for (int opacity = 0; opacity <= 255; opacity += 3) {
        Picture picture = below;
        logo.value()->blend(picture.data(), opacity);
        for (std::size_t i = 0; i < luma; ++i)
            wrong += picture[i] != blended(below[i], colour[i], alpha[i], opacity) ? 1 : 0;
    }
    QCOMPARE(wrong, 0);
}

void TestLogo::blend_isExact_andKeepsToItsBox_data()
{
    QTest::addColumn<QRect>("rect");
    QTest::addColumn<int>("opacity");
    for (const int opacity : {0, 1, 128, 254, 255}) {
        const auto row = [opacity](const char *name, const QRect &rect) {
            QTest::addRow("%s at %d", name, opacity) << rect << opacity;
        };
        row("even", QRect(4, 6, 8, 10));
        row("odd", QRect(5, 7, 7, 9));
        row("wide row", QRect(1, 1, 61, 3)); // more than one vector, and a rest
        row("column", QRect(63, 0, 1, 36));
        row("corner", QRect(57, 31, 7, 5));
        row("all", QRect(0, 0, 64, 36));
    }
}

void TestLogo::blend_isExact_andKeepsToItsBox()
{
    QFETCH(QRect, rect);
    QFETCH(int, opacity);
    const Picture colour = noise(3);
    const Picture alpha = alphaIn(rect, 4);
    const Picture below = noise(5);
    Picture picture = below;
    const LogoPtr logo = logoOf(colour, alpha);
    QVERIFY(logo);
    logo->blend(picture.data(), opacity);
    for (std::size_t i = 0; i < picture.size(); ++i)
        QCOMPARE(int(picture[i]), blended(below[i], colour[i], alpha[i], opacity));
}

void TestLogo::fadeOver_hidesAsMuchAsEachOfThem()
{
    // Opaque, and overlapping in part.
    const auto opaque = [](const QRect &rect) {
        Picture alpha = alphaIn(rect, 6);
        for (std::uint8_t &value : alpha)
            value = value > 0 ? 255 : 0;
        return alpha;
    };
    const Picture first = opaque(QRect(4, 4, 30, 20));
    const Picture second = opaque(QRect(20, 10, 30, 20));
    const Picture red = noise(7);
    const Picture blue = noise(8);
    const LogoPtr leaving = logoOf(red, first);
    const LogoPtr coming = logoOf(blue, second);
    QVERIFY(leaving && coming);
    const Picture below = noise(9);
    for (const int level : {0, 1, 21, 127, 128, 200, 255}) {
        Picture picture = below;
        Picture clean(coming->box().bytes());
        coming->save(picture.data(), clean.data());
        leaving->blend(picture.data(), 255 - level);
        coming->blendBeside(picture.data(), clean.data(), level);
        for (std::size_t i = 0; i < picture.size(); ++i) {
            const double before = first[i] / 255.0 * (255 - level) / 255.0;
            const double after = second[i] / 255.0 * level / 255.0;
            const double wanted
                = below[i] * (1 - before - after) + red[i] * before + blue[i] * after;
            QVERIFY2(std::abs(picture[i] - wanted) <= 1.0, // rounded twice
                     qPrintable(QString::number(i)));
        }
    }
}

void TestLogo::cleanPixels_areGivenBack()
{
    const LogoPtr logo = logoOf(noise(10), alphaIn(QRect(7, 3, 21, 13), 11));
    QVERIFY(logo);
    const Picture below = noise(12);
    Picture picture = below;
    Picture clean(logo->box().bytes());
    logo->save(picture.data(), clean.data());
    logo->blend(picture.data(), 255);
    QVERIFY(picture != below);
    logo->restore(picture.data(), clean.data());
    QCOMPARE(picture, below);
}

void TestLogo::memory_isALogoAgain_inAnotherEngine()
{
    const LogoPtr logo = logoOf(noise(13), alphaIn(QRect(7, 3, 21, 13), 14));
    QVERIFY(logo);
    const Result<LogoPtr> again
        = Logo::attach(UniqueFd(::fcntl(logo->fd(), F_DUPFD_CLOEXEC, 3)), kHouse);
    QVERIFY(again);
    QVERIFY(again.value()->looksLike(*logo));
    Picture one = noise(15);
    Picture other = one;
    logo->blend(one.data(), 200);
    again.value()->blend(other.data(), 200);
    QCOMPARE(one, other);
    const LogoPtr moved = logoOf(noise(13), alphaIn(QRect(9, 3, 21, 13), 14));
    QVERIFY(!moved->looksLike(*logo));
}

void TestLogo::otherMemory_isRefused()
{
    const Picture nothing(std::size_t(kHouse.pictureBytes()), 0);
    const Result<LogoPtr> unseen = Logo::create(noise(1).data(), nothing.data(), kHouse);
    QVERIFY(!unseen);
    QCOMPARE(unseen.error().code, ErrorCode::InvalidArgument);
    const LogoPtr logo = logoOf(noise(16), alphaIn(QRect(7, 3, 21, 13), 17));
    QVERIFY(logo);
    const auto copy = [&] { return UniqueFd(::fcntl(logo->fd(), F_DUPFD_CLOEXEC, 3)); };
    QVERIFY(!Logo::attach(copy(), HouseFormat{128, 36, {30, 1}}));
    QVERIFY(!Logo::attach(UniqueFd(), kHouse));
    UniqueFd zeros(::memfd_create("zeros", MFD_CLOEXEC));
    QCOMPARE(::ftruncate(zeros.get(), 4096), 0);
    QVERIFY(!Logo::attach(std::move(zeros), kHouse));
    // A box that leads out of the picture: its x stands behind the magic and the picture's size.
    const std::int32_t far = 62;
    QCOMPARE(::pwrite(logo->fd(), &far, sizeof far, 16), ssize_t(sizeof far));
    QVERIFY(!Logo::attach(copy(), kHouse));
}

} // namespace continuo
