// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/clockthread.h"
#include "core/playout/playoutitem.h"

#include <QString>

#include <chrono>
#include <vector>

namespace continuo {

struct PlayoutOptions {
    ClockOptions clock;
    QString logFile; ///< of the players
    std::chrono::milliseconds safeZone{5000};
    std::vector<PlayoutItem> first; ///< come before what the list says: where another engine stood
};

} // namespace continuo
