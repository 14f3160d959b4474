// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"

#include <chrono>
#include <vector>

namespace continuo {

/// So many that do not end are no accident: the disk or share of their files is dead, and what is
/// tried again there leaves one more.
inline constexpr int kManyAbandoned = 4;

/// Players that were killed and have not ended yet. One that sleeps in a call to a dead share ends
/// when the share is back, if ever, so nobody waits for it: it is counted. Owner thread: main.
class LeavingPlayers final {
public:
    LeavingPlayers() = default;
    ~LeavingPlayers() { leaveAll(); }
    LeavingPlayers(const LeavingPlayers &) = delete;
    LeavingPlayers &operator=(const LeavingPlayers &) = delete;

    void add(ChildProcess process);
    /// Lets go of those that have ended.
    void reap();
    /// They are nobody's any more: each is reaped when it ends.
    void leaveAll();

    bool isEmpty() const { return m_players.empty(); }
    /// How many were killed long enough ago to have ended.
    int abandoned() const;

private:
    struct One {
        ChildProcess process;
        std::chrono::nanoseconds since{};
    };
    std::vector<One> m_players;
};

} // namespace continuo
