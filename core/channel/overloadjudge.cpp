// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/overloadjudge.h"

#include <utility>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kPatience = 3s; // a new encoder session takes less to catch up
constexpr auto kQuiet = 2s; // without trouble: it is over

} // namespace

OverloadJudge::Change OverloadJudge::judge(const Reading &reading)
{
    if (!m_last) {
        m_last = reading;
        m_wellAt = m_troubleAt = reading.now;
        return Change::None;
    }
    const Reading before = *std::exchange(m_last, reading);
    const bool isDropping = reading.dropped > before.dropped;
    const bool isLate = reading.late > before.late;
    const bool isBehind = reading.waiting * 2 > m_rate.num / m_rate.den; // half a second
    if (isBehind || isLate || isDropping)
        m_troubleAt = reading.now;
    else
        m_wellAt = reading.now;
    if (!m_begun) {
        if (!isDropping && reading.now - m_wellAt < kPatience)
            return Change::None;
        m_begun = before;
        return Change::Begun;
    }
    if (reading.now - m_troubleAt < kQuiet)
        return Change::None;
    m_begun.reset();
    return Change::Over;
}

} // namespace continuo
