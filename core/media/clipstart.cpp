// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"
#include "core/media/clipreader.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// As near to the start as that, playing on is as fast as anything.
constexpr double kStepSeconds = 1;
// How far before the frame decoding begins: sound decoders need up to ten packets (MP3) until they
// are right; the others are for files whose sound lies behind its picture, or whose pictures lean
// on more than their key frame.
constexpr std::array kMarginSeconds{0.3, 1.0, 4.0, 12.0};
constexpr double kMarginPictures = 3;
// Sound whose times are not true to its samples (recordings that were joined, a clock that drifts)
// is decoded from the start to know its place, which is a few hundred times as fast as it sounds.
// Further on it is taken to lie where its timestamps say: a tenth of a second at most from where
// it would be (aresample's bound), and at once.
constexpr double kExactSoundSeconds = 300;
/// Sound is right from here on before the frame.
constexpr std::int64_t kSoundMargin = kHouseSampleRate / 10;
static_assert(SoundLevels::kHistory < kSoundMargin); // and what a resampler needs to get going

} // namespace

Result<void> ClipReader::startAt(std::int64_t frame)
{
    const FrameRate rate = m_request.format.rate;
    if (m_stillFrames >= 0) {
        m_frame = std::min(frame, m_stillFrames);
        if (m_sound)
            return stepTo(m_frame);
        return {};
    }
    const bool isNear = double(frame) < kStepSeconds * rate.toDouble();
    if (!m_sound && !m_pictures)
        return stepTo(frame);
    if (!isNear) {
        if (m_sound)
            m_sound->learn();
        Start outcome = Start::Late;
        if (!m_request.waypoints.isEmpty()) {
            m_demuxer->setWaypoints(m_request.waypoints);
            outcome = tryStart(Demuxer::Way::Waypoint, frame);
            if (outcome == Start::Done)
                return {};
            if (Result<void> opened = openAnew(); !opened)
                return opened;
        }
        outcome = tryStart(Demuxer::Way::Index, frame);
        for (const double margin : {kMarginSeconds.front(), kMarginSeconds.back()}) {
            if (outcome == Start::Done)
                return {};
            if (Result<void> opened = openAnew(); !opened)
                return opened;
            outcome = tryStart(Demuxer::Way::Read, frame, margin);
        }
        if (outcome == Start::Done)
            return {};
        m_startedBy.reset();
        qCInfo(lcMedia) << "frame" << frame << "is come to by playing from the start";
        if (Result<void> opened = reopen(); !opened)
            return opened;
    }
    return stepTo(frame);
}

Result<void> ClipReader::openAnew()
{
    Result<void> opened = reopen();
    if (opened && m_sound)
        m_sound->learn();
    return opened;
}

ClipReader::Start ClipReader::tryStart(Demuxer::Way way, std::int64_t frame)
{
    Start outcome = Start::Late;
    for (std::size_t i = 0; i < kMarginSeconds.size() && outcome == Start::Late; ++i)
        outcome = tryStart(way, frame, kMarginSeconds[i]);
    return outcome;
}

Result<void> ClipReader::reopen()
{
    m_pictures.reset();
    m_sound.reset();
    m_ahead.reset();
    m_still.reset();
    m_demuxer.reset();
    m_soundDemuxer.reset();
    m_stillFrames = -1;
    m_frame = 0;
    return openMedia();
}

ClipReader::Start ClipReader::tryStart(Demuxer::Way way, std::int64_t frame, double marginSeconds)
{
    const FrameRate rate = m_request.format.rate;
    // Behind the end there is nothing to go to; how long the clip truly is shows at its end.
    const std::int64_t target = m_facts.frames > 0 ? std::min(frame, m_facts.frames - 1) : frame;
    const bool hasPictures = m_pictures && !m_still;
    const Track track = hasPictures ? Track::Picture : Track::Sound;
    const AVStream *stream = m_demuxer->stream(track);
    std::optional<std::int64_t> due;
    if (hasPictures) {
        due = m_pictures->stampOf(target);
        const AVRational pictureRate = m_pictures->frameRate();
        if (pictureRate.num > 0 && pictureRate.den > 0)
            marginSeconds = std::max(marginSeconds, kMarginPictures / av_q2d(pictureRate));
    } else if (const std::optional<std::int64_t> zero = m_sound->zero()) {
        due = av_rescale_q(*zero + samplesBefore(target, rate), kHouseBase, stream->time_base);
    }
    if (!due)
        return Start::Impossible;
    m_startedBy = way;
    std::int64_t latest
        = *due - av_rescale_q(std::int64_t(marginSeconds * 1e6), AV_TIME_BASE_Q, stream->time_base);
    if (hasPictures)
        latest = std::max(latest, *m_pictures->stampOf(0)); // there it begins
    Result<Demuxer::Landing> landing = m_demuxer->goTo(way, track, latest);
    if (!landing) {
        qCInfo(lcMedia).noquote() << landing.error().detail;
        return Start::Impossible;
    }
    if (landing->stamp > latest)
        return Start::Late;
    if (hasPictures) {
        if (!m_pictures->restart(frame, landing.value(), latest))
            return Start::Late;
        Result<FramePtr> first = m_pictures->next();
        if (!first)
            return Start::Impossible;
        m_ahead = std::move(first).value();
        m_frame = m_ahead ? frame : m_pictures->frames();
        if (!m_ahead)
            return Start::Done;
    } else {
        m_frame = frame;
    }
    if (!m_sound)
        return Start::Done;
    const std::int64_t soundFrom = samplesBefore(target, rate) - kSoundMargin;
    const auto placing = double(frame) > kExactSoundSeconds * rate.toDouble()
        ? SoundTrack::Placing::ByTimes
        : SoundTrack::Placing::Exact;
    switch (landing->drift ? m_sound->restartAt(soundFrom, *landing->drift)
                           : m_sound->restart(soundFrom, placing)) {
    case SoundTrack::Restart::Done:
        return Start::Done;
    case SoundTrack::Restart::Late:
        // Not missed, there is none: all was read, or it was looked for far back.
        return hasPictures && (way == Demuxer::Way::Read || marginSeconds >= kMarginSeconds.back())
            ? Start::Done
            : Start::Late;
    case SoundTrack::Restart::Inexact:
        break;
    }
    qCInfo(lcMedia) << "its sound is decoded from the start, since its times are not exact";
    return soundFromStart(frame) ? Start::Done : Start::Impossible;
}

Result<void> ClipReader::soundFromStart(std::int64_t frame)
{
    Result<std::unique_ptr<Demuxer>> demuxer
        = Demuxer::open(m_resources.file, Demuxer::Wanted::Both, m_request.tracks);
    if (!demuxer)
        return demuxer.error();
    Result<std::unique_ptr<SoundTrack>> sound = SoundTrack::open(*demuxer.value());
    if (!sound)
        return sound.error();
    if (const std::optional<std::int64_t> zero = m_sound->zero())
        sound.value()->setZero(*zero);
    demuxer.value()->leaveOut(Track::Picture);
    m_demuxer->leaveOut(Track::Sound);
    m_sound = std::move(sound).value();
    m_soundDemuxer = std::move(demuxer).value();
    m_sound->skipTo(samplesBefore(frame, m_request.format.rate) - SoundLevels::kHistory);
    return {};
}

Result<void> ClipReader::stepTo(std::int64_t frame)
{
    m_frame = 0;
    bool isLast = false;
    while (m_frame < frame && !isLast) {
        Result<FramePtr> picture = nextPicture(&isLast);
        if (!picture)
            return picture.error();
        if (!picture.value())
            break;
        ++m_frame;
        if (m_sound)
            m_sound->skipTo(samplesBefore(m_frame, m_request.format.rate) - SoundLevels::kHistory);
    }
    m_isOver = isLast;
    return {};
}

} // namespace continuo
