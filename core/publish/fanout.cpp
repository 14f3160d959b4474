// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/fanout.h"

#include <algorithm>

namespace continuo {

namespace {

// A stream without key frames must not fill the memory: one that is longer is not kept.
constexpr std::size_t kMaxGroupPackets = 10000;

} // namespace

void Fanout::add(std::shared_ptr<Destination> destination, Start start)
{
    const std::scoped_lock lock(m_mutex);
    if (start == Start::AtNewestKey) {
        for (const TimelinePacketPtr &packet : m_group)
            destination->push(packet);
    }
    m_destinations.push_back(std::move(destination));
}

void Fanout::keep(const TimelinePacketPtr &packet)
{
    if (packet->isVideo() && packet->isKey)
        m_group.clear();
    if (m_group.size() < kMaxGroupPackets)
        m_group.push_back(packet);
}

void Fanout::seed(const TimelineBatch &packets)
{
    const std::scoped_lock lock(m_mutex);
    for (const TimelinePacketPtr &packet : packets)
        keep(packet);
}

void Fanout::remove(const std::shared_ptr<Destination> &destination)
{
    const std::scoped_lock lock(m_mutex);
    std::erase(m_destinations, destination);
}

void Fanout::distribute(const TimelineBatch &batch)
{
    std::vector<std::shared_ptr<Destination>> destinations;
    {
        const std::scoped_lock lock(m_mutex);
        for (const TimelinePacketPtr &packet : batch)
            keep(packet);
        destinations = m_destinations;
    }
    // Outside the lock: one added in between has got these packets with the group.
    for (const std::shared_ptr<Destination> &destination : destinations) {
        for (const TimelinePacketPtr &packet : batch)
            destination->push(packet);
    }
}

} // namespace continuo
