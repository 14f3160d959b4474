// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/standin.h"

#include <algorithm>
#include <vector>

namespace continuo {

namespace {

// In limited range: Y 16, U and V 128.
HousePicture blackPicture(const HouseFormat &format)
{
    auto black
        = std::make_shared<std::vector<std::uint8_t>>(std::size_t(format.pictureBytes()), 128);
    std::fill_n(black->begin(), std::ptrdiff_t(format.width) * format.height, std::uint8_t(16));
    return {black->data(), black};
}

} // namespace

StandIn::StandIn(const HouseFormat &format)
    : m_slate{blackPicture(format), {}, {}}
{
}

void StandIn::setSlate(SlateShow slate)
{
    // The old one goes after the lock: it may be the last to hold its memory.
    const std::lock_guard lock(m_mutex);
    std::swap(m_slate, slate);
}

HousePicture StandIn::slate(std::chrono::microseconds wall) const
{
    const std::lock_guard lock(m_mutex);
    return m_slate.next.data && wall >= m_slate.nextFrom ? m_slate.next : m_slate.now;
}

} // namespace continuo
