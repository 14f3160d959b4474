// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_stalldetector.h"

#include "core/channel/stalldetector.h"

#include <QTest>

#include <functional>

using namespace std::chrono_literals;

namespace continuo {

namespace {

using Verdict = StallDetector::Verdict;
using Reading = StallDetector::Reading;

// Four readings a second, as the chain takes them; when the first verdict came, or -1 s.
std::chrono::milliseconds stuckAfter(StallDetector &detector, Reading reading,
                                     const std::function<void(Reading &)> &change, Verdict expected,
                                     std::chrono::milliseconds limit = 20s)
{
    for (auto passed = 0ms; passed <= limit; passed += 250ms) {
        const Verdict verdict = detector.judge(reading);
        if (verdict == expected)
            return passed;
        if (verdict != Verdict::Moving)
            return -2s;
        reading.now += 250ms;
        change(reading);
    }
    return -1s;
}

// A session whose encoder has delivered and whose publisher talks.
Reading running(StallDetector &detector)
{
    Reading reading;
    reading.now = StallDetector::Clock::time_point(1000s);
    reading.isInputFull = true;
    for (int i = 0; i < 4; ++i) {
        reading.acknowledged += 1000;
        reading.encoderTicks += 10;
        reading.publisherWords += 8;
        detector.judge(reading);
        reading.now += 250ms;
    }
    return reading;
}

} // namespace

void TestStallDetector::idleEncoder_isStuckAfterOneSecond()
{
    StallDetector detector;
    const auto after = stuckAfter(
        detector, running(detector), [](Reading &now) { ++now.publisherWords; },
        Verdict::EncoderStuck);
    QVERIFY2(after >= 750ms && after <= 1250ms, qPrintable(QString::number(after.count())));
}

void TestStallDetector::busyEncoder_getsThreeSeconds()
{
    StallDetector detector;
    const auto after = stuckAfter(
        detector, running(detector),
        [](Reading &now) {
            ++now.publisherWords;
            ++now.encoderTicks;
        },
        Verdict::EncoderStuck);
    QVERIFY2(after >= 2750ms && after <= 3250ms, qPrintable(QString::number(after.count())));
}

void TestStallDetector::firstPacket_getsFiveSeconds()
{
    StallDetector detector;
    Reading reading;
    reading.now = StallDetector::Clock::time_point(1000s);
    reading.isInputFull = true;
    const auto after = stuckAfter(
        detector, reading, [](Reading &now) { ++now.publisherWords; }, Verdict::EncoderStuck);
    QVERIFY2(after >= 4750ms && after <= 5250ms, qPrintable(QString::number(after.count())));
}

void TestStallDetector::encoderWithoutInput_isNotStuck()
{
    StallDetector detector;
    Reading reading = running(detector);
    reading.isInputFull = false;
    const auto after = stuckAfter(
        detector, reading, [](Reading &now) { ++now.publisherWords; }, Verdict::EncoderStuck);
    QCOMPARE(after, -1s);
}

void TestStallDetector::fullOutput_isThePublishersFault()
{
    StallDetector detector;
    Reading reading = running(detector);
    reading.isOutputHalf = true;
    const auto after = stuckAfter(
        detector, reading, [](Reading &now) { ++now.publisherWords; }, Verdict::PublisherStuck);
    QVERIFY2(after >= 2750ms && after <= 3250ms, qPrintable(QString::number(after.count())));
}

void TestStallDetector::silentPublisher_isStuck()
{
    StallDetector detector;
    Reading reading = running(detector);
    reading.isInputFull = false;
    const auto after = stuckAfter(
        detector, reading, [](Reading &) {}, Verdict::PublisherStuck);
    QVERIFY2(after >= 2750ms && after <= 3250ms, qPrintable(QString::number(after.count())));
}

// And nobody else is judged as long as it cannot acknowledge anything.
void TestStallDetector::publisherWithoutAFirstWord_getsTenSeconds()
{
    StallDetector detector;
    Reading reading;
    reading.now = StallDetector::Clock::time_point(1000s);
    reading.isInputFull = true;
    reading.isPublisherReady = false;
    const auto after = stuckAfter(
        detector, reading, [](Reading &) {}, Verdict::PublisherStuck);
    QVERIFY2(after >= 9750ms && after <= 10250ms, qPrintable(QString::number(after.count())));
}

void TestStallDetector::afterStandingStillOurselves_nobodyIsBlamed()
{
    StallDetector detector;
    Reading reading = running(detector);
    reading.now += 60s;
    QCOMPARE(detector.judge(reading), Verdict::Moving);
    reading.now += 250ms;
    QCOMPARE(detector.judge(reading), Verdict::Moving);
}

} // namespace continuo
