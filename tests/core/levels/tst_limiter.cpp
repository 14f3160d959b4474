// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_limiter.h"

#include "core/levels/truepeaklimiter.h"
#include "tests/support/cputime.h"
#include "tests/support/loudness/loudness.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kCeiling = -2;

/// In step with what went in.
std::vector<float> limited(const std::vector<float> &samples, double ceilingDb = kCeiling)
{
    TruePeakLimiter limiter(ceilingDb);
    std::vector<float> out;
    limiter.process(samples, out);
    limiter.process(std::vector<float>(std::size_t(TruePeakLimiter::kReach) * 2), out);
    out.erase(out.begin(), out.begin() + TruePeakLimiter::kReach * 2);
    return out;
}

/// By four times the rate, with a filter four times as long as the limiter's.
double truePeakOf(const std::vector<float> &samples)
{
    constexpr int half = 48;
    double most = 0;
    for (int phase = 0; phase < 4; ++phase) {
        std::vector<double> taps;
        for (int k = -half + 1; k <= half; ++k) {
            const double x = std::numbers::pi * (k - phase / 4.0);
            const double window = 0.5 + 0.5 * std::cos(x / half);
            taps.push_back(std::abs(x) < 1e-9 ? 1 : std::sin(x) / x * window);
        }
        const auto count = std::ptrdiff_t(samples.size() / 2);
        const double *const tap = taps.data(); // what is below takes nearly all of the time
        for (std::ptrdiff_t n = half; n + half < count; ++n) {
            for (std::ptrdiff_t side = 0; side < 2; ++side) {
                const float *const sample = samples.data() + (n - half + 1) * 2 + side;
                double value = 0;
                for (std::ptrdiff_t k = 0; k < 2 * half; ++k)
                    value += tap[k] * double(sample[k * 2]);
                most = std::max(most, std::abs(value));
            }
        }
    }
    return 20 * std::log10(most);
}

} // namespace

void TestLimiter::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestLimiter::peaks_stayUnderTheCeiling_data()
{
    QTest::addColumn<TestSignal>("signal");
    QTest::addColumn<double>("gain");
    QTest::newRow("sine 10 dB over") << TestSignal::Sine << 28.0;
    QTest::newRow("speech") << TestSignal::Speech << 6.0;
    QTest::newRow("speech far over") << TestSignal::Speech << 20.0;
    QTest::newRow("clipped noise") << TestSignal::ClippedNoise << 0.0;
    QTest::newRow("clipped noise far over") << TestSignal::ClippedNoise << 12.0;
    QTest::newRow("steps") << TestSignal::Steps << 6.0;
    QTest::newRow("between samples") << TestSignal::BetweenSamples << 6.0;
}

void TestLimiter::peaks_stayUnderTheCeiling()
{
    QFETCH(TestSignal, signal);
    QFETCH(double, gain);
    const std::vector<float> samples = raised(testSignal(signal, 2), gain);
    const std::vector<float> out = limited(samples);
    QCOMPARE(out.size(), samples.size());
    const double before = truePeakOf(samples);
    const double peak = truePeakOf(out);
    const JudgedLoudness judged = judgeLoudness(out, m_folder.path());
    qInfo("%.2f dBTP come out at %.2f, by ffmpeg %.1f", before, peak, judged.truePeak);
    QVERIFY(before > kCeiling);
    // Of what was clipped, which has a spectrum up to the end, a filter as steep as this one makes
    // more than those of meters, which BS.1770 leaves a wide slope.
    QVERIFY(peak <= kCeiling + (signal == TestSignal::ClippedNoise ? 1 : 0.1));
    QVERIFY2(judged.failure.isEmpty(), qPrintable(judged.failure));
    QVERIFY(judged.truePeak <= kCeiling + 0.2);
}

void TestLimiter::sound_underTheCeilingPassesUnchanged()
{
    const std::vector<float> samples = raised(testSignal(TestSignal::Speech, 2), -6);
    QVERIFY(limited(samples) == samples);
}

void TestLimiter::sound_isHeldNoLongerThanItsPeakNeeds()
{
    // 80 ms before and after a click all is as it was.
    std::vector<float> samples = testSignal(TestSignal::Sine, 1);
    samples[48'000] = 4;
    const std::vector<float> out = limited(samples);
    const std::ptrdiff_t reach = TruePeakLimiter::kReach * 2;
    QVERIFY(std::equal(out.begin(), out.begin() + 48'000 - reach, samples.begin()));
    QVERIFY(std::equal(out.begin() + 48'000 + reach, out.end(), samples.begin() + 48'000 + reach));
    QVERIFY(out[47'900] != samples[47'900]);
}

void TestLimiter::limiter_goesOnTheSameWhereverItBegins()
{
    const std::vector<float> samples = raised(testSignal(TestSignal::Speech, 2), 15);
    const std::vector<float> whole = limited(samples);
    for (const std::ptrdiff_t from : {1, 4'000, 24'000, 24'001, 60'123, 90'000}) {
        const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(from - TruePeakLimiter::kReach, 0);
        const std::vector<float> part
            = limited(std::vector<float>(samples.begin() + begin * 2, samples.end()));
        QVERIFY(std::equal(whole.begin() + from * 2, whole.end(), part.begin() + (from - begin) * 2,
                           part.end()));
    }
}

void TestLimiter::limiter_takesPortionsOfAnySize()
{
    const std::vector<float> samples = raised(testSignal(TestSignal::ClippedNoise, 1), 3);
    const std::vector<float> whole = limited(samples);
    TruePeakLimiter limiter(kCeiling);
    std::vector<float> out;
    std::size_t size = 2;
    for (std::size_t at = 0; at < samples.size(); at += size) {
        size = std::min(size * 3, samples.size() - at);
        limiter.process(std::span(samples).subspan(at, size), out);
    }
    const std::ptrdiff_t delay = TruePeakLimiter::kReach * 2;
    QVERIFY(std::equal(out.begin() + delay, out.end(), whole.begin()));
}

void TestLimiter::limiter_costsLittle()
{
    // Of the worst kind: there is a peak to be found everywhere.
    const std::vector<float> samples = testSignal(TestSignal::ClippedNoise, 1);
    const long before = threadCpuMs();
    limited(samples);
    qInfo("%.1f %% of a processor", double(threadCpuMs() - before) / 10);
}

} // namespace continuo
