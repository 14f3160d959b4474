// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/airingrecorder.h"

#include "core/records/records.h"

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;

namespace continuo {

AiringRecorder::AiringRecorder(QString channel, FrameRate rate)
    : m_channel(std::move(channel))
    , m_rate(rate)
{
}

WallTime AiringRecorder::wallTime(std::int64_t frame) const
{
    // Before the first frame, and of a channel that is stopped with it, there is no epoch.
    if (m_epoch.wall.count() == 0)
        return std::chrono::duration_cast<WallTime>(
            std::chrono::system_clock::now().time_since_epoch());
    const std::int64_t since = framesToNanoseconds(frame - m_epoch.frame, m_rate);
    return m_epoch.wall + WallTime(since / 1000);
}

AiringProgress AiringRecorder::progressAt(std::int64_t frame, std::int64_t held,
                                          std::int64_t dropped) const
{
    return {frame, wallTime(frame), held - m_heldBefore, dropped - m_droppedBefore};
}

void AiringRecorder::begin(const Begin &begin)
{
    const bool wasCut = begin.reason == "skip"_L1 || begin.reason == "take"_L1;
    const bool wasFirst = !m_isOnAir;
    endCurrent(begin.frame, begin.held, begin.dropped, wasCut ? begin.reason : QString());
    Airing airing;
    airing.channel = m_channel;
    airing.itemId = begin.itemId;
    airing.path = begin.path;
    airing.title = begin.title;
    airing.start = wallTime(begin.frame);
    airing.startFrame = begin.frame;
    airing.end = {begin.frame, airing.start, 0, 0};
    airing.isOnAir = true;
    airing.begun = begin.reason;
    if (!begin.itemId.isEmpty()) {
        if (begin.reason != "take"_L1)
            airing.plannedStart = wasFirst ? airing.start : m_plannedNext;
        if (begin.frames >= 0) {
            const std::int64_t left = std::max<std::int64_t>(begin.frames - begin.from, 0);
            const WallTime length(framesToNanoseconds(left, m_rate) / 1000);
            airing.plannedEnd = airing.plannedStart.value_or(airing.start) + length;
            // What follows is planned from where this one really began.
            m_plannedNext = airing.start + length;
        } else {
            m_plannedNext.reset();
        }
        m_missed.clear();
    } else {
        m_plannedNext.reset();
    }
    m_isOnAir = true;
    m_itemId = begin.itemId;
    m_heldBefore = begin.held;
    m_droppedBefore = begin.dropped;
    if (m_records)
        m_records->beginAiring(airing, begin.frame <= m_continuesTo);
}

void AiringRecorder::note(const QString &itemId, const QString &reason, const QString &detail)
{
    Note &note = m_notes[itemId];
    if (!note.reasons.contains(reason))
        note.reasons.append(reason);
    note.detail = detail;
}

void AiringRecorder::missed(const QString &itemId, const QString &path, const QString &title,
                            std::int64_t frame, const QString &detail)
{
    if (!m_records || m_missed.contains(itemId))
        return;
    m_missed.insert(itemId);
    Airing airing;
    airing.channel = m_channel;
    airing.itemId = itemId;
    airing.path = path;
    airing.title = title;
    airing.start = wallTime(frame);
    airing.startFrame = frame;
    airing.end = {frame, airing.start, 0, 0};
    airing.begun = u"failed"_s;
    airing.reasons = {u"failed"_s};
    airing.detail = detail;
    m_records->addAiring(airing);
}

void AiringRecorder::progress(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped)
{
    if (m_isOnAir && m_records)
        m_records->noteProgress(m_channel, progressAt(nextFrame, held, dropped));
}

void AiringRecorder::end(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped,
                         const QString &reason)
{
    endCurrent(nextFrame, held, dropped, reason);
    m_notes.clear();
    m_missed.clear();
    m_plannedNext.reset();
    m_epoch = Epoch();
    m_continuesTo = -1;
}

void AiringRecorder::endCurrent(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped,
                                const QString &reason)
{
    if (!std::exchange(m_isOnAir, false))
        return;
    Note note = m_notes.take(m_itemId);
    // The slate has no length of its own, so nothing can cut it short.
    if (!reason.isEmpty() && !m_itemId.isEmpty())
        note.reasons.append(reason);
    if (m_records) {
        m_records->endAiring(m_channel, progressAt(nextFrame, held, dropped), note.reasons,
                             note.detail);
    }
}

} // namespace continuo
