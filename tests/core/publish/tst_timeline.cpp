// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/epochs.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestTimeline final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void videoTicks_areRoundedEachByItself_data();
    void videoTicks_areRoundedEachByItself();
    void audioTicks_neverDriftFromVideo();
    void decodesBefore_comparesExactly();
    void fingerprint_tellsParametersApart();
    void epochs_giveTheDateOfAFrame();
};

void TestTimeline::videoTicks_areRoundedEachByItself_data()
{
    QTest::addColumn<QString>("fps");
    QTest::addColumn<qint64>("origin");
    QTest::addColumn<qint64>("frame");
    QTest::addColumn<int>("base");
    QTest::addColumn<qint64>("ticks");
    QTest::newRow("30 in TS") << u"30"_s << qint64(0) << qint64(480) << 90000 << qint64(1440000);
    QTest::newRow("29.97 in TS") << u"29.97"_s << qint64(0) << qint64(3) << 90000 << qint64(9009);
    QTest::newRow("23.976 in TS") << u"23.976"_s << qint64(0) << qint64(1) << 90000
                                  << qint64(3754); // 3753.75
    QTest::newRow("30 in FLV") << u"30"_s << qint64(478) << qint64(480) << 1000
                               << qint64(67); // 66.67
    QTest::newRow("before the origin")
        << u"30"_s << qint64(480) << qint64(478) << 1000 << qint64(-67);
    QTest::newRow("far") << u"30"_s << qint64(0) << qint64(6'000'000'000'000) << 90000
                         << qint64(18'000'000'000'000'000);
}

void TestTimeline::videoTicks_areRoundedEachByItself()
{
    QFETCH(QString, fps);
    QFETCH(qint64, origin);
    QFETCH(qint64, frame);
    QFETCH(int, base);
    const MuxClock clock(FrameRate::parse(fps).value(), origin);
    QTEST(clock.videoTicks(frame, {1, base}), "ticks");
}

void TestTimeline::audioTicks_neverDriftFromVideo()
{
    const FrameRate rate{30000, 1001};
    const MuxClock clock(rate, 1000);
    // 30000 frames last exactly 1001 s.
    const qint64 frame = 1000 + 30000 * 1000LL;
    const qint64 sample = samplesBefore(frame, rate);
    const qint64 difference
        = clock.audioTicks(sample, {1, 90000}) - clock.videoTicks(frame, {1, 90000});
    QVERIFY(difference >= -2 && difference <= 0); // S() rounds down by less than one sample
    QCOMPARE(MuxClock({30, 1}, 0).audioTicks(1024, {1, 90000}), qint64(1920));
    QCOMPARE(MuxClock({30, 1}, 0).audioTicks(1024, {1, 1000}), qint64(21)); // 21.33
}

void TestTimeline::decodesBefore_comparesExactly()
{
    const FrameRate rate{30, 1};
    const TimelinePacketPtr video = makeVideo(480, 480, true); // 768000 samples
    QVERIFY(decodesBefore(*makeAudio(767999), *video, rate));
    QVERIFY(!decodesBefore(*makeAudio(768000), *video, rate));
    QVERIFY(!decodesBefore(*video, *makeAudio(768000), rate));
    QVERIFY(decodesBefore(*video, *makeAudio(768001), rate));
}

void TestTimeline::fingerprint_tellsParametersApart()
{
    const auto base = makeStreams({30, 1});
    QCOMPARE(makeStreams({30, 1})->fingerprint, base->fingerprint);
    QVERIFY(makeStreams({25, 1})->fingerprint != base->fingerprint);
    QVERIFY(makeStreams({30, 1}, 1)->fingerprint != base->fingerprint);
    QVERIFY(makeStreams({30, 1}, 2, 1)->fingerprint != base->fingerprint);
}

void TestTimeline::epochs_giveTheDateOfAFrame()
{
    Epochs epochs({30, 1});
    epochs.add(480, 1'000'000'000);
    QCOMPARE(epochs.wallUs(480), qint64(1'000'000'000));
    QCOMPARE(epochs.wallUs(510), qint64(1'001'000'000));
    QCOMPARE(epochs.wallUs(450), qint64(999'000'000));
    epochs.add(600, 2'000'000'000);
    QCOMPARE(epochs.wallUs(599), qint64(1'003'966'666));
    QCOMPARE(epochs.wallUs(630), qint64(2'001'000'000));
    Epochs none({30, 1});
    const qint64 now = none.wallUs(480);
    QCOMPARE(none.wallUs(510), now + 1'000'000);
}

QObject *makeTimelineTest()
{
    return new TestTimeline;
}

} // namespace continuo::test

#include "tst_timeline.moc"
