// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace continuo {

/// Keeps the true peak of 48 kHz stereo under a ceiling. The gain is one for both sides, moves
/// within 40 ms before and after a peak, and is exactly 1 where there is none to hold: such samples
/// pass unchanged. One thread.
///
/// Its memory is finite: what comes out for a sample depends on kReach samples before and after it
/// and on nothing else (the sums are integers, so nothing is left of what has passed through).
/// Begun so far before, it goes on with the same samples, to the bit.
class TruePeakLimiter final {
    static constexpr int kTaps = 24; // of the interpolation, 12 on each side
    static constexpr int kWindow = 1920; // samples before and after: 40 ms

public:
    static constexpr int kReach = 2 * kWindow + kTaps / 2;

    explicit TruePeakLimiter(double ceilingDb);

    /// Takes interleaved samples and appends as many to \p out: those from kReach before. Before
    /// the first there was silence.
    void process(std::span<const float> samples, std::vector<float> &out);

private:
    static constexpr std::size_t kDelay = kReach + 1; // samples in the delay line
    static constexpr int kPhases = 3; // points between two samples
    static constexpr int kBox = kWindow + 1; // two of these follow each other
    static constexpr std::int64_t kUnity = std::int64_t(1) << 30;

    /// The running sum of the last kBox values.
    class Box final {
    public:
        explicit Box(std::int64_t value)
            : m_values(std::size_t(kBox), value)
            , m_sum(value * kBox)
        {
        }
        std::int64_t push(std::int64_t value);

    private:
        std::vector<std::int64_t> m_values;
        std::size_t m_next = 0;
        std::int64_t m_sum;
    };
    struct Low {
        std::int64_t number;
        std::int64_t gain;
    };

    float peakBefore(std::size_t newest) const;
    std::int64_t lowest(std::int64_t gain);

    const float m_ceiling;
    std::array<std::array<float, kTaps>, kPhases> m_phases;
    float m_quiet; ///< below it no point between samples comes above the ceiling
    std::vector<float> m_delay; ///< interleaved; a ring of kDelay samples
    std::int64_t m_number = 0; ///< of samples taken
    std::int64_t m_loudAt; ///< the last sample above m_quiet
    float m_peakBetween = 0; ///< between the sample that is judged and the one before it
    std::deque<Low> m_lows; ///< rising: the first is the lowest gain of the window
    Box m_first{kUnity};
    Box m_second{kUnity * kBox};
};

} // namespace continuo
