// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/levels/truepeaklimiter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace continuo {

namespace {

double interpolationAt(double distance, double half)
{
    if (std::abs(distance) >= half)
        return 0;
    const double x = std::numbers::pi * distance;
    const double window = 0.5 + 0.5 * std::cos(x / half);
    return (distance == 0 ? 1 : std::sin(x) / x) * window;
}

} // namespace

TruePeakLimiter::TruePeakLimiter(double ceilingDb)
    : m_ceiling(float(std::pow(10, ceilingDb / 20)))
    , m_phases{}
    , m_delay(kDelay * 2)
    , m_loudAt(-kTaps - 1)
{
    double most = 1;
    for (int phase = 0; phase < kPhases; ++phase) {
        double sum = 0;
        double bound = 0;
        std::array<double, kTaps> taps{};
        for (int tap = 0; tap < kTaps; ++tap) {
            const double place = double(phase + 1) / (kPhases + 1) + kTaps / 2 - 1;
            taps[std::size_t(tap)] = interpolationAt(tap - place, kTaps / 2.0);
            sum += taps[std::size_t(tap)];
        }
        for (int tap = 0; tap < kTaps; ++tap) {
            const double value = taps[std::size_t(tap)] / sum;
            m_phases[std::size_t(phase)][std::size_t(tap)] = float(value);
            bound += std::abs(value);
        }
        most = std::max(most, bound);
    }
    m_quiet = m_ceiling / float(most);
}

std::int64_t TruePeakLimiter::Box::push(std::int64_t value)
{
    m_sum += value - m_values[m_next];
    m_values[m_next] = value;
    m_next = m_next + 1 < m_values.size() ? m_next + 1 : 0;
    return m_sum;
}

// The highest point between two neighbours, which stand kTaps/2 samples before the newest.
float TruePeakLimiter::peakBefore(std::size_t newest) const
{
    // In order of time, so that the compiler can take four at once.
    std::array<std::array<float, kTaps>, 2> taken;
    std::size_t at = (newest + kDelay + 1 - kTaps) % kDelay;
    for (std::size_t tap = 0; tap < kTaps; ++tap) {
        taken[0][tap] = m_delay[at * 2];
        taken[1][tap] = m_delay[at * 2 + 1];
        at = at + 1 < kDelay ? at + 1 : 0;
    }
    float peak = 0;
    for (const std::array<float, kTaps> &phase : m_phases) {
        for (const std::array<float, kTaps> &side : taken) {
            float value = 0;
            for (std::size_t tap = 0; tap < kTaps; ++tap)
                value += side[tap] * phase[tap];
            peak = std::max(peak, std::abs(value));
        }
    }
    return peak;
}

// Of the gains within kWindow before and after the one that it is the turn of.
std::int64_t TruePeakLimiter::lowest(std::int64_t gain)
{
    while (!m_lows.empty() && m_lows.back().gain >= gain)
        m_lows.pop_back();
    m_lows.push_back({m_number, gain});
    if (m_lows.front().number < m_number - 2 * kWindow)
        m_lows.pop_front();
    return m_lows.front().gain;
}

void TruePeakLimiter::process(std::span<const float> samples, std::vector<float> &out)
{
    constexpr double all = double(kUnity) * kBox * kBox;
    out.reserve(out.size() + samples.size());
    for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
        const auto newest = std::size_t(m_number % std::int64_t(kDelay));
        m_delay[newest * 2] = samples[i];
        m_delay[newest * 2 + 1] = samples[i + 1];
        if (std::max(std::abs(samples[i]), std::abs(samples[i + 1])) > m_quiet)
            m_loudAt = m_number;
        std::int64_t gain = kUnity;
        // Once more behind it, for the points before the sample that is judged then.
        if (m_number - m_loudAt <= kTaps) {
            const std::size_t judged = (newest + kDelay - kTaps / 2) % kDelay;
            const float after = peakBefore(newest);
            const float peak = std::max({std::abs(m_delay[judged * 2]),
                                         std::abs(m_delay[judged * 2 + 1]), m_peakBetween, after});
            m_peakBetween = after;
            if (peak > m_ceiling)
                gain = std::int64_t(double(m_ceiling) / double(peak) * double(kUnity));
        } else {
            m_peakBetween = 0;
        }
        const std::int64_t sum = m_second.push(m_first.push(lowest(gain)));
        const std::size_t oldest = newest + 1 < kDelay ? newest + 1 : 0;
        const auto factor = float(double(sum) / all);
        out.push_back(m_delay[oldest * 2] * factor);
        out.push_back(m_delay[oldest * 2 + 1] * factor);
        ++m_number;
    }
}

} // namespace continuo
