// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/prioritymutex.h"
#include "core/playout/slate.h"

#include <chrono>
#include <mutex>

namespace continuo {

/// What the slate shows, and what it is to show from a time of day on: the next minute of its
/// clock, made ahead, so that the clock thread changes it with the frame and makes nothing.
struct SlateShow {
    HousePicture now;
    HousePicture next; ///< without data: nothing else is known yet
    std::chrono::microseconds nextFrom{}; ///< UTC since 1970
};

/// What is shown where no item has a picture: the slate, and black as long as there is none.
class StandIn final {
public:
    explicit StandIn(const HouseFormat &format);

    /// From the next frame on. Main thread.
    void setSlate(SlateShow slate);
    /// What a frame shows that is due at \p wall (UTC since 1970). Clock thread.
    HousePicture slate(std::chrono::microseconds wall) const;

private:
    mutable PriorityMutex m_mutex;
    SlateShow m_slate; // guarded by m_mutex
};

} // namespace continuo
