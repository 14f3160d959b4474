// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/prioritymutex.h"
#include "core/playout/slate.h"

#include <mutex>

namespace continuo {

/// What is shown where no item has a picture: the slate, and black as long as there is none.
class StandIn final {
public:
    explicit StandIn(const HouseFormat &format);

    /// From the next frame on. Main thread.
    void setSlate(HousePicture slate);
    /// What the next frame shows. Clock thread.
    HousePicture slate() const;

private:
    mutable PriorityMutex m_mutex;
    HousePicture m_slate; // guarded by m_mutex
};

} // namespace continuo
