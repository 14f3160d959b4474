// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_thumbnail.h"

#include "core/media/thumbnail.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

std::vector<std::uint8_t> flat(int width, int height, int y, int u, int v)
{
    const auto luma = std::size_t(width) * std::size_t(height);
    std::vector<std::uint8_t> picture(luma * 3 / 2, std::uint8_t(y));
    std::fill_n(picture.begin() + std::ptrdiff_t(luma), luma / 4, std::uint8_t(u));
    std::fill_n(picture.begin() + std::ptrdiff_t(luma * 5 / 4), luma / 4, std::uint8_t(v));
    return picture;
}

} // namespace

void TestThumbnail::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

// In: BT.709, limited. Out, as every reader of a JPEG takes it: BT.601, full.
void TestThumbnail::jpeg_hasTheColoursOfThePicture_data()
{
    QTest::addColumn<QList<int>>("in");
    QTest::addColumn<QList<int>>("out");
    QTest::newRow("black") << QList<int>{16, 128, 128} << QList<int>{0, 128, 128};
    QTest::newRow("white") << QList<int>{235, 128, 128} << QList<int>{255, 128, 128};
    QTest::newRow("red") << QList<int>{63, 102, 240} << QList<int>{76, 85, 255};
    QTest::newRow("green") << QList<int>{173, 42, 26} << QList<int>{150, 44, 21};
    QTest::newRow("blue") << QList<int>{32, 240, 118} << QList<int>{29, 255, 107};
}

void TestThumbnail::jpeg_hasTheColoursOfThePicture()
{
    QFETCH(QList<int>, in);
    QFETCH(QList<int>, out);
    const Result<QByteArray> jpeg = encodeJpeg(flat(160, 90, in[0], in[1], in[2]), 160, 90);
    QVERIFY(jpeg);
    QVERIFY(jpeg->startsWith("\xff\xd8") && jpeg->endsWith("\xff\xd9"));
    QVERIFY(jpeg->size() < 8000);
    const ParametersPtr parameters(avcodec_parameters_alloc());
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = AV_CODEC_ID_MJPEG;
    const PacketPtr packet(av_packet_alloc());
    QCOMPARE(av_new_packet(packet.get(), int(jpeg->size())), 0);
    std::memcpy(packet->data, jpeg->constData(), std::size_t(jpeg->size()));
    const FramePtr frame = decodeSinglePacket(parameters.get(), packet.get());
    QVERIFY(frame);
    QCOMPARE(frame->width, 160);
    QCOMPARE(frame->height, 90);
    const int at[]{45 * frame->linesize[0] + 80, 22 * frame->linesize[1] + 40,
                   22 * frame->linesize[2] + 40};
    for (int plane = 0; plane < 3; ++plane) {
        const int is = frame->data[plane][at[plane]];
        QVERIFY2(std::abs(is - out[plane]) <= 4,
                 qPrintable(u"plane %1: %2, not %3"_s.arg(plane).arg(is).arg(out[plane])));
    }
}

void TestThumbnail::jpeg_refusesWhatIsNoPicture()
{
    QVERIFY(!encodeJpeg(flat(160, 90, 16, 128, 128), 160, 92));
    QVERIFY(!encodeJpeg({}, 0, 0));
    QVERIFY(!encodeJpeg(flat(2, 2, 16, 128, 128), -2, -2));
}

// A house picture of 640x360 with a white picture of 4:3 in it.
void TestThumbnail::picture_isWithoutItsBars()
{
    ClipFacts facts;
    facts.shownWidth = 480;
    facts.shownHeight = 360;
    const HouseFormat format{640, 360, {30, 1}};
    std::vector<std::uint8_t> picture = flat(640, 360, 16, 128, 128);
    for (std::ptrdiff_t y = 0; y < 360; ++y)
        std::fill_n(picture.begin() + y * 640 + 80, 480, std::uint8_t(235));
    const ThumbnailMaker maker(facts, format);
    QVERIFY(maker.contrast(picture) < 1); // bars are none
    const Result<Thumbnail> thumbnail = maker.make(ThumbnailKind::Head, picture, 0);
    QVERIFY(thumbnail);
    QCOMPARE(thumbnail->width, 120);
    QCOMPARE(thumbnail->height, 90);
    QVERIFY(std::ranges::all_of(thumbnail->picture.begin(),
                                thumbnail->picture.begin() + std::ptrdiff_t(120) * 90,
                                [](std::uint8_t luma) { return luma > 230; }));
    QVERIFY(!ThumbnailMaker(ClipFacts(), format).hasPictures());
}

} // namespace continuo
