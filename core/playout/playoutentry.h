// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/player.h"
#include "core/playout/playerwatch.h"
#include "core/playout/playoutitem.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace continuo {

/// An item and its player, and what that has come to. Of Playout.
struct PlayoutEntry {
    PlayoutItem item;
    std::unique_ptr<Player> player;
    int deaths = 0; ///< of its players in all
    int deathsInPlace = 0; ///< the last ones, without a frame in between
    std::int64_t diedAt = -1; ///< item frame at which the last one stood
    bool isGivenUp = false; ///< the last one has failed, and no other takes its place
    PlayerWatch watch = {};
    PlayerTrouble told = PlayerTrouble::None; ///< in the log
};

/// An item that did not play. Of Playout.
struct PlayoutFailure {
    QString itemId;
    QString path;
    std::chrono::nanoseconds at{};
    bool isHang = false; ///< it cost a player's patience
};

} // namespace continuo
