// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_conform.h"

#include "core/media/card.h"
#include "core/media/decoder.h"
#include "core/media/picturegraph.h"

#include <QRegularExpression>
#include <QTest>

#include <array>
#include <thread>

using namespace Qt::StringLiterals;

namespace continuo {

void TestConform::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestConform::orientation_isReadFromTheMatrix_data()
{
    QTest::addColumn<QList<int>>("signs"); // a, b, c, d
    QTest::addColumn<int>("orientation");
    const auto row = [](const char *name, QList<int> signs, Orientation orientation) {
        QTest::newRow(name) << signs << int(orientation);
    };
    row("upright", {1, 0, 0, 1}, Orientation::Upright);
    row("mirrored", {-1, 0, 0, 1}, Orientation::FlippedHorizontally);
    row("upside down mirrored", {1, 0, 0, -1}, Orientation::FlippedVertically);
    row("half turn", {-1, 0, 0, -1}, Orientation::Turned180);
    row("phone, clockwise", {0, 1, -1, 0}, Orientation::Clockwise);
    row("counter-clockwise", {0, -1, 1, 0}, Orientation::CounterClockwise);
    row("transposed", {0, 1, 1, 0}, Orientation::Transposed);
    row("anti-transposed", {0, -1, -1, 0}, Orientation::AntiTransposed);
    row("no matrix at all", {0, 0, 0, 0}, Orientation::Upright);
    row("a shear", {1, 1, 0, 1}, Orientation::Upright);
}

void TestConform::orientation_isReadFromTheMatrix()
{
    QFETCH(QList<int>, signs);
    QFETCH(int, orientation);
    const std::array<std::int32_t, 9> matrix{
        signs[0] * 65536, signs[1] * 65536, 0, signs[2] * 65536, signs[3] * 65536, 0, 0, 0,
        1 << 30};
    QCOMPARE(int(orientationFromMatrix(matrix.data())), orientation);
}

void TestConform::orientation_isReadFromExif()
{
    QCOMPARE(orientationFromExif(1), Orientation::Upright);
    QCOMPARE(orientationFromExif(3), Orientation::Turned180);
    QCOMPARE(orientationFromExif(6), Orientation::Clockwise);
    QCOMPARE(orientationFromExif(8), Orientation::CounterClockwise);
    QCOMPARE(orientationFromExif(0), Orientation::Upright);
    QCOMPARE(orientationFromExif(99), Orientation::Upright);
    QCOMPARE(orientationDegrees(Orientation::Clockwise), 90);
}

void TestConform::graph_isWhatTheRulesSay_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<QString>("aspect");
    QTest::addColumn<int>("orientation");
    QTest::addColumn<bool>("interlaced");
    QTest::addColumn<int>("rule");
    QTest::addColumn<QString>("text");
    const QString hd = u"in_color_matrix=bt709:out_color_matrix=bt709:"
                       "in_range=limited:out_range=limited"_s;
    const QString sd
        = u"in_color_matrix=bt601:out_color_matrix=bt601:"
          "in_range=limited:out_range=limited,format=yuv420p,colormatrix=bt601:bt709"_s;
    const auto add
        = [](const char *name, int width, int height, const char *aspect, Orientation orientation,
             bool interlaced, RateRule rule, const QString &text) {
              QTest::newRow(name) << width << height << QString::fromLatin1(aspect)
                                  << int(orientation) << interlaced << int(rule) << text;
          };
    add("house format", 1280, 720, "1/1", Orientation::Upright, false, RateRule::RepeatLast,
        u"format=yuv420p,setsar=1,fps=30:round=near"_s);
    add("1080p50", 1920, 1080, "1/1", Orientation::Upright, false, RateRule::DropFirst,
        u"fps=30:round=near,scale=1280:720:flags=bicubic:%1,format=yuv420p,setsar=1"_s.arg(hd));
    add("576i 16:9", 720, 576, "64/45", Orientation::Upright, true, RateRule::RepeatLast,
        u"bwdif=mode=send_frame:deint=interlaced,scale=1280:720:flags=bicubic:%1,"
        "setsar=1,fps=30:round=near"_s.arg(sd));
    add("4:3", 640, 480, "1/1", Orientation::Upright, false, RateRule::RepeatLast,
        u"scale=960:720:flags=bicubic:%1,pad=1280:720:160:0:black,setsar=1,"
        "fps=30:round=near"_s.arg(sd));
    add("phone", 1920, 1080, "1/1", Orientation::Clockwise, false, RateRule::None,
        u"scale=720:406:flags=bicubic:%1,format=yuv420p,transpose=clock,"
        "pad=1280:720:436:0:black,setsar=1"_s.arg(hd));
    add("small phone", 320, 240, "1/1", Orientation::CounterClockwise, false, RateRule::None,
        u"transpose=cclock,scale=540:720:flags=bicubic:%1,"
        "pad=1280:720:370:0:black,setsar=1"_s.arg(sd));
}

void TestConform::graph_isWhatTheRulesSay()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(QString, aspect);
    QFETCH(int, orientation);
    QFETCH(bool, interlaced);
    QFETCH(int, rule);
    QFETCH(QString, text);
    PictureShape shape;
    shape.width = width;
    shape.height = height;
    shape.format = AV_PIX_FMT_YUV420P;
    shape.aspect = {aspect.section(u'/', 0, 0).toInt(), aspect.section(u'/', 1).toInt()};
    shape.orientation = Orientation(orientation);
    shape.isInterlaced = interlaced;
    QCOMPARE(pictureGraphText(shape, {1280, 720, {30, 1}}, RateRule(rule)), text);
}

void TestConform::text_isWrappedAtSpaces_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("lines");
    QTest::newRow("short") << u"One line"_s << QStringList{u"One line"_s};
    QTest::newRow("two") << u"One line and another"_s
                         << QStringList{u"One line and"_s, u"another"_s};
    QTest::newRow("no spaces") << u"abcdefghijklmnopq"_s
                               << QStringList{u"abcdefghijkl"_s, u"mnopq"_s};
    QTest::newRow("too long") << u"one two three four five six seven"_s
                              << QStringList{u"one two"_s, u"three four…"_s};
    QTest::newRow("nothing") << u"  "_s << QStringList();
}

void TestConform::text_isWrappedAtSpaces()
{
    QFETCH(QString, text);
    QFETCH(QStringList, lines);
    QCOMPARE(wrapText(text, 12, 2), lines);
}

void TestConform::card_isDrawnForAnySize_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("720p") << 1280 << 720;
    QTest::newRow("smallest") << 16 << 16;
    QTest::newRow("portrait") << 180 << 320;
    QTest::newRow("flat") << 640 << 32;
}

void TestConform::card_isDrawnForAnySize()
{
    QFETCH(int, width);
    QFETCH(int, height);
    for (const CardKind kind : {CardKind::Title, CardKind::Slate}) {
        const Result<FramePtr> card
            = drawCard(kind, {u"Channel \"One\": 100% it's \\ here, [now]"_s, u"Nothing to play"_s},
                       {width, height, {30, 1}});
        QVERIFY2(card, qPrintable(card ? QString() : card.error().detail));
        QCOMPARE(card.value()->width, width);
        QCOMPARE(card.value()->height, height);
        QCOMPARE(AVPixelFormat(card.value()->format), AV_PIX_FMT_YUV420P);
    }
}

void TestConform::effort_growsWithTheLoad()
{
    AVCodecParameters parameters{};
    parameters.codec_id = AV_CODEC_ID_H264;
    parameters.width = 1920;
    parameters.height = 1080;
    QCOMPARE(effortFor(&parameters, {30, 1}, 1280, 720).threads, 1);
    const int cores = std::max(1, int(std::thread::hardware_concurrency()));
    QCOMPARE(effortFor(&parameters, {60, 1}, 1280, 720).threads, std::min(2, cores));
    parameters.codec_id = AV_CODEC_ID_JPEG2000;
    parameters.width = 4096;
    parameters.height = 2160;
    QCOMPARE(effortFor(&parameters, {24, 1}, 1920, 1080).halvings, 1);
    QCOMPARE(effortFor(&parameters, {24, 1}, 1280, 720).halvings, 1);
    QCOMPARE(effortFor(&parameters, {24, 1}, 1024, 576).halvings, 2);
    QCOMPARE(effortFor(&parameters, {24, 1}, 4096, 2160).halvings, 0);
}

} // namespace continuo
