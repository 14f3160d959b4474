// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <algorithm>
#include <optional>

namespace continuo {

/// Where the clock of a slate (HH:MM) stands in a house picture, in cells of one size, and where
/// its digits stand when a player hands them over: 0 to 9 and the colon, in a row from the upper
/// left corner of a house picture. All by the house format, so that the engine has nothing to
/// believe. Places and sizes are even, so that a cell's samples of colour are whole.
struct SlateClockPlace {
    static constexpr int kCells = 5; ///< of a clock
    static constexpr int kGlyphs = 11; ///< that are handed over
    static constexpr int kColon = 10;

    int cellWidth = 0;
    int cellHeight = 0;
    int fontSize = 0;
    int x = 0; ///< of the first cell
    int y = 0;

    /// Planes Y, U, V of one cell.
    std::size_t cellBytes() const
    {
        return std::size_t(cellWidth) * std::size_t(cellHeight) * 3 / 2;
    }

    /// Nothing where the picture is too small for digits that could be read.
    static std::optional<SlateClockPlace> in(const HouseFormat &format)
    {
        constexpr int kLeastHeight = 8;
        const int unit = std::min(format.width, format.height * 16 / 9); // as the letters of cards
        SlateClockPlace place;
        place.cellHeight = (unit * 9 / 160) & ~1;
        place.fontSize = place.cellHeight * 80 / 100;
        place.cellWidth = (place.fontSize * 72 / 100 + 1) & ~1; // a bold digit is 0.7 of its size
        // In the middle of the card's lower band, as far from the edge as its text.
        place.x = (format.width * 92 / 100 - kCells * place.cellWidth) & ~1;
        place.y = (format.height * 94 / 100 - place.cellHeight / 2) & ~1;
        if (place.cellHeight < kLeastHeight || place.x < 0
            || place.y + place.cellHeight > format.height
            || kGlyphs * place.cellWidth > format.width)
            return std::nullopt;
        return place;
    }
};

} // namespace continuo
