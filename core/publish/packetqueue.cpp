// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/packetqueue.h"

#include <algorithm>

namespace continuo {

namespace {

bool isVideoKey(const TimelinePacketPtr &packet)
{
    return packet->isVideo() && packet->isKey;
}

} // namespace

bool PacketQueue::isFull() const
{
    return m_bytes >= m_limits.bytes || m_frames >= m_limits.frames;
}

void PacketQueue::forgetFront()
{
    m_bytes -= m_packets.front()->sizeBytes();
    if (m_packets.front()->isVideo())
        --m_frames;
    m_packets.pop_front();
}

void PacketQueue::dropGroups()
{
    // All but the newest group goes: what is left is as near to now as can be. When the newest is
    // all there is, it goes too, and what follows is taken from the next key frame on.
    const auto newest = std::find_if(m_packets.rbegin(), m_packets.rend(), isVideoKey);
    qsizetype drop = newest == m_packets.rend() ? 0 : std::distance(newest, m_packets.rend()) - 1;
    if (drop == 0) {
        drop = qsizetype(m_packets.size());
        m_waitsForKey = true;
    }
    const int before = m_frames;
    for (; drop > 0; --drop)
        forgetFront();
    m_droppedFrames += before - m_frames;
}

void PacketQueue::push(const TimelinePacketPtr &packet)
{
    std::unique_lock lock(m_mutex);
    if (m_isClosed)
        return;
    if (m_waitsForKey) {
        if (!isVideoKey(packet)) {
            m_droppedFrames += packet->isVideo() ? 1 : 0;
            return;
        }
        m_waitsForKey = false;
    }
    if (isFull()) {
        if (m_limits.whenFull == WhenFull::Wait)
            m_changed.wait(lock, [this] { return m_isClosed || !isFull(); });
        else
            dropGroups();
        if (m_isClosed)
            return;
        if (m_waitsForKey && !isVideoKey(packet)) {
            m_droppedFrames += packet->isVideo() ? 1 : 0;
            return;
        }
        m_waitsForKey = false;
    }
    m_packets.push_back(packet);
    m_bytes += packet->sizeBytes();
    if (packet->isVideo())
        ++m_frames;
    lock.unlock();
    m_changed.notify_all();
}

void PacketQueue::preload(const TimelineBatch &packets)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isHeld = false;
        if (m_isClosed)
            return;
        m_packets.insert(m_packets.begin(), packets.begin(), packets.end());
        for (const TimelinePacketPtr &packet : packets) {
            m_bytes += packet->sizeBytes();
            m_frames += packet->isVideo() ? 1 : 0;
        }
    }
    m_changed.notify_all();
}

PacketQueue::Pop PacketQueue::pop(TimelinePacketPtr &packet, std::chrono::milliseconds timeout)
{
    std::unique_lock lock(m_mutex);
    const auto isReady = [this] { return m_isClosed || (!m_isHeld && !m_packets.empty()); };
    if (!m_changed.wait_for(lock, timeout, isReady))
        return Pop::Timeout;
    if (m_packets.empty())
        return m_isClosed ? Pop::Closed : Pop::Timeout;
    packet = m_packets.front();
    forgetFront();
    lock.unlock();
    if (m_limits.whenFull == WhenFull::Wait)
        m_changed.notify_all();
    return Pop::Packet;
}

bool PacketQueue::waitForClose(std::chrono::milliseconds timeout)
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, timeout, [this] { return m_isClosed; });
}

void PacketQueue::skipToLastKey()
{
    const std::scoped_lock lock(m_mutex);
    const auto newest = std::find_if(m_packets.rbegin(), m_packets.rend(), isVideoKey);
    if (newest == m_packets.rend())
        m_waitsForKey = false; // the reader of the queue waits for a key frame by itself
    const auto keep
        = newest == m_packets.rend() ? 0 : std::distance(m_packets.rbegin(), newest) + 1;
    while (qsizetype(m_packets.size()) > keep)
        forgetFront();
}

void PacketQueue::close()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isClosed = true;
    }
    m_changed.notify_all();
}

void PacketQueue::abort()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_isClosed = true;
        while (!m_packets.empty())
            forgetFront();
    }
    m_changed.notify_all();
}

qint64 PacketQueue::droppedFrames() const
{
    const std::scoped_lock lock(m_mutex);
    return m_droppedFrames;
}

int PacketQueue::waitingFrames() const
{
    const std::scoped_lock lock(m_mutex);
    return m_frames;
}

} // namespace continuo
