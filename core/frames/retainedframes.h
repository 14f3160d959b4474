// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/houseformat.h"
#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"

#include <deque>
#include <mutex>

namespace continuo {

/// The frames between the clock and the last acknowledgement: what a new encoder session has to be
/// fed again. Filled by the clock thread, read by the feed thread, emptied by the thread that hears
/// the acknowledgements; every function may be called from any thread.
///
/// Sound is kept longer than pictures: an AAC session is fed 8 packets from before its first frame,
/// so that its packets join the previous session's grid without a gap (design: 9216 samples).
class RetainedFrames final {
public:
    RetainedFrames(FrameRate rate, std::int64_t firstFrame, std::size_t maxFrames, EventFd pushed,
                   EventFd taken);
    /// Errors: Io (no descriptors left).
    static Result<std::shared_ptr<RetainedFrames>> create(FrameRate rate, std::int64_t firstFrame,
                                                          std::size_t maxFrames);

    /// Appends the next frame; its number must be nextNumber(). False when maxFrames are retained,
    /// and from then on until a sixth of them is free: the caller drops the frame and closes up the
    /// numbering.
    bool push(AirFramePtr frame);
    /// No frame will follow: readers that reach the end get told.
    void finish();

    /// Frame \p number when it is there; an empty pointer when it has not been pushed yet or was
    /// acknowledged already. Notes that the reader got so far (see unread()).
    AirFramePtr take(std::int64_t number);
    bool isFinishedAt(std::int64_t number) const;
    /// Stereo samples [from, to) that were aired before; silence where nothing was or is kept.
    std::vector<std::int16_t> soundBetween(std::int64_t from, std::int64_t to) const;

    /// Frees all frames below \p next. Acknowledgements out of range are clamped.
    void acknowledge(std::int64_t next);

    std::int64_t nextNumber() const;
    std::int64_t firstRetained() const;
    std::size_t size() const;
    /// Whether push() would refuse a frame.
    bool isFull() const;
    /// Frames pushed that no reader has taken yet.
    std::int64_t unread() const;

    const EventFd &pushedEvent() const { return m_pushed; } ///< notified by push() and finish()
    /// Notified by take(), and by acknowledge() where it made room.
    const EventFd &takenEvent() const { return m_taken; }

private:
    struct Sound {
        std::int64_t from = 0;
        std::vector<std::int16_t> samples;
    };

    const FrameRate m_rate;
    const std::size_t m_maxFrames;
    mutable PriorityMutex m_mutex;
    std::deque<AirFramePtr> m_frames; // guarded by m_mutex
    std::deque<Sound> m_olderSound; // guarded by m_mutex; of frames that were acknowledged
    std::int64_t m_first; // guarded by m_mutex
    std::int64_t m_read; // guarded by m_mutex; first number that was never taken
    bool m_finished = false; // guarded by m_mutex
    bool m_isRefusing = false; // guarded by m_mutex
    EventFd m_pushed;
    EventFd m_taken;
};

} // namespace continuo
