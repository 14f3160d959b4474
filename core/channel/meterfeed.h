// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"
#include "core/levels/loudnessmeter.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace continuo {

/// Measures the programme as it goes to the encoder, on a thread of its own, from when it is made.
/// The clock thread offers frames and never waits; a meter that falls behind leaves the oldest out,
/// and counts them. When the thread stands still, the reading does, and nothing else.
class MeterFeed final {
public:
    struct Reading {
        std::optional<double> momentary; ///< LUFS
        std::optional<double> shortTerm; ///< LUFS
        std::optional<double> integrated; ///< since the start, LUFS
        std::optional<double> truePeak; ///< the highest since the start, dBTP
        std::int64_t missed = 0; ///< frames that were left out
    };

    /// Errors: NoSpace, Io.
    static Result<std::unique_ptr<MeterFeed>> start();
    ~MeterFeed();

    void offer(const AirFramePtr &frame); ///< any thread; never blocks for long
    Reading reading() const; ///< any thread; as of a tenth of a second ago at most

private:
    MeterFeed(LoudnessMeter meter, EventFd offered);
    void run(const std::stop_token &stop);

    LoudnessMeter m_meter; // of the thread
    const EventFd m_offered;
    mutable PriorityMutex m_mutex;
    std::deque<AirFramePtr> m_frames; // guarded by m_mutex
    Reading m_reading; // guarded by m_mutex
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
