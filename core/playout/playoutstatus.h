// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/clockthread.h"

#include <QString>

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace continuo {

/// What is on air and what is cued, for the status.
struct PlayoutStatus {
    AirState air;
    QString itemId; ///< empty: slate
    QString itemTitle;
    std::int64_t itemFrames = -1; ///< -1: not known yet
    /// Of the sound on air, in 1/100 dB; nothing where it stays as it is, and on the slate.
    std::optional<int> gainCentiDb;
    bool isGainEstimated = false; ///< by the player, for want of a measurement
    QString nextId;
    QString nextTitle;
    bool isNextCued = false; ///< it has a decoded first frame
    bool isLocked = false; ///< inside the safe zone: what follows is settled
    std::int64_t framesAhead = 0; ///< decoded frames on air and cued
    /// How the player does whose frames are wanted now: starting, running, slow (it gets on with
    /// its file, but no frame came for half a second, or for two before the first), stuck (it gets
    /// no further for as long), restarting, failed; off: none is.
    QString playerState = QStringLiteral("off");
    QString playerReason; ///< of stuck: troubleName()
    std::int64_t playerFrames = 0; ///< of its item that it has handed over
    std::vector<std::pair<QString, pid_t>> players; ///< (item id or "spare", pid)
    int abandoned = 0; ///< players that were killed and do not end
    std::int64_t heldBefore = 0; ///< AirState::counts when the item went on air
    std::int64_t droppedBefore = 0;
};

/// A command's outcome: the frame at which the item is on air.
struct CutOutcome {
    std::int64_t frame = 0;
    QString itemId; ///< empty: slate
};

} // namespace continuo
