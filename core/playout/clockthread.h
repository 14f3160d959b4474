// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/airpulse.h"
#include "core/base/eventfd.h"
#include "core/base/prioritymutex.h"
#include "core/frames/retainedframes.h"
#include "core/playout/clipsource.h"
#include "core/playout/emergencyloop.h"
#include "core/playout/frameclock.h"
#include "core/playout/logopainter.h"
#include "core/playout/standin.h"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace continuo {

/// Why something went on air.
enum class JoinReason { Follow, Skip, Take, Slate, Emergency };

/// What the clock thread tells the main thread, in the order in which it happened.
struct AirEvent {
    enum class Kind {
        Started, ///< source is on air from frame on (an empty one: slate or emergency clip)
        EpochBegan, ///< a new epoch: start, or the numbering was closed up after a drop
        Ended, ///< finishAtEnd: the last item ended, frame is the first that is not aired
    };
    Kind kind = Kind::Started;
    std::int64_t frame = 0;
    ClipSourcePtr source;
    JoinReason reason = JoinReason::Follow;
    std::int64_t cutShortAt
        = -1; ///< item frame at which the source before was left, -1: at its end
    Epoch epoch;
    AirCounts counts; ///< at that moment
};

/// What is on air, as of the last tick.
struct AirState {
    std::int64_t frame = 0; ///< the last frame that was aired
    ClipSourcePtr source; ///< empty: slate
    std::int64_t itemFrame = 0; ///< of the last frame, within the clip
    /// Where the item began (with its in point), or would have, if its begin was not aired.
    std::int64_t startFrame = 0;
    std::int64_t framesAhead = 0; ///< decoded frames of this item that wait in its store
    bool isSlate = false; ///< the last frame showed the slate; with a source: in its place
    bool isEmergency = false; ///< likewise the emergency clip
    AirCounts counts;
};

struct ClockOptions {
    HouseFormat format;
    std::int64_t firstFrame = kFirstFrame;
    bool isPaced = true; ///< false: as fast as the encoder reads, waiting for players
    std::optional<Epoch> epoch; ///< go on in this one instead of beginning anew
    std::optional<AirCounts> counts; ///< likewise
    std::int64_t againBelow = 0; ///< frames below were aired, and counted, by an engine before us
    bool isOnEmergency = false; ///< go on with the emergency clip
    bool finishesAtEnd = false; ///< end after the last item instead of showing the slate
    std::shared_ptr<AirPulse> pulse; ///< told of each frame when paced; may be empty
    QString channel; ///< whose clock it is, for pulse
};

/// The thread that decides, frame by frame, what is on air. It owns the frame clock and takes
/// frames from the sources that the main thread cued; it never waits for anything but time (paced)
/// or for the encoder and the players (unpaced). All public functions are for the main thread.
///
/// When a neighbour dies: a player's source is closed and ends where its frames end; an encoder
/// that stands still lets the retained frames grow up to their bound, then frames are dropped,
/// counted, and the numbering closes up; an engine that died is followed by one that goes on in the
/// same epoch (ClockOptions::epoch) and catches up.
class ClockThread final {
public:
    /// \p onEvents is called on the clock thread when takeEvents() has something.
    ClockThread(const ClockOptions &options, std::shared_ptr<RetainedFrames> retained, EventFd wake,
                std::function<void()> onEvents);
    ~ClockThread();

    /// \p waited: how long already, in vain, for what it is to go on with (ClockOptions::epoch);
    /// that is off the time in which nothing need be shown instead.
    void start(std::chrono::nanoseconds waited = {});
    /// Ends the thread; the frames aired so far stay retained. Blocks for at most one frame.
    void stop();

    /// What follows, in order; what is passable (ClipSource) and has no frame is passed over.
    /// \p isDecided false: more may come, an unpaced channel waits for it.
    /// \p onAir is the source that the list was made for.
    void setCue(std::deque<ClipSourcePtr> cue, bool isDecided, const ClipSourcePtr &onAir);
    /// Puts \p source on air as soon as it has a first frame (an empty one: the slate, at once).
    /// Replaces a cut that has not happened yet. Nothing happens when the clock has gone on to it
    /// meanwhile: its event is on the way.
    void cutTo(ClipSourcePtr source, JoinReason reason);
    void cancelCut();
    /// The system's clock was set: a new epoch tells the time of day from now on.
    void onWallClockSet() { m_isWallClockNew = true; }
    /// Called with each frame on the clock thread while set; must not block.
    void setTap(std::function<void(const AirFramePtr &)> tap);

    LogoPainter &logo() { return m_logo; }
    StandIn &standIn() { return m_standIn; }
    EmergencyLoop &emergency() { return m_emergency; }

    std::deque<AirEvent> takeEvents();
    AirState state() const;

private:
    struct Decision {
        enum class Kind { Stay, Switch, End };
        Kind kind = Kind::Stay;
        ClipSourcePtr source;
        JoinReason reason = JoinReason::Follow;
        std::int64_t cutShortAt = -1;
    };

    void run(const std::stop_token &stop);
    void announceEpoch(std::chrono::nanoseconds stood = {});
    bool isCatchingUp() const;
    bool isAgain() const { return m_number < m_options.againBelow; }
    void beginEpoch(const QString &reason, std::chrono::nanoseconds due,
                    std::chrono::nanoseconds stood = {});
    bool waitForTurn(const std::stop_token &stop);
    bool advance();
    Decision decideLocked();
    void switchTo(ClipSourcePtr source, JoinReason reason, std::int64_t cutShortAt);
    void airOne();
    void waitForFrames();
    std::shared_ptr<AirFrame> frameFromSource(std::uint8_t **own);
    std::shared_ptr<AirFrame> heldFrame(std::uint8_t **own);
    std::shared_ptr<AirFrame> lastAgain();
    std::shared_ptr<AirFrame> standInFrame(std::uint8_t **own);
    std::shared_ptr<AirFrame> emergencyFrame(std::uint8_t **own);
    void leaveEmergency();
    void tellStandIn(JoinReason reason);
    bool canGoOn() const;
    std::int64_t framesIn(std::int64_t seconds) const;
    std::shared_ptr<AirFrame> slateFrame();
    void publish(AirFramePtr frame);
    void post(AirEvent event);

    const ClockOptions m_options;
    const std::shared_ptr<RetainedFrames> m_retained;
    const std::function<void()> m_onEvents;
    EventFd m_wake;

    // Of the clock thread only.
    FrameClock m_clock;
    std::int64_t m_number; // next frame
    std::int64_t m_position = 0; // next item frame of m_current
    std::int64_t m_airing = 0; // frame at which m_current went on air
    std::int64_t m_passedOver = 0; // frames before m_position that nobody took
    std::int64_t m_heldInARow = 0;
    std::int64_t m_slateInARow = 0; // since an item or the emergency clip gave a frame
    std::int64_t m_emergencyGap = 0; // frames in a row that it did not give
    std::chrono::nanoseconds m_catchUpUntil{}; // set before the thread begins
    bool m_isOnSlate = false;
    std::vector<std::int16_t> m_leaving; // what the item that was cut would have sounded
    bool m_fadeIn = false;
    bool m_isLate = false; // the frame that is to be aired now
    bool m_isDropping = false;
    std::vector<std::int16_t> m_beforeHole; // of the first frame that was dropped
    AirFramePtr m_last;
    LogoPainter m_logo;
    StandIn m_standIn;
    EmergencyLoop m_emergency;

    std::atomic<bool> m_isWallClockNew = false;
    mutable PriorityMutex m_mutex;
    ClipSourcePtr m_current; // guarded by m_mutex; written by the clock thread
    std::deque<ClipSourcePtr> m_cue; // guarded by m_mutex
    bool m_cueDecided = false; // guarded by m_mutex
    bool m_hasCut = false; // guarded by m_mutex
    ClipSourcePtr m_cut; // guarded by m_mutex
    JoinReason m_cutReason = JoinReason::Take; // guarded by m_mutex
    std::function<void(const AirFramePtr &)> m_tap; // guarded by m_mutex
    std::deque<AirEvent> m_events; // guarded by m_mutex
    AirState m_state; // guarded by m_mutex

    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
