// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/encoder/encodersettings.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

class TestEncoderSettings final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void forFormat_scalesWithPixelsAndRate_data();
    void forFormat_scalesWithPixelsAndRate();
    void json_roundTrips();
    void validate_refusesWithReason();
    void arguments_putKeyFramesOnTheAbsoluteGrid();
    void arguments_holdNoShellOnlyTexts();
    void audioPreroll_isOnTheGrid();
};

void TestEncoderSettings::forFormat_scalesWithPixelsAndRate_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<int>("gop");
    QTest::addColumn<int>("bitrate");
    QTest::newRow("720p30") << 1280 << 720 << u"30"_s << 60 << 3'000'000;
    QTest::newRow("720p25") << 1280 << 720 << u"25"_s << 50 << 2'500'000;
    QTest::newRow("1080p29.97") << 1920 << 1080 << u"29.97"_s << 60 << 6'743'000;
    QTest::newRow("720p59.94") << 1280 << 720 << u"59.94"_s << 120 << 5'994'000;
    QTest::newRow("small") << 160 << 90 << u"30"_s << 60 << 200'000;
    QTest::newRow("film") << 1280 << 720 << u"23.976"_s << 48 << 2'398'000;
}

void TestEncoderSettings::forFormat_scalesWithPixelsAndRate()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(QString, fps);
    const HouseFormat format{width, height, FrameRate::parse(fps).value()};
    const EncoderSettings settings = EncoderSettings::forFormat(format);
    QTEST(settings.gop, "gop");
    QTEST(settings.videoBitrate, "bitrate");
    QVERIFY(settings.validate());
}

void TestEncoderSettings::json_roundTrips()
{
    EncoderSettings settings = EncoderSettings::forFormat({640, 360, {25, 1}});
    settings.preset = u"medium"_s;
    const Result<EncoderSettings> back = EncoderSettings::fromJson(settings.toJson());
    QVERIFY(back);
    QVERIFY(back.value() == settings);
    const Result<EncoderSettings> partly
        = EncoderSettings::fromJson({{u"format"_s, settings.format.toJson()}});
    QVERIFY(partly);
    QCOMPARE(partly->gop, 50);
}

void TestEncoderSettings::validate_refusesWithReason()
{
    EncoderSettings settings;
    settings.preset = u"warp"_s;
    QVERIFY(settings.validate().error().detail.contains(u"warp"_s));
    settings = {};
    settings.gop = 0;
    QCOMPARE(settings.validate().error().code, ErrorCode::InvalidArgument);
    settings = {};
    settings.videoBitrate = 1;
    QVERIFY(!settings.validate());
    QVERIFY(!EncoderSettings::fromJson({}));
}

void TestEncoderSettings::arguments_putKeyFramesOnTheAbsoluteGrid()
{
    const QStringList arguments
        = encoderArguments(EncoderSettings(), 500, u"/run/in"_s, u"/run/out"_s);
    QVERIFY(arguments.contains(u"expr:not(mod(n+20,60))"_s));
    QCOMPARE(arguments.last(), u"/run/out"_s);
    QCOMPARE(arguments.at(arguments.indexOf(u"-i"_s) + 1), u"/run/in"_s);
    QVERIFY(arguments.contains(u"-copyts"_s));
}

void TestEncoderSettings::arguments_holdNoShellOnlyTexts()
{
    // Started without a shell: an option and its value are two arguments, never one.
    for (const QString &argument :
         encoderArguments(EncoderSettings(), 480, u"/run/in"_s, u"/run/out"_s)) {
        QVERIFY(!argument.isEmpty());
        QVERIFY2(!argument.contains(u' '), qPrintable(argument));
    }
}

void TestEncoderSettings::audioPreroll_isOnTheGrid()
{
    QCOMPARE(audioPrerollStart(500, {30, 1}), qint64(773) * 1024); // 800000/1024 = 781.25
    QCOMPARE(audioPrerollStart(480, {30, 1}), qint64(742) * 1024);
    QCOMPARE(audioPrerollStart(0, {30, 1}), qint64(0));
    for (qint64 frame = 480; frame < 2000; ++frame) {
        const qint64 start = audioPrerollStart(frame, {30000, 1001});
        QCOMPARE(start % 1024, qint64(0));
        const qint64 lead = samplesBefore(frame, {30000, 1001}) - start;
        QVERIFY(lead >= 8192 && lead < 9216);
    }
}

QTEST_GUILESS_MAIN(TestEncoderSettings)
#include "tst_encodersettings.moc"
