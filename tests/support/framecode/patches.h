// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/barcode.h"

#include <array>
#include <cstdint>
#include <span>

// A row of coloured patches above the bar code, of known colours: how a clip writes them down is
// reckoned here from the standards' numbers, so that what a player makes of them tells whether it
// has understood matrix and range.
namespace framecode {

enum class Matrix { Bt601, Bt709, Smpte240M, Fcc, Bt2020 };
enum class Range { Limited, Full };

struct Colours {
    Matrix matrix = Matrix::Bt709;
    Range range = Range::Limited;
    bool isTold = true; // else a player has to guess, by the size of the picture
};

/// Planes of 8 bits without padding, the chroma of half the size both ways; even sizes.
template <typename Byte> struct BasicPlanes {
    std::span<Byte> bytes;
    int width = 0;
    int height = 0;
};
using Planes = BasicPlanes<const std::uint8_t>;
using PlanesCanvas = BasicPlanes<std::uint8_t>;

inline constexpr int kPatches = 8;

/// Y, Cb and Cr of 8 bits.
std::array<double, 3> patchCodes(int patch, Matrix matrix, Range range);
/// Over the whole of the canvas, as paintCode() does it.
void paintPatches(const PlanesCanvas &canvas, Matrix matrix, Range range);
/// The mean of the middle of a patch, where the clip's picture lies in that area of the planes.
std::array<double, 3> readPatch(const Planes &picture, const Area &area, int patch);

} // namespace framecode
