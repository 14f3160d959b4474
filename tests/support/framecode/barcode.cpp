// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/barcode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace framecode {

namespace {

constexpr int kColumns = 8;
constexpr int kRows = 7;
constexpr double kPlateX = 0.1;
constexpr double kPlateY = 0.2;
constexpr double kCellWidth = 0.1;
constexpr double kCellHeight = 1.0 / 15;
constexpr std::array<bool, kColumns> kFinder{true, false, true, true, false, false, true, false};
// Keeps white and black mixed for small numbers, whose bits are nearly all zero.
constexpr std::uint64_t kMask = 0x5A33C69A5C3Aull;
// Away from the ends of the range, so that no range conversion clips them.
constexpr std::uint8_t kBlack = 32;
constexpr std::uint8_t kWhite = 220;
constexpr int kMinContrast = 50;

// 3 x 5 pixels a digit, the rows from the top, 3 bits each.
constexpr std::array<std::uint16_t, 10> kDigits{
    0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111, 0b101101111001001,
    0b111100111001111, 0b111100111101111, 0b111001010010010, 0b111101111101111, 0b111101111001111};

std::uint16_t crc16(std::uint32_t value)
{
    std::uint32_t crc = 0xFFFF;
    for (int shift = 24; shift >= 0; shift -= 8) {
        crc ^= ((value >> shift) & 0xFFu) << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000u) != 0 ? ((crc << 1) ^ 0x1021u) & 0xFFFFu : (crc << 1) & 0xFFFFu;
    }
    return static_cast<std::uint16_t>(crc);
}

std::uint64_t wordOf(const PictureCode &code)
{
    const std::uint32_t payload = (static_cast<std::uint32_t>(code.clip) << 20)
        | (static_cast<std::uint32_t>(code.frame) & 0xFFFFFu);
    return ((static_cast<std::uint64_t>(payload) << 16) | crc16(payload)) ^ kMask;
}

bool cellIsWhite(std::uint64_t word, int column, int row)
{
    if (row == 0)
        return kFinder[static_cast<std::size_t>(column)];
    const int bit = (kRows - 1) * kColumns - 1 - ((row - 1) * kColumns + column);
    return ((word >> bit) & 1u) != 0;
}

void fill(const LumaCanvas &canvas, const Area &unit, std::uint8_t value)
{
    const int left = std::max(0, static_cast<int>(std::lround(unit.x * canvas.width)));
    const int right = std::min(canvas.width,
                               static_cast<int>(std::lround((unit.x + unit.width) * canvas.width)));
    const int top = std::max(0, static_cast<int>(std::lround(unit.y * canvas.height)));
    const int bottom = std::min(
        canvas.height, static_cast<int>(std::lround((unit.y + unit.height) * canvas.height)));
    for (int y = top; y < bottom && right > left; ++y) {
        std::uint8_t *line = canvas.data + y * canvas.stepY;
        if (canvas.stepX == 1) {
            std::memset(line + left, value, static_cast<std::size_t>(right - left));
            continue;
        }
        for (int x = left; x < right; ++x)
            line[x * canvas.stepX] = value;
    }
}

void paintNumber(const LumaCanvas &canvas, int number, int digits, double x, double y)
{
    constexpr double kDot = 0.018; // of the height; the width of a dot is taken from the shape
    const double dotX = std::min(0.012, kDot * canvas.height / canvas.width);
    for (int place = digits - 1; place >= 0; --place, number /= 10) {
        const std::uint16_t glyph = kDigits[static_cast<std::size_t>(number % 10)];
        for (int dot = 0; dot < 15; ++dot) {
            const bool lit = ((glyph >> (14 - dot)) & 1) != 0;
            const Area area{x + (place * 4 + dot % 3) * dotX, y + (dot / 3) * kDot, dotX, kDot};
            fill(canvas, area, lit ? kWhite : kBlack);
        }
    }
}

int sampleAt(const LumaView &picture, int x, int y)
{
    const std::uint8_t *at = picture.data + y * picture.stepY + x * picture.stepX;
    if (picture.bytesPerSample == 1)
        return *at;
    std::uint16_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word >> picture.shift;
}

/// Mean of at most 8 x 8 samples in the middle half of a cell, which scaling and coding smear
/// least.
double cellMean(const LumaView &picture, const Area &area, int column, int row)
{
    const double cellWidth = area.width * kCellWidth;
    const double cellHeight = area.height * kCellHeight;
    const double x0 = area.x + area.width * kPlateX + (column + 0.25) * cellWidth;
    const double y0 = area.y + area.height * kPlateY + (row + 0.25) * cellHeight;
    const int countX = std::clamp(static_cast<int>(cellWidth / 2), 2, 8);
    const int countY = std::clamp(static_cast<int>(cellHeight / 2), 2, 8);
    int sum = 0;
    for (int j = 0; j < countY; ++j) {
        const double y = y0 + cellHeight / 2 * (j + 0.5) / countY;
        const int line = std::clamp(static_cast<int>(y), 0, picture.height - 1);
        for (int i = 0; i < countX; ++i) {
            const double x = x0 + cellWidth / 2 * (i + 0.5) / countX;
            sum += sampleAt(picture, std::clamp(static_cast<int>(x), 0, picture.width - 1), line);
        }
    }
    return static_cast<double>(sum) / (countX * countY);
}

} // namespace

Area fittedArea(const Rate &aspect, int width, int height)
{
    const double shape = aspect.value();
    Area area{0, 0, static_cast<double>(width), static_cast<double>(height)};
    if (shape * height < width)
        area.width = shape * height;
    else
        area.height = width / shape;
    area.x = (width - area.width) / 2;
    area.y = (height - area.height) / 2;
    return area;
}

Area brightArea(const LumaView &picture)
{
    constexpr int kBar = 26; // black bars are 16, with some ringing of the coder
    const int stride = std::max(1, std::min(picture.width, picture.height) / 180);
    const auto rowIsBright = [&](int y) {
        int bright = 0;
        for (int x = 0; x < picture.width; x += stride)
            bright += sampleAt(picture, x, y) > kBar ? 1 : 0;
        return bright * stride * 10 > picture.width;
    };
    const auto columnIsBright = [&](int x) {
        int bright = 0;
        for (int y = 0; y < picture.height; y += stride)
            bright += sampleAt(picture, x, y) > kBar ? 1 : 0;
        return bright * stride * 10 > picture.height;
    };
    int top = 0;
    int bottom = picture.height - 1;
    int left = 0;
    int right = picture.width - 1;
    while (top < bottom && !rowIsBright(top))
        ++top;
    while (bottom > top && !rowIsBright(bottom))
        --bottom;
    while (left < right && !columnIsBright(left))
        ++left;
    while (right > left && !columnIsBright(right))
        --right;
    if (bottom - top < 16 || right - left < 16)
        return {0, 0, static_cast<double>(picture.width), static_cast<double>(picture.height)};
    return {static_cast<double>(left), static_cast<double>(top), right - left + 1.0,
            bottom - top + 1.0};
}

ReadResult readCode(const LumaView &picture, const Area &area)
{
    ReadResult result;
    std::array<double, kColumns> finder{};
    double white = 0;
    double black = 0;
    int whites = 0;
    for (int column = 0; column < kColumns; ++column) {
        const auto at = static_cast<std::size_t>(column);
        finder[at] = cellMean(picture, area, column, 0);
        (kFinder[at] ? white : black) += finder[at];
        whites += kFinder[at] ? 1 : 0;
    }
    white /= whites;
    black /= kColumns - whites;
    const double middle = (white + black) / 2;
    if (white - black < kMinContrast)
        return result;
    int wrong = 0;
    for (std::size_t column = 0; column < kColumns; ++column)
        wrong += (finder[column] > middle) != kFinder[column] ? 1 : 0;
    if (wrong > 1)
        return result;
    result.contrast = static_cast<int>(white - black);
    result.state = ReadState::Damaged;
    std::uint64_t word = 0;
    for (int row = 1; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column)
            word = (word << 1) | (cellMean(picture, area, column, row) > middle ? 1u : 0u);
    }
    word ^= kMask;
    const auto payload = static_cast<std::uint32_t>(word >> 16);
    if (wrong == 0 && crc16(payload) == (word & 0xFFFFu)) {
        result.state = ReadState::Read;
        result.code = {static_cast<int>(payload >> 20), static_cast<int>(payload & 0xFFFFFu)};
    }
    return result;
}

void paintCode(const LumaCanvas &canvas, const PictureCode &code)
{
    const std::uint64_t word = wordOf(code);
    // The quiet zone round the plate and the ground of the numbers.
    fill(canvas,
         {kPlateX - 0.03, kPlateY - 0.03, kColumns * kCellWidth + 0.06, kRows * kCellHeight + 0.2},
         kBlack);
    for (int row = 0; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column) {
            if (!cellIsWhite(word, column, row))
                continue;
            fill(canvas,
                 {kPlateX + column * kCellWidth, kPlateY + row * kCellHeight, kCellWidth,
                  kCellHeight},
                 kWhite);
        }
    }
    const double numbersY = kPlateY + kRows * kCellHeight + 0.04;
    paintNumber(canvas, code.clip, 4, kPlateX, numbersY);
    paintNumber(canvas, code.frame, 7, 0.5, numbersY);
}

CodeFinder::CodeFinder(std::vector<Rate> shapes)
    : m_shapes(std::move(shapes))
{
    const auto add = [this](const Rate &shape) {
        if (std::find(m_shapes.begin(), m_shapes.end(), shape) == m_shapes.end())
            m_shapes.push_back(shape);
    };
    std::vector<Rate> given;
    given.swap(m_shapes);
    for (const Rate &shape : given)
        add(shape);
    for (const Rate &shape : {Rate{16, 9}, Rate{4, 3}, Rate{9, 16}})
        add(shape);
}

ReadResult CodeFinder::read(const LumaView &picture)
{
    ReadResult best;
    const auto isFound = [&best](const ReadResult &result) {
        if (result.state == ReadState::Damaged && best.state == ReadState::None)
            best = result;
        return result.state == ReadState::Read;
    };
    for (std::size_t tried = 0; tried < m_shapes.size(); ++tried) {
        // The last place first, then the others in order.
        std::size_t at = tried;
        if (tried == 0)
            at = m_last;
        else if (tried <= m_last)
            at = tried - 1;
        const Area area = fittedArea(m_shapes[at], picture.width, picture.height);
        const ReadResult result = readCode(picture, area);
        if (isFound(result)) {
            m_last = at;
            return result;
        }
    }
    const ReadResult result = readCode(picture, brightArea(picture));
    return isFound(result) ? result : best;
}

} // namespace framecode
