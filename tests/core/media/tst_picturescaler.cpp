// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_picturescaler.h"

#include "core/media/picturescaler.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

std::vector<std::uint8_t> flatPicture(int width, int height, int y, int u, int v)
{
    const auto luma = std::size_t(width) * std::size_t(height);
    std::vector<std::uint8_t> picture(luma * 3 / 2, std::uint8_t(y));
    std::fill_n(picture.begin() + std::ptrdiff_t(luma), luma / 4, std::uint8_t(u));
    std::fill_n(picture.begin() + std::ptrdiff_t(luma * 5 / 4), luma / 4, std::uint8_t(v));
    return picture;
}

} // namespace

void TestPictureScaler::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestPictureScaler::rgb_showsBt709Colours_data()
{
    QTest::addColumn<int>("y");
    QTest::addColumn<int>("u");
    QTest::addColumn<int>("v");
    QTest::addColumn<uint>("rgb");
    // ITU-R BT.709 limited range.
    QTest::newRow("white") << 235 << 128 << 128 << 0xffffffU;
    QTest::newRow("black") << 16 << 128 << 128 << 0x000000U;
    QTest::newRow("red") << 63 << 102 << 240 << 0xff0000U;
    QTest::newRow("green") << 173 << 42 << 26 << 0x00ff00U;
    QTest::newRow("blue") << 32 << 240 << 118 << 0x0000ffU;
}

void TestPictureScaler::rgb_showsBt709Colours()
{
    QFETCH(int, y);
    QFETCH(int, u);
    QFETCH(int, v);
    QFETCH(uint, rgb);
    const std::vector<std::uint8_t> picture = flatPicture(64, 36, y, u, v);
    PictureScaler scaler(PictureScaler::Target::Rgb32);
    for (const int width : {64, 128, 50}) {
        std::vector<std::uint32_t> pixels(std::size_t(width) * 40);
        QVERIFY(scaler.scale(SourcePicture::packed(picture.data(), 64, 36),
                             {reinterpret_cast<std::uint8_t *>(pixels.data()), nullptr, nullptr},
                             {width * 4, 0, 0}, width, 40));
        const std::uint32_t pixel = pixels[std::size_t(width) * 20 + 20];
        for (const unsigned shift : {0U, 8U, 16U})
            QVERIFY2(std::abs(int((pixel >> shift) & 0xff) - int((rgb >> shift) & 0xff)) <= 3,
                     qPrintable(QString::number(pixel, 16)));
    }
}

void TestPictureScaler::yuv_keepsLevelsWhenScaled()
{
    const std::vector<std::uint8_t> picture = flatPicture(1280, 720, 180, 90, 160);
    std::vector<std::uint8_t> small(640 * 360 * 3 / 2);
    PictureScaler scaler(PictureScaler::Target::Yuv420p);
    std::uint8_t *luma = small.data();
    std::uint8_t *chroma = luma + 640 * 360;
    QVERIFY(scaler.scale(SourcePicture::packed(picture.data(), 1280, 720),
                         {luma, chroma, chroma + 320 * 180}, {640, 320, 320}, 640, 360));
    const std::vector<std::uint8_t> expected = flatPicture(640, 360, 180, 90, 160);
    for (std::size_t i = 0; i < small.size(); ++i)
        QVERIFY(std::abs(small[i] - expected[i]) <= 1);
}

void TestPictureScaler::scale_refusesNothing()
{
    PictureScaler scaler(PictureScaler::Target::Yuv420p);
    const Result<void> result = scaler.scale({}, {}, {}, 0, 0);
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::InvalidArgument);
}

} // namespace continuo
