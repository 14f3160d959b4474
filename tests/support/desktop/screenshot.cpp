// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/desktop/screenshot.h"

#include "ui/widgets/palette.h"

#include <utility>

namespace {

const continuo::Palette &palette()
{
    static const continuo::Palette dark = continuo::Palette::dark();
    return dark;
}

// Longest run of pixels of \p color (or, with \p isOther, of any other) in row \p y from \p x on.
std::pair<int, int> longestRun(const QImage &image, int y, int from, const QColor &color,
                               bool isOther)
{
    const QRgb wanted = color.rgb();
    const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
    int bestStart = 0;
    int best = 0;
    int start = from;
    for (int x = from; x <= image.width(); ++x) {
        const bool fits = x < image.width() && ((line[x] == wanted) != isOther);
        if (fits)
            continue;
        if (x - start > best) {
            best = x - start;
            bestStart = start;
        }
        start = x + 1;
    }
    return {bestStart, best};
}

} // namespace

Screenshot::Screenshot(QImage image)
    : m_image(std::move(image))
{
}

std::optional<QRect> Screenshot::onAirRow() const
{
    constexpr int kMinWidth = 200; // of unbroken red ground: nothing else has it
    constexpr int kMinHeight = 20;
    int top = -1;
    QRect row;
    for (int y = 0; y < m_image.height(); ++y) {
        const auto [x, width] = longestRun(m_image, y, 0, palette().onAirRow, false);
        if (width >= kMinWidth) {
            if (top < 0) {
                top = y;
                row = {x, y, width, 0};
            }
            row.setBottom(y);
        } else if (top >= 0) {
            break;
        }
    }
    if (top < 0 || row.height() < kMinHeight)
        return std::nullopt;
    return row;
}

std::optional<QRect> Screenshot::row(int number, int onAirNumber) const
{
    const std::optional<QRect> onAir = onAirRow();
    if (!onAir)
        return std::nullopt;
    const int height = onAir->height() + 1; // and the line between rows
    return QRect(onAir->left(), onAir->top() + (number - onAirNumber) * height, onAir->width(),
                 height);
}

bool Screenshot::hasRow(int number, int onAirNumber) const
{
    const std::optional<QRect> area = row(number, onAirNumber);
    if (!area || !m_image.rect().contains(*area))
        return false;
    // Its middle: the frame of a selected row on air makes the rows seem to lie a few pixels off.
    const int quarter = area->height() / 4;
    const QImage inside = m_image.copy(area->adjusted(0, quarter, 0, -quarter));
    for (int y = 0; y < inside.height(); ++y) {
        if (longestRun(inside, y, 0, palette().background, false).second < inside.width())
            return true;
    }
    return false;
}

std::optional<QRect> Screenshot::preview() const
{
    const std::optional<QRect> onAir = onAirRow();
    if (!onAir)
        return std::nullopt;
    constexpr int kMinWidth = 240;
    constexpr int kMinHeight = 120;
    QRect found;
    for (int y = 0; y < m_image.height(); ++y) {
        auto [x, width] = longestRun(m_image, y, onAir->right() + 4, palette().background, true);
        // Beyond the window stands the root's black.
        if (width < kMinWidth || (!found.isNull() && x != found.left())) {
            if (found.height() >= kMinHeight)
                return found;
            found = {};
            if (width < kMinWidth)
                continue;
        }
        if (found.isNull())
            found = {x, y, width, 1};
        found.setBottom(y);
    }
    return std::nullopt;
}

framecode::ReadResult Screenshot::code() const
{
    const std::optional<QRect> area = preview();
    if (!area)
        return {};
    const QImage luma = m_image.copy(*area).convertToFormat(QImage::Format_Grayscale8);
    const framecode::LumaView view{
        luma.constBits(), 1, luma.bytesPerLine(), luma.width(), luma.height(), 1, 0};
    return framecode::readCode(
        view, {0, 0, static_cast<double>(luma.width()), static_cast<double>(luma.height())});
}
