// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace continuo {

/// Turns float stereo (interleaved, full scale 1) into s16, with triangular dither of +-1 step. The
/// dither depends on nothing but the number of the sample, \p position being that of the first, so
/// that a player which begins in the midst of an item hands over the same samples.
/// A value that s16 holds exactly stays what it is: 16-bit material and silence come through to the
/// bit.
void ditherToHouse(std::span<const float> samples, std::int64_t position,
                   std::span<std::int16_t> house);

} // namespace continuo
