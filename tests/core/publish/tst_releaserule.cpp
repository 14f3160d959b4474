// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/releaserule.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <limits>
#include <optional>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestReleaseRule final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void prefixes_areReleasedWhenClosedAndSounding();
    void killAtEveryPoint_losesAndRepeatsNothing_data();
    void killAtEveryPoint_losesAndRepeatsNothing();
    void firstSession_startsWithTheSoundOfItsFirstFrame();
    void missingSound_isTold();
    void wrongStreams_areRefused_data();
    void wrongStreams_areRefused();
    void soundThatNeverComes_isRefusedBeforeMemoryFills();
    void soundThatJumps_isRefused_data();
    void soundThatJumps_isRefused();
};

void TestReleaseRule::prefixes_areReleasedWhenClosedAndSounding()
{
    // S(480) = 768000 = 750 * 1024, S(481) = 769600, S(485) = 776000. Decode order 480 484 482...
    ReleaseRule rule({30, 1}, 480, 750 * 1024);
    QVERIFY(rule.add(makeVideo(480, 478, true)));
    QVERIFY(rule.take().empty()); // closed, but without sound up to S(481)
    QVERIFY(rule.add(makeAudio(750 * 1024)));
    QVERIFY(rule.take().empty()); // sound ends at 769024
    QVERIFY(rule.add(makeAudio(751 * 1024)));
    TimelineBatch batch = rule.take();
    QCOMPARE(batch.size(), std::size_t(3)); // both begin before S(481)
    QCOMPARE(rule.nextFrame(), qint64(481));
    QCOMPARE(*rule.nextSample(), qint64(752 * 1024));
    for (qint64 pts = 752 * 1024; pts < 790000; pts += 1024)
        QVERIFY(rule.add(makeAudio(pts)));
    for (const qint64 frame : {484, 482, 481}) {
        QVERIFY(rule.add(makeVideo(frame, 479, false)));
        QVERIFY(rule.take().empty()); // 483 is missing below 484
    }
    QVERIFY(rule.add(makeVideo(483, 482, false)));
    batch = rule.take();
    QCOMPARE(rule.nextFrame(), qint64(485));
    QCOMPARE(batch.size(), std::size_t(4 + 6)); // sound from 752 to 757, below 776000
}

void TestReleaseRule::killAtEveryPoint_losesAndRepeatsNothing_data()
{
    QTest::addColumn<QString>("fps");
    QTest::addColumn<qint64>("first");
    QTest::addColumn<int>("soundLag");
    QTest::newRow("30") << u"30"_s << qint64(480) << 0;
    QTest::newRow("30, sound late") << u"30"_s << qint64(480) << 7;
    QTest::newRow("30, sound early") << u"30"_s << qint64(480) << -7;
    QTest::newRow("29.97 far out") << u"29.97"_s << qint64(1000003) << 2;
    QTest::newRow("59.94") << u"59.94"_s << qint64(483) << 3;
    QTest::newRow("25 past 31 bits") << u"25"_s << qint64(2147483700) << 1;
}

// A session is killed after each of its packets in turn, a second one goes on: what came out of
// both together must be a stream without a fault.
void TestReleaseRule::killAtEveryPoint_losesAndRepeatsNothing()
{
    QFETCH(QString, fps);
    QFETCH(qint64, first);
    QFETCH(int, soundLag);
    const FrameRate rate = FrameRate::parse(fps).value();
    constexpr qint64 kGop = 12;
    constexpr qint64 kCount = 40;
    const TimelineBatch session = makeSession(first, kCount, kGop, rate, soundLag);
    for (std::size_t killAt = 0; killAt <= session.size(); ++killAt) {
        TimelineBatch out;
        const auto collect = [&out](ReleaseRule &rule) {
            for (TimelinePacketPtr &packet : rule.take())
                out.push_back(std::move(packet));
        };
        ReleaseRule before(rate, first, std::nullopt);
        for (std::size_t i = 0; i < killAt; ++i) {
            QVERIFY(before.add(session[i]));
            collect(before);
        }
        const qint64 next = before.nextFrame();
        ReleaseRule after(rate, next, before.nextSample());
        for (const TimelinePacketPtr &packet :
             makeSession(next, first + kCount - next, kGop, rate, soundLag)) {
            QVERIFY(after.add(packet));
            collect(after);
        }
        QCOMPARE(after.nextFrame(), first + kCount);
        QCOMPARE(after.missingSamples(), qint64(0));
        QCOMPARE(after.heldPackets(), 0);

        QSet<qint64> frames;
        qint64 lastDts = first - 3;
        qint64 lastSample = -1;
        for (const TimelinePacketPtr &packet : out) {
            if (packet->isVideo()) {
                QCOMPARE(packet->dts, lastDts + 1);
                QVERIFY(packet->pts >= packet->dts);
                lastDts = packet->dts;
                frames.insert(packet->pts);
            } else {
                if (lastSample >= 0)
                    QCOMPARE(packet->pts, lastSample + 1024);
                lastSample = packet->pts;
            }
        }
        QCOMPARE(frames.size(), kCount);
        QVERIFY(lastSample + 1024 >= samplesBefore(first + kCount, rate));
    }
}

void TestReleaseRule::firstSession_startsWithTheSoundOfItsFirstFrame()
{
    const FrameRate rate{30, 1};
    ReleaseRule rule(rate, 500, std::nullopt); // S(500) = 800000 = 781.25 * 1024
    qint64 firstSample = -1;
    for (const TimelinePacketPtr &packet : makeSession(500, 20, 60, rate)) {
        QVERIFY(rule.add(packet));
        for (const TimelinePacketPtr &out : rule.take()) {
            if (!out->isVideo() && firstSample < 0)
                firstSample = out->pts;
        }
    }
    QCOMPARE(firstSample, qint64(781) * 1024);
}

void TestReleaseRule::missingSound_isTold()
{
    const FrameRate rate{30, 1};
    ReleaseRule rule(rate, 500, 781 * 1024);
    QVERIFY(rule.add(makeAudio(780 * 1024))); // known already: dropped
    QVERIFY(rule.add(makeAudio(783 * 1024)));
    QCOMPARE(rule.missingSamples(), qint64(2048));
}

void TestReleaseRule::wrongStreams_areRefused_data()
{
    QTest::addColumn<QList<qint64>>("frames");
    QTest::addColumn<QList<bool>>("keys");
    QTest::newRow("not the first frame") << QList<qint64>{501} << QList<bool>{true};
    QTest::newRow("no key frame") << QList<qint64>{500} << QList<bool>{false};
    QTest::newRow("twice") << QList<qint64>{500, 504, 504} << QList<bool>{true, false, false};
    QTest::newRow("one missing") << QList<qint64>{500, 502, 503, 504}
                                 << QList<bool>{true, false, false, false};
    QTest::newRow("a jump of an hour")
        << QList<qint64>{500, 108501, 108502, 108503} << QList<bool>{true, false, false, false};
    QTest::newRow("before") << QList<qint64>{500, 499} << QList<bool>{true, false};
}

void TestReleaseRule::wrongStreams_areRefused()
{
    QFETCH(QList<qint64>, frames);
    QFETCH(QList<bool>, keys);
    ReleaseRule rule({30, 1}, 500, std::nullopt);
    const auto add = [&](qsizetype i) {
        return rule.add(makeVideo(frames[i], 500 + i - 2, keys[i])); // as a delay of 2 makes it
    };
    for (qsizetype i = 0; i + 1 < frames.size(); ++i)
        QVERIFY(add(i));
    const Result<void> last = add(frames.size() - 1);
    QVERIFY(!last);
    QCOMPARE(last.error().code, ErrorCode::Corrupt);
}

void TestReleaseRule::soundThatNeverComes_isRefusedBeforeMemoryFills()
{
    ReleaseRule rule({30, 1}, 500, std::nullopt);
    int added = 0;
    while (added < 2000 && rule.add(makeVideo(500 + added, 498 + added, added == 0)))
        ++added;
    QVERIFY(added < 1000);
}

void TestReleaseRule::soundThatJumps_isRefused_data()
{
    QTest::addColumn<qint64>("nextSample"); // -1: not known
    QTest::addColumn<QList<qint64>>("samples");
    constexpr qint64 kHour = 3600 * 48000 / 1024 * 1024;
    constexpr qint64 kNone = -1;
    constexpr qint64 kKnown = 781 * 1024;
    QTest::newRow("an hour ahead") << kKnown << QList<qint64>{781 * 1024, 782 * 1024 + kHour};
    QTest::newRow("an hour back") << kKnown << QList<qint64>{781 * 1024, 782 * 1024 - kHour};
    QTest::newRow("begins an hour ahead") << kKnown << QList<qint64>{781 * 1024 + kHour};
    QTest::newRow("begins an hour back") << kKnown << QList<qint64>{781 * 1024 - kHour};
    QTest::newRow("first session, ahead") << kNone << QList<qint64>{781 * 1024 + kHour};
    QTest::newRow("first session, negative") << kNone << QList<qint64>{-1024};
    QTest::newRow("at the end of all numbers")
        << kNone << QList<qint64>{std::numeric_limits<qint64>::max()};
}

// Sound that is far ahead would set free all pictures, and be heard of no more.
void TestReleaseRule::soundThatJumps_isRefused()
{
    QFETCH(qint64, nextSample);
    QFETCH(QList<qint64>, samples);
    ReleaseRule rule({30, 1}, 500,
                     nextSample < 0 ? std::nullopt : std::optional(nextSample)); // S(500) = 800000
    for (qsizetype i = 0; i + 1 < samples.size(); ++i)
        QVERIFY(rule.add(makeAudio(samples[i])));
    const Result<void> last = rule.add(makeAudio(samples.last()));
    QVERIFY(!last);
    QCOMPARE(last.error().code, ErrorCode::Corrupt);
}

QObject *makeReleaseRuleTest()
{
    return new TestReleaseRule;
}

} // namespace continuo::test

#include "tst_releaserule.moc"
