// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/clipreader.h"

#include "core/base/logging.h"
#include "core/media/averror.h"
#include "core/media/card.h"
#include "core/media/dither.h"
#include "core/media/downmix.h"

extern "C" {
#include <libavutil/imgutils.h>
}

#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A cover smaller than that would be a blur on the screen: the title says more.
constexpr int kSmallestCover = 64;
// How far sound after the last picture is decoded to count it; beyond that the file is believed.
constexpr std::int64_t kCountSamples = 2 * kHouseSampleRate;

bool isStillFormat(const QString &name)
{
    return name == u"image2"_s || name.endsWith(u"_pipe"_s);
}

FramePtr decodeCover(const AVFormatContext *format)
{
    FramePtr best;
    for (unsigned i = 0; i < format->nb_streams; ++i) {
        const AVStream *stream = format->streams[i];
        if (!(stream->disposition & AV_DISPOSITION_ATTACHED_PIC) || stream->attached_pic.size <= 0)
            continue;
        FramePtr frame = decodeSinglePacket(stream->codecpar, &stream->attached_pic);
        if (!frame || frame->width < kSmallestCover || frame->height < kSmallestCover)
            continue;
        if (!best || frame->width * frame->height > best->width * best->height)
            best = std::move(frame);
    }
    return best;
}

Result<FramePtr> conformSingle(FramePtr frame, const HouseFormat &format)
{
    PictureShape shape = shapeOf(frame.get(), {1, 1});
    shape.isTransparent = shape.isTransparent && !isUnseen(frame.get());
    shape.colours.peakNits = peakNitsOf(nullptr, frame.get());
    frame->pts = 0;
    Result<PictureGraph> graph = PictureGraph::build(shape, format, RateRule::None, {1, 25}, 1);
    if (!graph)
        return graph.error();
    if (Result<void> pushed = graph->push(frame.get()); !pushed)
        return pushed.error();
    graph->close(1);
    Result<std::optional<FramePtr>> pulled = graph->pull();
    if (!pulled)
        return pulled.error();
    if (!pulled.value())
        return Error{ErrorCode::Corrupt, u"the picture cannot be conformed"_s, 0};
    if (shape.colours.areTheHouses())
        return std::move(*pulled.value());
    return ColourMap().mapped(pulled.value()->get(), shape.colours);
}

} // namespace

Result<ClipResources> ClipReader::prepare(const ClipRequest &request)
{
    if (Result<void> valid = request.format.validate(); !valid)
        return valid.error();
    Result<ClipFilePtr> file = ClipFile::open(request.path);
    if (!file)
        return file.error();
    const QString title
        = request.title.isEmpty() ? QFileInfo(request.path).completeBaseName() : request.title;
    Result<FramePtr> card = drawCard(CardKind::Title, {title}, request.format);
    if (!card)
        return card.error();
    return ClipResources{std::move(file).value(), std::move(card).value()};
}

Result<std::unique_ptr<ClipReader>> ClipReader::open(const ClipRequest &request)
{
    Result<ClipResources> resources = prepare(request);
    if (!resources)
        return resources.error();
    return open(request, std::move(resources).value());
}

Result<std::unique_ptr<ClipReader>> ClipReader::open(const ClipRequest &request,
                                                     ClipResources resources)
{
    std::unique_ptr<ClipReader> reader(new ClipReader(request, std::move(resources)));
    if (Result<void> opened = reader->openMedia(); !opened)
        return opened.error();
    reader->learnFacts();
    if (request.until >= 0 && request.until <= request.from) {
        reader->m_frame = request.until; // nothing is wanted
        reader->m_isOver = reader->m_hasStopped = true;
    } else if (request.from > 0) {
        if (Result<void> started = reader->startAt(request.from); !started)
            return started.error();
    }
    return reader;
}

ClipReader::ClipReader(ClipRequest request, ClipResources resources)
    : m_request(std::move(request))
    , m_resources(std::move(resources))
{
}

ClipReader::~ClipReader() = default;

Result<void> ClipReader::openMedia()
{
    Result<std::unique_ptr<Demuxer>> demuxer
        = Demuxer::open(m_resources.file, Demuxer::Wanted::Both, m_request.tracks);
    if (!demuxer)
        return demuxer.error();
    m_demuxer = std::move(demuxer).value();
    if (!m_demuxer->stream(Track::Picture))
        return openSoundOnly();
    Result<void> opened = openPictures();
    if (opened || !m_demuxer->stream(Track::Sound))
        return opened;
    // The picture cannot be shown, but there is sound: from the start of the file, without it.
    qCWarning(lcMedia).noquote() << u"only the sound is played: "_s + opened.error().detail;
    m_pictures.reset();
    demuxer = Demuxer::open(m_resources.file, Demuxer::Wanted::SoundOnly, m_request.tracks);
    if (!demuxer)
        return opened;
    m_demuxer = std::move(demuxer).value();
    return openSoundOnly();
}

Result<void> ClipReader::openPictures()
{
    Result<std::unique_ptr<PictureTrack>> pictures
        = PictureTrack::open(*m_demuxer, m_request.format);
    if (!pictures)
        return pictures.error();
    m_pictures = std::move(pictures).value();
    Result<FramePtr> first = m_pictures->next();
    if (!first)
        return first.error();
    m_ahead = std::move(first).value();
    if (!m_ahead)
        return Error{ErrorCode::Corrupt, u"no picture in it can be shown"_s, 0};
    if (Result<void> sound = openSound(); !sound)
        qCWarning(lcMedia).noquote() << u"played without its sound: "_s + sound.error().detail;
    m_facts.pictureFilters
        = pictureGraphText(m_pictures->shape(), m_request.format, m_pictures->rateRule());
    if (m_sound) {
        if (const std::optional<std::int64_t> zero = m_pictures->zero(kHouseBase))
            m_sound->setZero(*zero);
    }
    judgeSinglePicture();
    return {};
}

void ClipReader::judgeSinglePicture()
{
    const QString name = m_demuxer->formatName();
    if (isStillFormat(name)) {
        becomeStill();
        return;
    }
    // The rate filter gives its first frame when it has the second picture, or knows of none.
    if (m_pictures->sourceFrames() != 1)
        return;
    if (m_sound && m_pictures->endUs() < AV_TIME_BASE
        && m_sound->countFrom(0, kHouseSampleRate) >= kHouseSampleRate) {
        becomeStill();
        m_stillFrames = -1; // the cover of its sound
    } else if (name == u"gif"_s || !m_pictures->hasDuration()) {
        becomeStill(); // a GIF's delay is for the picture that would follow
    }
}

Result<void> ClipReader::openSound()
{
    if (!m_demuxer->stream(Track::Sound))
        return {};
    Result<std::unique_ptr<SoundTrack>> sound = SoundTrack::open(*m_demuxer);
    if (!sound)
        return sound.error();
    m_sound = std::move(sound).value();
    const AVChannelLayout &layout = m_demuxer->stream(Track::Sound)->codecpar->ch_layout;
    m_isMixed = mayExceedFullScale(layout);
    m_facts.soundFilters = SoundTrack::graphText(layout);
    return {};
}

void ClipReader::becomeStill()
{
    m_still = std::move(m_ahead);
    m_stillFrames = std::max<std::int64_t>(
        1, microsecondsToFrames(std::llround(m_request.stillSeconds * 1e6), m_request.format.rate));
    m_facts.isStill = true;
}

Result<void> ClipReader::openSoundOnly()
{
    Result<void> opened = openSound();
    FramePtr cover = decodeCover(m_demuxer->format());
    if (m_sound) {
        m_sound->decodeUntil(1);
        if (!m_sound->hasSound()) {
            m_sound.reset();
            opened = Error{ErrorCode::Corrupt, u"no sound in it can be decoded"_s, 0};
        }
    }
    if (!m_sound && !cover)
        return opened ? Error{ErrorCode::Corrupt, u"nothing in it can be decoded"_s, 0}
                      : opened.error();
    m_facts.isTitleCard = bool(m_sound);
    if (cover) {
        Result<FramePtr> picture = conformSingle(std::move(cover), m_request.format);
        if (picture)
            m_ahead = std::move(picture).value();
    }
    if (m_sound)
        m_levelCard.emplace(m_request.format,
                            m_ahead ? LevelCard::Ground::Cover : LevelCard::Ground::Card);
    if (!m_ahead) {
        m_ahead.reset(av_frame_clone(m_resources.titleCard.get()));
        if (!m_ahead)
            return errorFromAv(AVERROR(ENOMEM), u"show a title card"_s);
    }
    if (m_sound)
        m_still = std::move(m_ahead);
    else
        becomeStill();
    return {};
}

Result<bool> ClipReader::stillFrame(FramePtr *picture, bool *isLast)
{
    std::int64_t total = m_stillFrames;
    if (total < 0) {
        // As long as there is surely sound for two frames more, this one is not the last.
        const FrameRate rate = m_request.format.rate;
        m_sound->decodeUntil(samplesBefore(m_frame + 3, rate));
        if (m_sound->hasEnded() || m_sound->end() < samplesBefore(m_frame + 3, rate)) {
            const std::int64_t endUs = av_rescale_q(m_sound->end(), kHouseBase, AV_TIME_BASE_Q);
            total = std::max<std::int64_t>(1, microsecondsToFrames(endUs, rate));
        } else {
            total = m_frame + 2;
        }
    }
    if (m_frame >= total) {
        m_frame = total;
        return false;
    }
    *isLast = m_frame == total - 1;
    if (m_still->format == AV_PIX_FMT_YUV420P10) {
        Result<FramePtr> mapped
            = m_colourMap.mapped(m_still.get(), m_pictures->colours(m_still.get()));
        if (!mapped)
            return mapped.error();
        m_still = std::move(mapped).value();
    }
    picture->reset(av_frame_clone(m_still.get()));
    if (!*picture)
        return errorFromAv(AVERROR(ENOMEM), u"show a still picture"_s);
    return true;
}

Result<FramePtr> ClipReader::nextPicture(bool *isLast)
{
    if (m_still) {
        FramePtr picture;
        Result<bool> more = stillFrame(&picture, isLast);
        if (!more)
            return more.error();
        return picture;
    }
    FramePtr picture = std::move(m_ahead);
    if (!picture || isLastWanted()) // nothing is decoded behind that
        return picture;
    Result<FramePtr> ahead = m_pictures->next();
    if (!ahead)
        return ahead.error();
    m_ahead = std::move(ahead).value();
    *isLast = !m_ahead;
    return picture;
}

Result<bool> ClipReader::next(HouseFrame &frame)
{
    if (m_isOver)
        return false;
    bool isLast = false;
    Result<FramePtr> picture = nextPicture(&isLast);
    if (!picture)
        return picture.error();
    const AVFrame *shown = picture.value().get();
    if (!shown) {
        m_isOver = true;
        return false;
    }
    m_hasStopped = isLastWanted() && !isLast;
    isLast = isLast || m_hasStopped;
    if (Result<void> copied = copyPicture(shown, frame.picture); !copied)
        return copied.error();
    frame.frame = m_frame;
    frame.sourceUs = framesToNanoseconds(m_frame, m_request.format.rate) / 1000;
    frame.isStill = bool(m_still);
    if (!std::exchange(m_hasBegun, true)) {
        if (Result<void> begun = beginLevels(); !begun)
            return begun.error();
    }
    fillSound(frame, isLast);
    if (m_levelCard) {
        const FrameRate rate = m_request.format.rate;
        const std::int64_t count = samplesBefore(m_frame + 1, rate) - samplesBefore(m_frame, rate);
        m_levelCard->draw(frame.picture, frame.samples.first(std::size_t(count) * 2));
    }
    ++m_frame;
    m_isOver = isLast;
    return true;
}

Result<void> ClipReader::copyPicture(const AVFrame *shown, std::span<std::uint8_t> to)
{
    if (shown->format == AV_PIX_FMT_YUV420P10)
        return m_colourMap.map(shown, m_pictures->colours(shown), to);
    const int copied
        = av_image_copy_to_buffer(to.data(), int(to.size()), shown->data, shown->linesize,
                                  AVPixelFormat(shown->format), shown->width, shown->height, 1);
    if (copied < 0 || std::size_t(copied) != to.size())
        return errorFromAv(copied < 0 ? copied : AVERROR_BUG, u"hand over a picture"_s);
    return {};
}

void ClipReader::endBefore(std::int64_t frame)
{
    m_request.until = frame < 0 ? -1 : std::max(frame, m_frame + 1);
}

// A mix may be more than full scale, also where its loudness is left as it is.
Result<void> ClipReader::beginLevels()
{
    if (!m_sound || (!m_request.levels.isLevelled() && !m_isMixed))
        return {};
    Result<std::unique_ptr<SoundLevels>> levels = SoundLevels::begin(
        m_request.levels, *m_sound, samplesBefore(m_frame, m_request.format.rate));
    if (!levels)
        return levels.error();
    m_levels = std::move(levels).value();
    return {};
}

void ClipReader::fillSound(HouseFrame &frame, bool isLast)
{
    if (!m_sound) {
        std::fill(frame.samples.begin(), frame.samples.end(), std::int16_t(0));
        return;
    }
    const FrameRate rate = m_request.format.rate;
    const std::int64_t start = samplesBefore(m_frame, rate);
    const std::int64_t end = samplesBefore(m_frame + 1, rate);
    m_samples.resize(frame.samples.size());
    const std::span<float> samples(m_samples);
    // So far ahead that a fade before a stretch of silence comes before it is too late.
    m_sound->decodeUntil(start + std::int64_t(samples.size() / 2) + kFadeSamples);
    const auto count = std::size_t(end - start) * 2;
    // What lies beyond this frame is read again with the next: read() forgets only what is before.
    const std::size_t sound = m_sound->read(start, samples.first(count));
    m_paddedSamples += end - start - std::int64_t(sound);
    if (m_levels) {
        m_levels->read(*m_sound, start, samples);
        frame.gainCentiDb = int(std::lround(m_levels->gainDb(start) * 100));
    } else if (!isLast) {
        m_sound->read(start, samples);
    }
    if (isLast) {
        const std::span<float> beyond = samples.subspan(count);
        std::fill(beyond.begin(), beyond.end(), 0.0F);
        if (!m_hasStopped)
            m_cutSamples = m_sound->countFrom(end, kCountSamples);
        if (m_cutSamples > 0 || (m_hasStopped && m_sound->end() > end)) {
            const std::size_t faded = std::min<std::size_t>(count, std::size_t(kFadeSamples) * 2);
            fadeOut(samples.subspan(count - faded, faded));
        }
    }
    ditherToHouse(samples, start, frame.samples);
}

std::optional<std::int64_t> ClipReader::zeroUs() const
{
    return m_pictures ? m_pictures->zero(AV_TIME_BASE_Q) : std::nullopt;
}

std::int64_t ClipReader::errors() const
{
    return (m_pictures ? m_pictures->errors() : 0) + (m_sound ? m_sound->errors() : 0);
}

Result<void> ClipReader::endReason() const
{
    return m_demuxer->readError();
}

} // namespace continuo
