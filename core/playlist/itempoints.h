// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/playlist/playlistitem.h"

namespace continuo {

/// The part of its clip that an item shows, in house frames of the clip: [in, out).
struct ItemPoints {
    std::int64_t in = 0;
    std::int64_t out = -1; ///< -1: to the clip's end

    friend bool operator==(const ItemPoints &, const ItemPoints &) = default;
    /// A list file may say so; the item has nothing to show then.
    bool areEmpty() const { return out >= 0 && out <= in; }
    /// Frames of the item when its clip has \p clipFrames, at least 0; -1: not known.
    std::int64_t framesOf(std::int64_t clipFrames) const;
};

ItemPoints pointsOf(const PlaylistItem &item, FrameRate rate);

/// Sets the points that are given, as parseTimecode() takes them; an empty text takes one away.
/// Errors: InvalidArgument (no time, or an out that is not behind the in); \p item is as it was.
Result<void> setPoints(PlaylistItem &item, const std::optional<QString> &in,
                       const std::optional<QString> &out, FrameRate rate);

/// Why an item with these points shows nothing of a clip of \p clipFrames (-1: not known).
std::optional<Error> nothingToShow(const ItemPoints &points, std::int64_t clipFrames,
                                   FrameRate rate);

} // namespace continuo
