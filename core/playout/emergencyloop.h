// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"
#include "core/playout/clipsource.h"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace continuo {

/// What stands in a frame's position in place of an item's id: the emergency clip.
QString emergencyItemId();

/// The emergency clip as the clock shows it: sources of one clip, each played once, one behind the
/// other without a seam. Between main thread and clock thread, as each function says.
class EmergencyLoop final {
public:
    explicit EmergencyLoop(FrameRate rate)
        : m_rate(rate)
    {
    }

    /// What is played behind what is on, in order. One of another clip (ClipSource::itemId()) is
    /// gone over to as soon as it has a few frames. Main thread.
    void setCue(std::deque<ClipSourcePtr> sources);
    /// There is no clip any more: it ends with the frame that is being made. Main thread.
    void clear();
    /// It is on air, or is to be gone on with. Any thread.
    bool isOn() const { return m_isOn; }
    /// The source that is played; null: none is. Any thread.
    ClipSourcePtr current() const;

    // Clock thread:

    /// An engine before us had it on air.
    void goOn() { m_isOn = true; }
    /// It can begin: a few frames are there.
    bool isReady() const;
    /// It is on, and its next frame will come.
    bool isAwaited() const;
    /// The next frame, as frame \p number; null where it is not there. It is on from then on.
    std::shared_ptr<AirFrame> next(std::int64_t number, std::uint8_t **own);
    /// With the frame that next() gave a clip begins, and not again: its sound has to be faded in.
    bool isAnother() const { return m_isAnother; }
    /// It is left at frame \p number: what it would have sounded there.
    std::vector<std::int16_t> leave(std::int64_t number);
    /// Where it stands, for the frame that is made in place of one that is not there.
    AirPosition position() const;

private:
    bool hasNext();

    const FrameRate m_rate;
    mutable PriorityMutex m_mutex;
    std::deque<ClipSourcePtr> m_cue; // guarded by m_mutex
    ClipSourcePtr m_current; // guarded by m_mutex; written by the clock thread
    bool m_isCleared = false; // guarded by m_mutex
    std::atomic<bool> m_isOn = false;

    // Of the clock thread only.
    std::int64_t m_position = 0; // next frame of m_current
    std::int64_t m_airing = 0; // frame at which m_current began
    bool m_isAnother = false;
};

} // namespace continuo
