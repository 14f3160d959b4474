// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/retainedframes.h"

#include <algorithm>

namespace continuo {

namespace {

// 8 AAC packets before the packet that holds the first sample of a session, and that packet.
constexpr std::int64_t kSoundHistory = 9 * 1024;

constexpr std::size_t kStretches = 6; // of a second, with room for six seconds

} // namespace

RetainedFrames::RetainedFrames(FrameRate rate, std::int64_t firstFrame, std::size_t maxFrames,
                               EventFd pushed, EventFd taken)
    : m_rate(rate)
    , m_maxFrames(maxFrames)
    , m_first(firstFrame)
    , m_read(firstFrame)
    , m_pushed(std::move(pushed))
    , m_taken(std::move(taken))
{
}

Result<std::shared_ptr<RetainedFrames>>
RetainedFrames::create(FrameRate rate, std::int64_t firstFrame, std::size_t maxFrames)
{
    Result<EventFd> pushed = EventFd::create();
    if (!pushed)
        return pushed.error();
    Result<EventFd> taken = EventFd::create();
    if (!taken)
        return taken.error();
    return std::make_shared<RetainedFrames>(rate, firstFrame, maxFrames, std::move(pushed).value(),
                                            std::move(taken).value());
}

bool RetainedFrames::push(AirFramePtr frame)
{
    {
        const std::lock_guard lock(m_mutex);
        Q_ASSERT(frame->number == m_first + std::int64_t(m_frames.size()));
        // Room for a stretch of programme, not for a frame: a hole in every other frame would leave
        // nothing that can be listened to.
        if (m_frames.size() >= m_maxFrames)
            m_isRefusing = true;
        else if (m_frames.size() + m_maxFrames / kStretches <= m_maxFrames)
            m_isRefusing = false;
        if (m_isRefusing)
            return false;
        m_frames.push_back(std::move(frame));
    }
    m_pushed.notify();
    return true;
}

void RetainedFrames::finish()
{
    {
        const std::lock_guard lock(m_mutex);
        m_finished = true;
    }
    m_pushed.notify();
}

AirFramePtr RetainedFrames::take(std::int64_t number)
{
    AirFramePtr frame;
    {
        const std::lock_guard lock(m_mutex);
        const std::int64_t index = number - m_first;
        if (index < 0 || index >= std::int64_t(m_frames.size()))
            return nullptr;
        frame = m_frames[std::size_t(index)];
        m_read = std::max(m_read, number + 1);
    }
    m_taken.notify();
    return frame;
}

bool RetainedFrames::isFinishedAt(std::int64_t number) const
{
    const std::lock_guard lock(m_mutex);
    return m_finished && number >= m_first + std::int64_t(m_frames.size());
}

std::vector<std::int16_t> RetainedFrames::soundBetween(std::int64_t from, std::int64_t to) const
{
    std::vector<std::int16_t> result(std::size_t(std::max<std::int64_t>(to - from, 0)) * 2, 0);
    const auto copy = [&](std::int64_t start, const std::vector<std::int16_t> &samples) {
        const std::int64_t count = std::int64_t(samples.size()) / 2;
        const std::int64_t first = std::max(from, start);
        const std::int64_t last = std::min(to, start + count);
        if (first < last) {
            std::copy(samples.begin() + (first - start) * 2, samples.begin() + (last - start) * 2,
                      result.begin() + (first - from) * 2);
        }
    };
    const std::lock_guard lock(m_mutex);
    for (const Sound &older : m_olderSound)
        copy(older.from, older.samples);
    for (const AirFramePtr &frame : m_frames)
        copy(samplesBefore(frame->number, m_rate), frame->sound);
    return result;
}

void RetainedFrames::acknowledge(std::int64_t next)
{
    std::vector<AirFramePtr> freed; // destroyed after the lock: a slot's release wakes its player
    const std::lock_guard lock(m_mutex);
    if (m_frames.size() >= m_maxFrames && m_first < next)
        m_taken.notify();
    while (!m_frames.empty() && m_first < next) {
        m_olderSound.push_back(
            {samplesBefore(m_frames.front()->number, m_rate), m_frames.front()->sound});
        freed.push_back(std::move(m_frames.front()));
        m_frames.pop_front();
        ++m_first;
    }
    m_read = std::max(m_read, m_first);
    const std::int64_t keepFrom = samplesBefore(m_first, m_rate) - kSoundHistory - 1024;
    while (!m_olderSound.empty()
           && m_olderSound.front().from + std::int64_t(m_olderSound.front().samples.size()) / 2
               <= keepFrom)
        m_olderSound.pop_front();
}

std::int64_t RetainedFrames::nextNumber() const
{
    const std::lock_guard lock(m_mutex);
    return m_first + std::int64_t(m_frames.size());
}

std::int64_t RetainedFrames::firstRetained() const
{
    const std::lock_guard lock(m_mutex);
    return m_first;
}

std::size_t RetainedFrames::size() const
{
    const std::lock_guard lock(m_mutex);
    return m_frames.size();
}

bool RetainedFrames::isFull() const
{
    const std::lock_guard lock(m_mutex);
    return m_frames.size() >= m_maxFrames;
}

std::int64_t RetainedFrames::unread() const
{
    const std::lock_guard lock(m_mutex);
    return m_first + std::int64_t(m_frames.size()) - m_read;
}

} // namespace continuo
