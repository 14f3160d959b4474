// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <cstdint>
#include <span>

namespace continuo {

/// Two rows of segments at the foot of a picture, left over right: how loud a frame is of a clip
/// that has nothing else to look at. Each frame's are drawn from its own samples and nothing is
/// kept between frames, so that a clip which is begun in its midst shows what it shows there
/// always.
class LevelCard final {
public:
    enum class Ground {
        Card, ///< dark where the segments are
        Cover, ///< anything: a band is darkened for them
    };
    LevelCard(const HouseFormat &format, Ground ground);

    /// Over a house picture (Y, U, V planes without padding); \p samples: stereo, interleaved.
    void draw(std::span<std::uint8_t> picture, std::span<const std::int16_t> samples) const;

    /// How many of the segments are lit on side 0 (left) or 1; silence lights none.
    int litBy(std::span<const std::int16_t> samples, int side) const;
    int segments() const { return m_segments; }
    /// What of the picture is drawn over, in lines; the rest is left as it is.
    int top() const { return m_top; }
    int bottom() const { return m_top + m_bandHeight; }

private:
    struct Box {
        int left = 0; ///< all even
        int top = 0;
        int width = 0;
        int height = 0;
    };
    /// Y, U and V, and how much of them covers what is there, of 256.
    struct Paint {
        int y = 0;
        int u = 0;
        int v = 0;
        int cover = 256;
    };
    void fill(std::span<std::uint8_t> picture, const Box &box, const Paint &paint) const;

    HouseFormat m_format;
    Ground m_ground;
    int m_left = 0;
    int m_top = 0; ///< of the band
    int m_barTop = 0; ///< of the upper row
    int m_barHeight = 0;
    int m_gap = 0; ///< between the rows
    int m_bandHeight = 0;
    int m_segments = 0;
    int m_pitch = 0; ///< from one segment to the next
};

} // namespace continuo
