// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/samplerun.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace continuo {

void SampleRun::add(std::int64_t stamp, int samples)
{
    const std::int64_t before
        = m_frames.empty() ? 0 : m_frames.back().before + m_frames.back().samples;
    m_frames.push_back({stamp, before, samples});
}

std::optional<SampleRun::Sight> SampleRun::sight(std::int64_t reference) const
{
    // The first frame of a stream may be cut (priming) and its time moved by a rounded amount.
    const std::size_t from = m_frames.size() > 2 ? 1 : 0;
    std::optional<Sight> seen;
    for (std::size_t i = from; i < m_frames.size(); ++i) {
        const Frame &frame = m_frames[i];
        if (frame.stamp == AV_NOPTS_VALUE)
            continue;
        const std::int64_t value
            = (frame.stamp - reference) * m_base.num * m_rate - frame.before * m_base.den;
        if (!seen)
            seen = Sight{value, value};
        seen->low = std::min(seen->low, value);
        seen->high = std::max(seen->high, value);
    }
    return seen;
}

std::int64_t SampleRun::commonSize(std::int64_t divisor) const
{
    // The last frame may be cut; it moves none of the others.
    for (std::size_t i = 1; i + 1 < m_frames.size(); ++i)
        divisor = std::gcd(divisor, std::int64_t(m_frames[i].samples));
    return divisor;
}

std::optional<std::int64_t> SampleRun::offset(const SampleRun &whole, const SampleRun &part,
                                              std::int64_t grid)
{
    if (whole.m_frames.size() < 2 || part.m_frames.empty() || whole.m_rate != part.m_rate
        || av_cmp_q(whole.m_base, part.m_base) != 0
        || whole.m_frames.front().stamp == AV_NOPTS_VALUE)
        return std::nullopt;
    const std::int64_t reference = whole.m_frames.front().stamp;
    const std::optional<Sight> start = whole.sight(reference);
    const std::optional<Sight> here = part.sight(reference);
    if (!start || !here)
        return std::nullopt;
    // All in 1/den of a sample from here on.
    const std::int64_t den = whole.m_base.den;
    const std::int64_t tick = std::int64_t(whole.m_base.num) * whole.m_rate;
    // More scatter than rounding to a tick explains: the clock of the file is not that of its
    // samples.
    if (std::max(start->high - start->low, here->high - here->low) > tick + den)
        return std::nullopt;
    const auto slack = [tick](const Sight &seen) {
        return std::max<std::int64_t>(tick - (seen.high - seen.low), 0) / 2;
    };
    const std::int64_t offset = (here->low + here->high) / 2 - (start->low + start->high) / 2;
    // The part begins where a frame of the whole begins.
    const std::int64_t first = whole.m_frames.front().samples;
    const std::int64_t size = std::max<std::int64_t>(part.commonSize(whole.commonSize(grid)), 1);
    const std::int64_t unit = size * den;
    // Ticks that divide a sample, or frames that are whole ticks: nothing was rounded.
    const bool isExact = den % tick == 0
        || (unit % tick == 0 && start->high == start->low && here->high == here->low);
    const std::int64_t doubt = isExact ? 0 : slack(*start) + slack(*here) + den / 2;
    if (doubt > 0 && doubt * 2 >= unit)
        return std::nullopt;
    const std::int64_t fromFirst = offset - first * den;
    const std::int64_t steps
        = (fromFirst >= 0 ? fromFirst + unit / 2 : fromFirst - unit / 2) / unit;
    if (std::abs(fromFirst - steps * unit) > doubt + den / 2)
        return std::nullopt;
    return first + steps * size;
}

} // namespace continuo
