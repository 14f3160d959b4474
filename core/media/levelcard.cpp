// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/levelcard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace continuo {

namespace {

// A segment is a decibel: of the mean power of a frame, 0 being that of a square wave of full
// scale. Speech and music at -23 LUFS light about half of them.
constexpr int kMostSegments = 48;
constexpr double kFloorDb = -48;

// The house has half as many pixels of colour each way.
constexpr int even(int value)
{
    return value & ~1;
}

} // namespace

LevelCard::LevelCard(const HouseFormat &format, Ground ground)
    : m_format(format)
    , m_ground(ground)
{
    const int unit = std::min(format.width, format.height * 16 / 9);
    m_barHeight = std::max(2, even(unit * 12 / 1280));
    m_gap = std::max(2, even(unit * 8 / 1280));
    m_left = even(format.width * 8 / 100); // where the title's bar stands, too
    const int room = format.width - 2 * m_left;
    m_segments = std::min(kMostSegments, room / 2);
    m_pitch = even(room / m_segments);
    const int rows = 2 * m_barHeight + m_gap;
    m_barTop = std::max(0, even(format.height * 88 / 100 - rows));
    const int margin = 2 * m_gap;
    m_top = std::max(0, m_barTop - margin);
    m_bandHeight = std::min(even(format.height), m_barTop + rows + margin) - m_top;
}

int LevelCard::litBy(std::span<const std::int16_t> samples, int side) const
{
    double power = 0;
    for (std::size_t i = std::size_t(side); i < samples.size(); i += 2)
        power += double(samples[i]) * double(samples[i]);
    if (power == 0)
        return 0;
    const double full = 32768.0 * 32768.0 * double(samples.size() / 2);
    const double db = 10 * std::log10(power / full);
    return std::clamp(int(std::ceil(m_segments * (1 - db / kFloorDb))), 0, m_segments);
}

void LevelCard::fill(std::span<std::uint8_t> picture, const Box &box, const Paint &paint) const
{
    const std::size_t luma = std::size_t(m_format.width) * std::size_t(m_format.height);
    const std::array<std::size_t, 3> firsts{0, luma, luma + luma / 4};
    const std::array<int, 3> values{paint.y, paint.u, paint.v};
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const int scale = plane == 0 ? 1 : 2;
        const int stride = m_format.width / scale;
        std::uint8_t *line = picture.data() + firsts[plane]
            + std::ptrdiff_t(box.top / scale) * stride + box.left / scale;
        for (int y = 0; y < box.height / scale; ++y, line += stride) {
            std::transform(line, line + box.width / scale, line, [&](std::uint8_t below) {
                return std::uint8_t(
                    (values[plane] * paint.cover + below * (256 - paint.cover) + 128) / 256);
            });
        }
    }
}

void LevelCard::draw(std::span<std::uint8_t> picture, std::span<const std::int16_t> samples) const
{
    // #5aa9e6, the accent of the card, and #2a303a in BT.709.
    constexpr Paint kLit{150, 163, 91};
    constexpr Paint kUnlit{57, 133, 125};
    constexpr Paint kShade{16, 128, 128, 212};
    if (m_ground == Ground::Cover)
        fill(picture, {0, m_top, m_format.width, m_bandHeight}, kShade);
    const int width = m_pitch > 2 ? m_pitch - std::max(2, even(m_pitch / 4)) : m_pitch;
    for (int side = 0; side < 2; ++side) {
        const int lit = litBy(samples, side);
        const int top = m_barTop + side * (m_barHeight + m_gap);
        for (int i = 0; i < m_segments; ++i)
            fill(picture, {m_left + i * m_pitch, top, width, m_barHeight}, i < lit ? kLit : kUnlit);
    }
}

} // namespace continuo
