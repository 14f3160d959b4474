// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/releaserule.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// No encoder holds so many: the sound of a frame is missing in the stream.
constexpr std::size_t kMaxHeldFrames = 600;
// How far sound may be from where it should be: run-in and what is missing at a join are less than
// half of it.
constexpr qint64 kMaxSoundJump = kHouseSampleRate;

Error corrupt(const QString &detail)
{
    return Error{ErrorCode::Corrupt, detail, 0};
}

} // namespace

ReleaseRule::ReleaseRule(FrameRate rate, qint64 firstFrame, std::optional<qint64> nextSample)
    : m_rate(rate)
    , m_firstFrame(firstFrame)
    , m_nextFrame(firstFrame)
    , m_nextSample(nextSample)
    , m_lowestMissing(firstFrame)
    , m_greatestFrame(firstFrame - 1)
{
}

Result<void> ReleaseRule::add(TimelinePacketPtr packet)
{
    return packet->isVideo() ? addVideo(std::move(packet)) : addAudio(std::move(packet));
}

Result<void> ReleaseRule::addVideo(TimelinePacketPtr packet)
{
    const qint64 frame = packet->pts;
    if (m_videoAdded == 0 && (frame != m_firstFrame || !packet->isKey))
        return corrupt(u"the session should begin with a key frame at %1 and begins with %2 at %3"_s
                           .arg(m_firstFrame)
                           .arg(packet->isKey ? u"one"_s : u"another frame"_s)
                           .arg(frame));
    // m_nextFrame is m plus the number released: a frame below it has gone out already, or was
    // never in this session. A frame that comes twice while held shows as a prefix that is never
    // closed, so it is looked for (the held ones are few).
    const auto isHeld = [this](qint64 wanted) {
        return std::any_of(m_video.begin(), m_video.end(),
                           [wanted](const TimelinePacketPtr &held) { return held->pts == wanted; });
    };
    if (frame < m_nextFrame || isHeld(frame))
        return corrupt(u"frame %1 came twice or out of its session"_s.arg(frame));
    // In decode order no frame comes after the moment at which it should be decoded.
    while (m_lowestMissing == frame || isHeld(m_lowestMissing))
        ++m_lowestMissing;
    if (m_lowestMissing <= packet->dts)
        return corrupt(u"frame %1 does not come; frame %2 did"_s.arg(m_lowestMissing).arg(frame));
    if (m_video.size() >= kMaxHeldFrames)
        return corrupt(u"the sound of frame %1 does not come"_s.arg(m_nextFrame));
    m_greatestFrame = std::max(m_greatestFrame, frame);
    ++m_videoAdded;
    m_video.push_back(std::move(packet));
    if (m_greatestFrame == m_firstFrame + m_videoAdded - 1)
        m_closedAt.push_back(m_firstFrame + m_videoAdded);
    return {};
}

Result<void> ReleaseRule::addAudio(TimelinePacketPtr packet)
{
    const qint64 sample = packet->pts;
    if (m_lastSample && sample <= *m_lastSample)
        return corrupt(u"sound goes back from sample %1 to %2"_s.arg(*m_lastSample).arg(sample));
    const qint64 expected = m_lastSample
        ? *m_lastSample + kAacFrameSamples
        : m_nextSample.value_or(samplesBefore(m_firstFrame, m_rate));
    if (sample < expected - kMaxSoundJump || sample > expected + kMaxSoundJump)
        return corrupt(u"sound jumps to sample %1; %2 should come"_s.arg(sample).arg(expected));
    const bool isFirstKept = m_audio.empty() && m_soundEnd == 0;
    m_lastSample = sample;
    if (isFirstKept) {
        const bool isRunIn = m_nextSample
            ? sample < *m_nextSample
            : sample + kAacFrameSamples <= samplesBefore(m_firstFrame, m_rate);
        if (isRunIn)
            return {};
        if (m_nextSample)
            m_missingSamples = sample - *m_nextSample;
    }
    m_soundEnd = sample + kAacFrameSamples;
    m_audio.push_back(std::move(packet));
    return {};
}

TimelineBatch ReleaseRule::take()
{
    std::optional<qint64> release;
    while (!m_closedAt.empty() && samplesBefore(m_closedAt.front(), m_rate) <= m_soundEnd) {
        release = m_closedAt.front();
        m_closedAt.pop_front();
    }
    TimelineBatch batch;
    if (!release)
        return batch;
    const qint64 soundBefore = samplesBefore(*release, m_rate);
    qint64 videoLeft = *release - m_nextFrame;
    const auto isSoundFree = [&] { return !m_audio.empty() && m_audio.front()->pts < soundBefore; };
    while (videoLeft > 0 || isSoundFree()) {
        const bool soundFirst = isSoundFree()
            && (videoLeft == 0 || decodesBefore(*m_audio.front(), *m_video.front(), m_rate));
        std::deque<TimelinePacketPtr> &from = soundFirst ? m_audio : m_video;
        batch.push_back(std::move(from.front()));
        from.pop_front();
        if (soundFirst)
            m_nextSample = batch.back()->pts + kAacFrameSamples;
        else
            --videoLeft;
    }
    m_nextFrame = *release;
    return batch;
}

} // namespace continuo
