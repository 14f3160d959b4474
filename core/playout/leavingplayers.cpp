// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/leavingplayers.h"

#include "core/base/reaper.h"
#include "core/playout/frameclock.h"

#include <algorithm>
#include <utility>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kKilled = 2s; // who has not ended by then will not

} // namespace

void LeavingPlayers::add(ChildProcess process)
{
    m_players.push_back({std::move(process), FrameClock::now()});
}

void LeavingPlayers::reap()
{
    std::erase_if(m_players, [](One &one) { return one.process.wait(0ms).has_value(); });
}

void LeavingPlayers::leaveAll()
{
    for (One &one : m_players)
        reapLater(std::move(one.process));
    m_players.clear();
}

int LeavingPlayers::abandoned() const
{
    const auto now = FrameClock::now();
    return int(std::ranges::count_if(m_players,
                                     [now](const One &one) { return now - one.since > kKilled; }));
}

} // namespace continuo
