// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace continuo {

/// Sound at the places where the programme is cut: without these a skip would click.
/// All buffers are s16 interleaved stereo.

/// The samples [offset, offset + count) of a slot; silence where the slot has fewer.
std::vector<std::int16_t> soundOfSlot(const std::int16_t *samples, std::int64_t available,
                                      std::int64_t offset, std::int64_t count);

/// Fades \p sound in over its first 5 ms (or all of it, if shorter), mixing in \p leaving (what the
/// item that is left would have sounded), which fades out over the same time.
void fadeOver(std::vector<std::int16_t> &sound, const std::vector<std::int16_t> &leaving);

/// Fades \p sound to silence within its first 5 ms.
void fadeOut(std::vector<std::int16_t> &sound);

} // namespace continuo
