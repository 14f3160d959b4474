// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/patches.h"

#include <algorithm>
#include <cmath>

namespace framecode {

namespace {

// R'G'B': the primaries, a grey, skin, a dark blue, yellow and cyan; none so near the ends of the
// range that anything clips.
constexpr std::array<std::array<double, 3>, kPatches> kColours{{{0.75, 0.25, 0.13},
                                                                {0.13, 0.75, 0.25},
                                                                {0.25, 0.13, 0.75},
                                                                {0.69, 0.69, 0.69},
                                                                {0.88, 0.69, 0.56},
                                                                {0.25, 0.28, 0.38},
                                                                {0.80, 0.80, 0.20},
                                                                {0.20, 0.75, 0.80}}};

// As wide as the cells of the bar code, between the top of the picture and the plate.
constexpr Area kRow{0.1, 0.04, 0.1, 0.12};

struct Weights {
    double red = 0;
    double blue = 0;
};

// ITU-T H.273, table 4.
Weights weightsOf(Matrix matrix)
{
    switch (matrix) {
    case Matrix::Bt601:
        return {0.299, 0.114};
    case Matrix::Bt709:
        return {0.2126, 0.0722};
    case Matrix::Smpte240M:
        return {0.212, 0.087};
    case Matrix::Fcc:
        return {0.30, 0.11};
    case Matrix::Bt2020:
        return {0.2627, 0.0593};
    }
    return {};
}

struct Box {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
};

Box boxOf(const Area &area, double scale)
{
    const auto at = [scale](double value) { return static_cast<int>(std::lround(value * scale)); };
    return {at(area.x), at(area.y), at(area.x + area.width), at(area.y + area.height)};
}

/// Plane 0, 1 or 2, which begins so far behind the first byte.
std::size_t offsetOf(int plane, int width, int height)
{
    const auto luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    return plane == 0 ? 0 : luma + (plane == 2 ? luma / 4 : 0);
}

} // namespace

std::array<double, 3> patchCodes(int patch, Matrix matrix, Range range)
{
    const auto [kr, kb] = weightsOf(matrix);
    const auto &[red, green, blue] = kColours[static_cast<std::size_t>(patch)];
    const double y = kr * red + (1 - kr - kb) * green + kb * blue;
    const double cb = (blue - y) / (2 * (1 - kb));
    const double cr = (red - y) / (2 * (1 - kr));
    if (range == Range::Full)
        return {255 * y, 128 + 255 * cb, 128 + 255 * cr};
    return {16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr};
}

void paintPatches(const PlanesCanvas &canvas, Matrix matrix, Range range)
{
    for (int patch = 0; patch < kPatches; ++patch) {
        // Whole pixels of the chroma.
        const Area area{(kRow.x + kRow.width * patch) * canvas.width, kRow.y * canvas.height,
                        kRow.width * canvas.width, kRow.height * canvas.height};
        const Box box = boxOf(area, 0.5);
        const std::array<double, 3> codes = patchCodes(patch, matrix, range);
        for (int plane = 0; plane < 3; ++plane) {
            const int scale = plane == 0 ? 2 : 1;
            const int stride = plane == 0 ? canvas.width : canvas.width / 2;
            std::uint8_t *first
                = canvas.bytes.data() + offsetOf(plane, canvas.width, canvas.height);
            const auto value
                = static_cast<std::uint8_t>(std::lround(codes[static_cast<std::size_t>(plane)]));
            for (int y = box.top * scale; y < box.bottom * scale; ++y)
                std::fill(first + y * stride + box.left * scale,
                          first + y * stride + box.right * scale, value);
        }
    }
}

std::array<double, 3> readPatch(const Planes &picture, const Area &area, int patch)
{
    const Area middle{area.x + (kRow.x + kRow.width * (patch + 0.25)) * area.width,
                      area.y + (kRow.y + kRow.height * 0.25) * area.height,
                      kRow.width * area.width / 2, kRow.height * area.height / 2};
    std::array<double, 3> means{};
    for (int plane = 0; plane < 3; ++plane) {
        const Box box = boxOf(middle, plane == 0 ? 1 : 0.5);
        const int stride = plane == 0 ? picture.width : picture.width / 2;
        const std::uint8_t *first
            = picture.bytes.data() + offsetOf(plane, picture.width, picture.height);
        double sum = 0;
        for (int y = box.top; y < box.bottom; ++y) {
            for (int x = box.left; x < box.right; ++x)
                sum += first[y * stride + x];
        }
        means[static_cast<std::size_t>(plane)]
            = sum / ((box.right - box.left) * (box.bottom - box.top));
    }
    return means;
}

} // namespace framecode
