// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/timeline.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace continuo {

/// The packets that wait for one destination. Bounded by bytes and frames; when it is full, the
/// policy says what happens. One thread pushes, one pops, any may ask or close.
class PacketQueue final {
public:
    enum class WhenFull {
        DropGroups, ///< forget whole groups of pictures, go on at a key frame; counted
        Wait, ///< the one who pushes waits: for work that is not paced
    };
    struct Limits {
        qint64 bytes = 64 * 1024 * 1024;
        int frames = 1800;
        WhenFull whenFull = WhenFull::DropGroups;
        bool isHeld = false; ///< pop() gives nothing before preload()
    };
    enum class Pop { Packet, Timeout, Closed };

    explicit PacketQueue(Limits limits)
        : m_limits(limits)
        , m_isHeld(limits.isHeld)
    {
    }

    /// Adds a packet; nothing after close(). Blocks only with WhenFull::Wait, until there is room
    /// or the queue is closed.
    void push(const TimelinePacketPtr &packet);
    /// Puts packets before those that wait, however many they are, and lets pop() begin.
    void preload(const TimelineBatch &packets);
    /// Takes the next packet into \p packet; Timeout when none came within \p timeout; Closed when
    /// the queue is closed and empty.
    Pop pop(TimelinePacketPtr &packet, std::chrono::milliseconds timeout);
    /// Waits without taking anything; true when the queue is closed.
    bool waitForClose(std::chrono::milliseconds timeout);
    /// Forgets everything before the last key frame (all, when there is none) without counting:
    /// for a destination that was not connected. What follows begins at a key frame.
    void skipToLastKey();
    /// No more packets; those waiting can still be popped.
    void close();
    /// Forgets what waits, too: pop() says Closed at once.
    void abort();

    qint64 droppedFrames() const;
    int waitingFrames() const;

private:
    bool isFull() const; // m_mutex held
    void dropGroups(); // m_mutex held
    void forgetFront(); // m_mutex held

    const Limits m_limits;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    // All below: guarded by m_mutex.
    std::deque<TimelinePacketPtr> m_packets;
    qint64 m_bytes = 0;
    int m_frames = 0;
    qint64 m_droppedFrames = 0;
    bool m_waitsForKey = false;
    bool m_isClosed = false;
    bool m_isHeld = false;
};

} // namespace continuo
