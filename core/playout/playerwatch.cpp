// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/playerwatch.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// A read that takes as long is not answered, also where a player may take longer to begin.
constexpr auto kLongRead = 500ms;
// Processor time is told in hundredths of a second; a busy machine gives little of it at a time.
constexpr auto kLastWork = 300ms;

} // namespace

QString troubleName(PlayerTrouble trouble)
{
    switch (trouble) {
    case PlayerTrouble::None:
        break;
    case PlayerTrouble::Slow:
        return u"slow"_s;
    case PlayerTrouble::Reading:
        return u"reading"_s;
    case PlayerTrouble::Working:
        return u"working"_s;
    case PlayerTrouble::Still:
        return u"still"_s;
    }
    return {};
}

void PlayerWatch::see(const Sight &sight, bool isExcused, Time now)
{
    const bool isExempt = isExcused || !m_isBegun;
    const bool hasFrame = sight.end != m_seen.end;
    const bool hasProgress = sight.progress != m_seen.progress;
    const bool hasWorked = sight.cpuTicks != m_seen.cpuTicks;
    if (isExempt || hasFrame)
        m_frameAt = now;
    if (isExempt || hasFrame || hasProgress)
        m_progressAt = now;
    if (isExempt || hasFrame || hasProgress || hasWorked)
        m_lifeAt = now;
    if (isExempt || hasWorked)
        m_workAt = now;
    m_seen = sight;
    m_isBegun = true;
}

PlayerTrouble PlayerWatch::trouble(Time noticed, Time now) const
{
    if (!m_isBegun)
        return PlayerTrouble::None;
    // The words stand still, so that the read which is under way is the same one all the time.
    if (m_seen.progress.isReading() && now - m_progressAt >= std::min<Time>(noticed, kLongRead))
        return PlayerTrouble::Reading;
    if (now - m_progressAt >= noticed)
        return now - m_workAt < kLastWork ? PlayerTrouble::Working : PlayerTrouble::Still;
    return now - m_frameAt >= noticed ? PlayerTrouble::Slow : PlayerTrouble::None;
}

bool PlayerWatch::isOver(const Patience &patience, Time now) const
{
    const bool isBusy = !m_seen.progress.isReading();
    return m_isBegun
        && (now - m_lifeAt >= patience.idle || (isBusy && now - m_progressAt >= patience.busy)
            || now - m_frameAt >= patience.withoutFrame);
}

} // namespace continuo
