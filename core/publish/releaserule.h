// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/timeline.h"

#include <deque>
#include <optional>

namespace continuo {

/// Decides which packets of one encoder session may go out, so that a session killed at any point
/// can be followed by another without a frame lost or sent twice (design: "Release rule").
///
/// Packets are released in closed prefixes of the decode order: the first k video packets of a
/// session that began at frame m are closed when their greatest frame is m+k-1. With M = m+k they
/// wait until the sound reaches S(M); then they go, with the sound whose pts is below S(M), merged
/// by dts. M is what is acknowledged: all below it is out, nothing from it on.
class ReleaseRule final {
public:
    /// \p firstFrame is m. \p nextSample is the pts that the next sound packet must have (the last
    /// released one's plus 1024); nothing at the start of a channel, which takes the packet that
    /// holds sample S(m) as its first. Sound before that is the encoder's run-in and is dropped.
    ReleaseRule(FrameRate rate, qint64 firstFrame, std::optional<qint64> nextSample);

    /// Adds the next packet in decode order. Errors: Corrupt when it cannot belong to such a
    /// session (a frame before m or already released, one that is missing, a first packet that is
    /// no key frame, sound that goes back or is a second from where it should be).
    Result<void> add(TimelinePacketPtr packet);
    /// What has become free to go since the last call, in the order to send.
    TimelineBatch take();

    qint64 nextFrame() const { return m_nextFrame; } ///< M: the first frame not released
    std::optional<qint64> nextSample() const { return m_nextSample; }
    /// Samples that were missing where this session's sound joined the one before (0 = exact).
    qint64 missingSamples() const { return m_missingSamples; }
    int heldPackets() const { return int(m_video.size() + m_audio.size()); }

private:
    Result<void> addVideo(TimelinePacketPtr packet);
    Result<void> addAudio(TimelinePacketPtr packet);

    FrameRate m_rate;
    qint64 m_firstFrame;
    qint64 m_nextFrame;
    std::optional<qint64> m_nextSample; // of what is released
    std::optional<qint64> m_lastSample; // of what was added
    qint64 m_missingSamples = 0;
    qint64 m_soundEnd = 0; // first sample that no added packet holds
    qint64 m_videoAdded = 0;
    qint64 m_lowestMissing; // no frame below it is missing
    qint64 m_greatestFrame;
    std::deque<qint64> m_closedAt; // values of m+k at which the first k packets are closed
    std::deque<TimelinePacketPtr> m_video; // added, not released
    std::deque<TimelinePacketPtr> m_audio;
};

} // namespace continuo
