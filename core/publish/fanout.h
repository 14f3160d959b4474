// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/destination.h"

#include <memory>
#include <mutex>
#include <vector>

namespace continuo {

/// Hands each released packet to every destination, and keeps the newest group of pictures for one
/// that comes later. Any thread; distribute() from one at a time.
class Fanout final {
public:
    enum class Start {
        AtNewestKey, ///< begins with the group of pictures that is being sent
        AtNextKey, ///< begins with the next
    };

    void add(std::shared_ptr<Destination> destination, Start start);
    /// Packets of before: the newest group of pictures counts as being sent.
    void seed(const TimelineBatch &packets);
    void remove(const std::shared_ptr<Destination> &destination);
    /// May wait when a destination's queue does (PacketQueue::WhenFull::Wait).
    void distribute(const TimelineBatch &batch);

private:
    void keep(const TimelinePacketPtr &packet); // m_mutex held

    std::mutex m_mutex;
    std::vector<std::shared_ptr<Destination>> m_destinations; // guarded by m_mutex
    TimelineBatch m_group; // since the newest key frame; guarded by m_mutex
};

} // namespace continuo
