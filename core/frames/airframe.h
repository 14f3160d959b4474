// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace continuo {

/// One numbered frame of a channel, as it goes to the encoder. Immutable once aired; any thread.
struct AirFrame {
    std::int64_t number = 0;
    /// yuv420p without padding, HouseFormat::pictureBytes() bytes; lives as long as keepAlive.
    const std::uint8_t *picture = nullptr;
    std::shared_ptr<const void> keepAlive; ///< pins the frame-store slot (or another buffer)
    /// s16 interleaved stereo, samples S(number) to S(number + 1).
    std::vector<std::int16_t> sound;
};

using AirFramePtr = std::shared_ptr<const AirFrame>;

} // namespace continuo
