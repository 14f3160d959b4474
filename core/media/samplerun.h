// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/avptr.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace continuo {

/// Time base in house samples.
constexpr AVRational kHouseBase{1, kHouseSampleRate};

/// Decoded sound frames that follow each other without a gap: how many samples each has, and what
/// time the file says. Timestamps may be rounded (to 1 ms in Matroska), sample counts are not:
/// over some frames the rounding shows, and with it where the first sample truly lies.
class SampleRun final {
public:
    SampleRun() = default;
    /// \p rate: of the samples, in Hz; \p base: of the timestamps.
    SampleRun(int rate, AVRational base)
        : m_rate(rate)
        , m_base(base)
    {
    }

    /// The next frame. One without a timestamp (AV_NOPTS_VALUE) only counts.
    void add(std::int64_t stamp, int samples);

    int rate() const { return m_rate; }
    std::size_t frames() const { return m_frames.size(); }

    /// The number of the sample of \p whole (whose first is number 0) at which \p part begins, if
    /// the file goes on without a gap from the one to the other. Nothing where the timestamps do
    /// not tell it to the sample. \p grid: sizes of frames that are not in the two runs are
    /// multiples of it, in samples; 0: they are as those in the runs.
    static std::optional<std::int64_t> offset(const SampleRun &whole, const SampleRun &part,
                                              std::int64_t grid);

private:
    struct Frame {
        std::int64_t stamp;
        std::int64_t before; ///< samples before it in the run
        int samples;
    };
    /// What the timestamps say of the run's first sample, in 1/m_base.den of a sample.
    struct Sight {
        std::int64_t low;
        std::int64_t high;
    };
    std::optional<Sight> sight(std::int64_t reference) const;
    std::int64_t commonSize(std::int64_t divisor) const;

    int m_rate = 0;
    AVRational m_base{1, 1};
    std::vector<Frame> m_frames;
};

} // namespace continuo
