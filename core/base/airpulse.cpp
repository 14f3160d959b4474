// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/airpulse.h"

namespace continuo {

namespace {

constexpr int kPatience = 8; // looks

} // namespace

std::shared_ptr<AirPulse::Clock> AirPulse::add(const QString &channel)
{
    auto clock = std::make_shared<Clock>();
    clock->channel = channel;
    const std::lock_guard lock(m_mutex);
    m_clocks.push_back({clock, -1, 0});
    return clock;
}

AirPulse::Reading AirPulse::look()
{
    Reading reading;
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_clocks, [](const Watched &watched) { return watched.clock.expired(); });
    for (Watched &watched : m_clocks) {
        const std::shared_ptr<Clock> clock = watched.clock.lock();
        if (!clock)
            continue;
        const std::int64_t turns = clock->turns.load(std::memory_order_relaxed);
        watched.unmoved = turns == watched.turns ? watched.unmoved + 1 : 0;
        watched.turns = turns;
        reading.frames.insert(clock->channel, qint64(clock->frame.load(std::memory_order_relaxed)));
        if (watched.unmoved >= kPatience)
            reading.stuck = clock->channel;
    }
    return reading;
}

} // namespace continuo
