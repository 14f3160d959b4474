// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/logoplan.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <vector>

namespace continuo {

/// Where in the programme a frame stands, so that another engine can go on from there.
struct AirPosition {
    QString itemId; ///< empty: the slate; emergencyItemId(): the emergency clip
    std::int64_t airing = 0; ///< the frame number at which this item went on air
    std::int64_t before = 0; ///< item frame that was due when the frame was made
    std::int64_t after = 0; ///< item frame that follows it: the same after a held frame
};

/// How the sound of a frame was brought to the channel's loudness, so that another engine can go on
/// with that.
struct AirGain {
    enum class Kind : std::uint32_t {
        None, ///< it is as its file has it
        Measured, ///< one gain for the whole item
        Estimated, ///< by its player, on the way
    };
    Kind kind = Kind::None;
    std::int32_t centiDb = 0; ///< 1/100 dB
    std::int32_t targetCentiLufs = 0; ///< Estimated: what it is brought to, 1/100 LUFS

    bool operator==(const AirGain &) const = default;
};

/// What a channel has come to since it went on air, whichever engines aired it.
struct AirCounts {
    std::int64_t since = 0; ///< its first frame
    std::int64_t late = 0; ///< frames decided more than one frame after they were due
    std::int64_t held = 0; ///< frames that showed the last picture again because none was there
    std::int64_t dropped = 0; ///< frames left out because the encoder could not keep up
};

/// One numbered frame of a channel, as it goes to the encoder. Immutable once aired; any thread.
struct AirFrame {
    std::int64_t number = 0;
    /// yuv420p without padding, HouseFormat::pictureBytes() bytes; lives as long as keepAlive.
    const std::uint8_t *picture = nullptr;
    std::shared_ptr<const void> keepAlive; ///< pins the frame-store slot (or another buffer)
    /// s16 interleaved stereo, samples S(number) to S(number + 1).
    std::vector<std::int16_t> sound;
    bool isSlate = false; ///< it shows the slate, by programme or in place of an item
    bool isEmergency = false; ///< it shows the emergency clip, in place of the slate
    AirPosition position;
    AirGain gain; ///< of its sound
    AirCounts counts; ///< with this frame
    LogoRamp logoWanted; ///< whether what is on air wants the channel's logo: 0 to 255
};

using AirFramePtr = std::shared_ptr<const AirFrame>;

} // namespace continuo
