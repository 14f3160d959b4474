// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_loudness.h"

#include "core/levels/gainplan.h"
#include "core/levels/loudnessmeter.h"
#include "tests/support/loudness/loudness.h"

#include <QRegularExpression>
#include <QTest>

#include <malloc.h>

#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::optional<double> kNothing;

LoudnessMeter meterOf(const std::vector<float> &samples)
{
    LoudnessMeter meter = LoudnessMeter::create().value();
    meter.add(samples);
    return meter;
}

} // namespace

void TestLoudness::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestLoudness::meter_saysWhatFfmpegSays_data()
{
    QTest::addColumn<TestSignal>("signal");
    QTest::addColumn<double>("gain");
    for (const double gain : {0.0, -20.0}) {
        QTest::addRow("sine, %g dB", gain) << TestSignal::Sine << gain;
        QTest::addRow("speech, %g dB", gain) << TestSignal::Speech << gain;
        QTest::addRow("clipped noise, %g dB", gain) << TestSignal::ClippedNoise << gain;
        QTest::addRow("steps, %g dB", gain) << TestSignal::Steps << gain;
        QTest::addRow("between samples, %g dB", gain) << TestSignal::BetweenSamples << gain;
    }
}

void TestLoudness::meter_saysWhatFfmpegSays()
{
    QFETCH(TestSignal, signal);
    QFETCH(double, gain);
    const std::vector<float> samples = raised(testSignal(signal, 10), gain);
    const LoudnessMeter meter = meterOf(samples);
    const JudgedLoudness judged = judgeLoudness(samples, m_folder.path());
    QVERIFY2(judged.failure.isEmpty(), qPrintable(judged.failure));
    QVERIFY(meter.integrated() && meter.truePeak());
    // ffmpeg rounds to a tenth, and finds the points between samples by another filter.
    const QByteArray what = QByteArray::number(*meter.integrated()) + " LUFS, "
        + QByteArray::number(*meter.truePeak()) + " dBTP; ffmpeg: "
        + QByteArray::number(judged.integrated) + ", " + QByteArray::number(judged.truePeak);
    QVERIFY2(std::abs(*meter.integrated() - judged.integrated) < 0.11, what.constData());
    // What was clipped has a spectrum up to the end, where the filters differ most.
    const double apart = signal == TestSignal::ClippedNoise ? 1.5 : 0.5;
    QVERIFY2(std::abs(*meter.truePeak() - judged.truePeak) < apart, what.constData());
}

void TestLoudness::meter_knowsTheReferenceTone()
{
    // EBU Tech 3341, test 1: both sides at -23 dBFS are -23 LUFS in all three.
    const LoudnessMeter meter = meterOf(raised(testSignal(TestSignal::Sine, 20), -3));
    QVERIFY(std::abs(meter.momentary().value_or(0) + 23) < 0.1);
    QVERIFY(std::abs(meter.shortTerm().value_or(0) + 23) < 0.1);
    QVERIFY(std::abs(meter.integrated().value_or(0) + 23) < 0.1);
    QVERIFY(std::abs(meter.truePeak().value_or(0) + 23) < 0.1);
}

void TestLoudness::meter_hearsSixteenBitsAsFloats()
{
    const std::vector<float> samples = testSignal(TestSignal::Speech, 5);
    std::vector<std::int16_t> house;
    for (const float sample : samples)
        house.push_back(std::int16_t(std::lrint(sample * 32767)));
    LoudnessMeter meter = LoudnessMeter::create().value();
    meter.add(house);
    const LoudnessMeter other = meterOf(samples);
    QVERIFY(std::abs(meter.integrated().value_or(0) - other.integrated().value_or(-99)) < 0.02);
    QVERIFY(std::abs(meter.truePeak().value_or(0) - other.truePeak().value_or(-99)) < 0.02);
    QVERIFY(meter.lastTruePeak() == meter.truePeak());
    meter.add(std::vector<std::int16_t>(9600, 0));
    meter.add(std::vector<std::int16_t>(9600, 0));
    QCOMPARE(meter.lastTruePeak(), kNothing);
}

void TestLoudness::meter_saysNothingOfSilence()
{
    LoudnessMeter meter = LoudnessMeter::create().value();
    QCOMPARE(meter.integrated(), kNothing);
    meter.add(std::vector<float>(96'000 * 5));
    QCOMPARE(meter.momentary(), kNothing);
    QCOMPARE(meter.shortTerm(), kNothing);
    QCOMPARE(meter.integrated(), kNothing);
    QCOMPARE(meter.truePeak(), kNothing);
    // 350 ms are less than a block.
    const LoudnessMeter brief = meterOf(testSignal(TestSignal::Sine, 0.35));
    QCOMPARE(brief.integrated(), kNothing);
    QVERIFY(brief.truePeak());
}

void TestLoudness::meter_forgetsWhatIsNoNumber()
{
    LoudnessMeter meter = LoudnessMeter::create().value();
    meter.add(std::vector<float>{std::numeric_limits<float>::quiet_NaN(),
                                 std::numeric_limits<float>::infinity()});
    meter.add(testSignal(TestSignal::Sine, 5));
    QVERIFY(std::abs(meter.integrated().value_or(0) + 20) < 0.1);
    QVERIFY(std::abs(meter.truePeak().value_or(0) + 20) < 0.1);
}

void TestLoudness::meter_keepsItsSize()
{
    const std::vector<float> second = testSignal(TestSignal::Speech, 1);
    LoudnessMeter meter = meterOf(second);
    const std::size_t before = ::mallinfo2().uordblks;
    for (int i = 0; i < 300; ++i)
        meter.add(second);
    QCOMPARE(::mallinfo2().uordblks, before);
}

void TestLoudness::plan_comesToTheTarget_data()
{
    using Bound = GainPlan::Bound;
    using Number = std::optional<double>;
    QTest::addColumn<Number>("integrated");
    QTest::addColumn<Number>("peak");
    QTest::addColumn<double>("gain");
    QTest::addColumn<Bound>("bound");
    QTest::newRow("raised") << Number(-30) << Number(-20) << 7.0 << Bound::None;
    QTest::newRow("lowered") << Number(-5) << Number(0.5) << -18.0 << Bound::None;
    QTest::newRow("limited a little") << Number(-33) << Number(-8) << 10.0 << Bound::None;
    QTest::newRow("limited too much") << Number(-40) << Number(-8) << 12.0 << Bound::Peaks;
    QTest::newRow("very soft") << Number(-60) << Number(-50) << 30.0 << Bound::Boost;
    QTest::newRow("very soft, with a click") << Number(-60) << Number(-10) << 14.0 << Bound::Peaks;
    QTest::newRow("too short, soft") << Number() << Number(-20) << 0.0 << Bound::Unmeasured;
    QTest::newRow("too short, loud") << Number() << Number(1) << -3.0 << Bound::Unmeasured;
    QTest::newRow("silence") << Number() << Number() << 0.0 << Bound::Unmeasured;
    QTest::newRow("no peak known") << Number(-30) << Number() << 7.0 << Bound::None;
}

void TestLoudness::plan_comesToTheTarget()
{
    QFETCH(std::optional<double>, integrated);
    QFETCH(std::optional<double>, peak);
    QFETCH(double, gain);
    const GainPlan plan = GainPlan::of({integrated, peak}, -23);
    QVERIFY2(std::abs(plan.gainDb - gain) < 1e-9, qPrintable(QString::number(plan.gainDb)));
    QTEST(plan.bound, "bound");
}

} // namespace continuo
