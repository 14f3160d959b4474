// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/emergencyloop.h"

#include "core/playout/itemframe.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

// No id of an item begins so: those are hexadecimal.
QString emergencyItemId()
{
    return u"!emergency"_s;
}

void EmergencyLoop::setCue(std::deque<ClipSourcePtr> sources)
{
    const std::lock_guard lock(m_mutex);
    // What went on air since the main thread made this list.
    std::erase_if(sources, [](const ClipSourcePtr &source) { return source->wasAired(); });
    m_cue.swap(sources);
    m_isCleared = false;
}

void EmergencyLoop::clear()
{
    const std::lock_guard lock(m_mutex);
    m_cue.clear();
    m_isCleared = true;
}

ClipSourcePtr EmergencyLoop::current() const
{
    const std::lock_guard lock(m_mutex);
    return m_current;
}

bool EmergencyLoop::isReady() const
{
    const std::lock_guard lock(m_mutex);
    return !m_cue.empty() && m_cue.front()->isUnderWay();
}

bool EmergencyLoop::isAwaited() const
{
    if (!m_isOn)
        return false;
    const std::lock_guard lock(m_mutex);
    if (m_current && !m_current->isAtEnd(m_position))
        return !m_isCleared && !m_current->hasFrame(m_position);
    return !m_cue.empty() && !m_cue.front()->hasFrame(m_cue.front()->from());
}

// Goes on to the source that the next frame is from. False: there is none yet.
bool EmergencyLoop::hasNext()
{
    const std::lock_guard lock(m_mutex);
    m_isAnother = false;
    if (m_isCleared)
        m_current.reset();
    const bool isOver = !m_current || m_current->isAtEnd(m_position);
    const bool isReplaced = m_current && !m_cue.empty()
        && m_cue.front()->itemId() != m_current->itemId() && m_cue.front()->isUnderWay();
    if (!isOver && !isReplaced)
        return true;
    if (m_cue.empty() || !m_cue.front()->hasFrame(m_cue.front()->from()))
        return false;
    m_isAnother = isReplaced || (!m_current && m_cue.front()->from() == 0);
    m_current = std::move(m_cue.front());
    m_cue.pop_front();
    m_current->markAired(); // under the lock, so that setCue() cannot cue it again meanwhile
    m_position = m_current->from();
    m_airing = -1; // with the frame that is made now
    return true;
}

std::shared_ptr<AirFrame> EmergencyLoop::next(std::int64_t number, std::uint8_t **own)
{
    if (!hasNext())
        return nullptr;
    const ClipSourcePtr source = current();
    if (m_airing < 0)
        m_airing = number;
    std::shared_ptr<AirFrame> frame = frameOfItem(*source, m_position, number, m_rate, own);
    if (!frame)
        return nullptr;
    frame->isEmergency = true;
    frame->position = {emergencyItemId(), m_airing, m_position, m_position + 1};
    ++m_position;
    m_isOn = true;
    return frame;
}

AirPosition EmergencyLoop::position() const
{
    return {emergencyItemId(), std::max<std::int64_t>(m_airing, 0), m_position, m_position};
}

std::vector<std::int16_t> EmergencyLoop::leave(std::int64_t number)
{
    m_isOn = false;
    ClipSourcePtr source;
    {
        const std::lock_guard lock(m_mutex);
        source = std::exchange(m_current, nullptr);
    }
    return source && source->hasFrame(m_position) ? soundOfItem(*source, m_position, number, m_rate)
                                                  : std::vector<std::int16_t>();
}

} // namespace continuo
