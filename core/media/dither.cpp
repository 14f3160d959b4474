// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/dither.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

constexpr float kFullScale = 32768;

/// Two uniform numbers of 0 to 1, less 1: steps of s16. The mixing is that of SplitMix64.
float triangular(std::uint64_t number)
{
    std::uint64_t bits = (number + 1) * 0x9e3779b97f4a7c15U;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    bits ^= bits >> 31;
    constexpr float unit = 1.0F / 16777216; // 24 bits are what a float holds
    return float(bits >> 40) * unit + float(bits & 0xffffffU) * unit - 1;
}

} // namespace

void ditherToHouse(std::span<const float> samples, std::int64_t position,
                   std::span<std::int16_t> house)
{
    const auto first = std::uint64_t(position) * 2;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const float exact = samples[i] * kFullScale;
        float value = std::nearbyintf(exact);
        if (value != exact)
            value = std::nearbyintf(exact + triangular(first + i));
        // Written so that no number (NaN) is silence.
        house[i] = value >= -kFullScale ? std::int16_t(std::min(value, kFullScale - 1))
            : value < 0                 ? std::int16_t(-32768)
                                        : std::int16_t(0);
    }
}

} // namespace continuo
