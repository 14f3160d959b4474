// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/rate.h"

#include <cstddef>
#include <cstdint>
#include <vector>

// The bar code in the luma: a plate of 8 columns and 7 rows, in the picture as it is displayed
// from 10 % to 90 % of the width and 20 % to 66.7 % of the height. The first row is a fixed
// pattern (finder, and the levels of black and white); the other 48 cells are 12 bits of clip,
// 20 bits of frame and a CRC of 16 bits. Cells are a tenth of the width and a fifteenth of the
// height, so that a portrait clip in a house picture of 160x90 still has cells of 5 x 6 pixels.
namespace framecode {

inline constexpr int kMaxClip = (1 << 12) - 1;
inline constexpr int kMaxFrame = (1 << 20) - 1;

struct PictureCode {
    int clip = 0;
    int frame = 0;
    bool operator==(const PictureCode &) const = default;
};

/// A picture of luma samples that someone else owns. The steps (in bytes) may be negative or
/// swapped: a rotated view costs nothing.
template <typename Byte> struct BasicLumaView {
    Byte *data = nullptr;
    std::ptrdiff_t stepX = 1;
    std::ptrdiff_t stepY = 0;
    int width = 0;
    int height = 0;
    int bytesPerSample = 1; // 2: native-endian words
    int shift = 0; // right shift that brings a sample to 8 bits

    /// This stored picture as a player shows it that turns it clockwise by 0, 90, 180 or 270.
    BasicLumaView turned(int degrees) const
    {
        BasicLumaView view = *this;
        if (degrees == 90) {
            view.data = data + (height - 1) * stepY;
            view.stepX = -stepY;
            view.stepY = stepX;
        } else if (degrees == 180) {
            view.data = data + (height - 1) * stepY + (width - 1) * stepX;
            view.stepX = -stepX;
            view.stepY = -stepY;
        } else if (degrees == 270) {
            view.data = data + (width - 1) * stepX;
            view.stepX = stepY;
            view.stepY = -stepX;
        }
        if (degrees == 90 || degrees == 270) {
            view.width = height;
            view.height = width;
        }
        return view;
    }

    /// This picture as a mirror shows it: left and right exchanged.
    BasicLumaView mirrored() const
    {
        BasicLumaView view = *this;
        view.data = data + (width - 1) * stepX;
        view.stepX = -stepX;
        return view;
    }
};
using LumaView = BasicLumaView<const std::uint8_t>;
using LumaCanvas = BasicLumaView<std::uint8_t>;

/// Where the clip's picture lies in the picture that is read, in pixels.
struct Area {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

/// The area of a picture of displayed shape `aspect` that is fitted and centred in width x height.
Area fittedArea(const Rate &aspect, int width, int height);

/// The box of all that is brighter than black bars; the whole picture if there is none.
Area brightArea(const LumaView &picture);

enum class ReadState {
    Read,
    Damaged, // the finder row is there, the checksum is wrong
    None, // no code: slate, title card, something else
};

struct ReadResult {
    ReadState state = ReadState::None;
    PictureCode code;
    int contrast = 0; // between the finder row's white and black, 0 to 255
};

ReadResult readCode(const LumaView &picture, const Area &area);

/// Draws the plate, and the numbers for people under it, over the whole canvas (8 bits only).
void paintCode(const LumaCanvas &canvas, const PictureCode &code);

/// Reads the code of picture after picture, trying first where the last one was found, then the
/// given shapes, then the bright area.
class CodeFinder {
public:
    /// Shapes that clips may have, as displayed (16:9, 4:3, 9:16 …), most likely first.
    explicit CodeFinder(std::vector<Rate> shapes);

    ReadResult read(const LumaView &picture);

private:
    std::vector<Rate> m_shapes;
    std::size_t m_last = 0;
};

} // namespace framecode
