// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/playprogress.h"

#include <QString>

#include <chrono>
#include <cstdint>

namespace continuo {

/// What keeps a player from handing over frames that are wanted.
enum class PlayerTrouble {
    None,
    Slow, ///< it reads and decodes, and no frame comes of it
    Reading, ///< the file system does not answer a read
    Working, ///< it works and gets no further: its decoder loops, or has a large picture
    Still, ///< it does nothing at all
};

/// How status and log name it ("reading"); empty for None.
QString troubleName(PlayerTrouble trouble);

/// Judges one player by what is seen of it from outside. One thread.
class PlayerWatch final {
public:
    using Time = std::chrono::nanoseconds; ///< of FrameClock::now()
    struct Sight {
        std::int64_t end = 0; ///< the frame behind the last that was handed over
        PlayProgress progress;
        std::int64_t cpuTicks = 0;
    };
    /// How long what is wanted may not come.
    struct Patience {
        Time idle{}; ///< without a sign of life
        Time busy{}; ///< while it works, but neither reads nor decodes
        Time withoutFrame{}; ///< whatever it does
    };

    /// Forgets what was seen: another player, or one that is wanted from now on.
    void begin() { m_isBegun = false; }
    /// Looks at it. \p isExcused: no frame is wanted of it, or it was we who stood still.
    void see(const Sight &sight, bool isExcused, Time now);

    /// \p noticed: what is wanted may not come for so long.
    PlayerTrouble trouble(Time noticed, Time now) const;
    bool isOver(const Patience &patience, Time now) const;

private:
    bool m_isBegun = false;
    Sight m_seen;
    Time m_frameAt{}; // a frame came, or none was wanted
    Time m_progressAt{}; // the same, or it read or decoded something
    Time m_lifeAt{}; // the same, or its processor time moved
    Time m_workAt{}; // its processor time moved
};

} // namespace continuo
