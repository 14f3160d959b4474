// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picturetrack.h"

#include "core/base/logging.h"
#include "core/media/averror.h"

extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error outOfMemory()
{
    return errorFromAv(AVERROR(ENOMEM), u"decode a picture"_s);
}

Orientation orientationOf(const AVStream *stream, const AVFrame *frame)
{
    std::size_t bytes = 0;
    const std::uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    if (data && bytes >= 9 * sizeof(std::int32_t))
        return orientationFromMatrix(reinterpret_cast<const std::int32_t *>(data));
    const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (side && side->size >= 9 * sizeof(std::int32_t))
        return orientationFromMatrix(reinterpret_cast<const std::int32_t *>(side->data));
    // The JPEG decoder of FFmpeg 5.1 hands EXIF on as text.
    if (const AVDictionaryEntry *tag = av_dict_get(frame->metadata, "Orientation", nullptr, 0))
        return orientationFromExif(QByteArray(tag->value).trimmed().toInt());
    return Orientation::Upright;
}

// Pictures that filters look back on (bwdif: one), and the one that is shown when the graph begins.
constexpr std::size_t kBacklog = 3;

// So much more than its pictures the house's frames have to be for fields to be worth it: not 30
// for 29.97, where one frame in 1000 is repeated.
constexpr double kMoreFrames = 1.05;

bool isInterlacedOrder(AVFieldOrder order)
{
    return order == AV_FIELD_TT || order == AV_FIELD_BB || order == AV_FIELD_TB
        || order == AV_FIELD_BT;
}

// Whose pictures say themselves whether they have fields and in which order, each for itself. What
// the container says of the whole stream holds for all others: they would go through the
// deinterlacer untouched, or in the wrong order.
bool tellsFields(AVCodecID codec)
{
    constexpr std::array kTelling{
        AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_H264,
        AV_CODEC_ID_HEVC,       AV_CODEC_ID_VC1,        AV_CODEC_ID_WMV3,  AV_CODEC_ID_DVVIDEO,
        AV_CODEC_ID_PRORES,     AV_CODEC_ID_DNXHD,      AV_CODEC_ID_DIRAC, AV_CODEC_ID_FFV1};
    return std::ranges::find(kTelling, codec) != kTelling.end();
}

// Who writes these with alpha means it, also where a first picture cannot be seen: a title that
// flies in begins so. In others (recorders of screens, pictures without compression) the fourth
// byte of a pixel is often just left empty.
bool meansAlpha(AVCodecID codec)
{
    constexpr std::array kMeaning{AV_CODEC_ID_PRORES, AV_CODEC_ID_QTRLE, AV_CODEC_ID_CFHD,
                                  AV_CODEC_ID_DNXHD,  AV_CODEC_ID_VP8,   AV_CODEC_ID_VP9,
                                  AV_CODEC_ID_HAP,    AV_CODEC_ID_DXV,   AV_CODEC_ID_PNG,
                                  AV_CODEC_ID_APNG,   AV_CODEC_ID_GIF,   AV_CODEC_ID_WEBP};
    return std::ranges::find(kMeaning, codec) != kMeaning.end();
}

} // namespace

LastPicture::Trust LastPicture::trustIn(const QString &format)
{
    const bool areDurationsTrue = format.contains(u"mp4"_s) || format.contains(u"matroska"_s);
    return {areDurationsTrue, areDurationsTrue || format == u"avi"_s};
}

std::int64_t LastPicture::length() const
{
    if (stated > 0 && trust.durations)
        return stated;
    // MP4 with reordered pictures has no durations for each, but says how long the stream is.
    if (trust.length && stream->duration > 0) {
        const std::int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
        const std::int64_t left = start + stream->duration - stamp;
        if (left > 0 && left <= 3 * usual)
            return left;
    }
    // A guess from a nominal rate may be far off (1 ms in FLV, one field in a TS): it counts where
    // the pictures before bear it out, or the rate (where pictures are missing in between).
    if (stated > 0
        && (usual == 0 || 100 * std::abs(stated - nominal) <= nominal
            || (stated * 4 > usual * 3 && stated * 3 < usual * 4)))
        return stated;
    if (lastStep > 0 && usual > 0 && lastStep * 2 < usual * 3)
        return lastStep;
    if (usual > 0)
        return usual;
    return nominal > 0 ? nominal : av_rescale_q(1, {1, 25}, stream->time_base);
}

Result<std::unique_ptr<PictureTrack>> PictureTrack::open(Demuxer &demuxer,
                                                         const HouseFormat &format)
{
    const AVStream *stream = demuxer.stream(Track::Picture);
    AVRational rate = stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = stream->r_frame_rate;
    const Decoder::Effort effort = effortFor(stream->codecpar, rate, format.width, format.height);
    Result<Decoder> decoder = Decoder::open(demuxer, Track::Picture, effort);
    if (!decoder)
        return decoder.error();
    std::unique_ptr<PictureTrack> track(
        new PictureTrack(demuxer, std::move(decoder).value(), format));
    track->m_threads = effort.threads;
    track->m_frameRate = rate;
    track->m_showsFields
        = rate.num > 0 && rate.den > 0 && format.rate.toDouble() > av_q2d(rate) * kMoreFrames;
    if (Result<void> first = track->decodeFirst(); !first)
        return first.error();
    return track;
}

PictureTrack::PictureTrack(Demuxer &demuxer, Decoder decoder, const HouseFormat &format)
    : m_decoder(std::move(decoder))
    , m_format(format)
    , m_stream(demuxer.stream(Track::Picture))
{
    const QString name = demuxer.formatName();
    m_trust = LastPicture::trustIn(name);
    const AVFieldOrder order = m_stream->codecpar->field_order;
    m_sawInterlaced = isInterlacedOrder(order);
    // QuickTime's "first line early" (9) has the name TB in FFmpeg. An MXF says it also of pictures
    // that are single fields, or whole ones in two segments.
    if (m_sawInterlaced && !name.contains(u"mxf"_s) && !tellsFields(m_stream->codecpar->codec_id))
        m_isTopFirst = order == AV_FIELD_TT || order == AV_FIELD_TB;
    m_aperture = apertureOf(demuxer.file(), demuxer.format(), m_stream);
    m_hasDuration = m_stream->duration > 0 || demuxer.format()->duration > 0;
}

Result<void> PictureTrack::decodeFirst()
{
    m_next.reset(av_frame_alloc());
    if (!m_next)
        return outOfMemory();
    if (m_decoder.next(m_next.get()) != Decoder::Outcome::Frame)
        return Error{ErrorCode::Corrupt,
                     m_decoder.packets() > 0 ? u"no picture in it can be decoded (%1)"_s.arg(
                         QString::fromUtf8(avcodec_get_name(m_stream->codecpar->codec_id)))
                                             : u"its picture stream is empty"_s,
                     0};
    m_orientation = orientationOf(m_stream, m_next.get());
    m_peakNits = peakNitsOf(m_stream, m_next.get());
    m_isAlphaLeftOut = !meansAlpha(m_stream->codecpar->codec_id) && isUnseen(m_next.get());
    placeInTime(m_next.get());
    m_shape = shapeOfNext();
    return {};
}

std::optional<std::int64_t> PictureTrack::zero(AVRational base) const
{
    if (!m_zero)
        return std::nullopt;
    return av_rescale_q(*m_zero, m_stream->time_base, base);
}

std::int64_t PictureTrack::endUs() const
{
    return av_rescale_q(m_lastPts + lastDuration(), m_stream->time_base, AV_TIME_BASE_Q);
}

Colours PictureTrack::colours(const AVFrame *picture) const
{
    Colours colours = coloursOf(picture);
    colours.peakNits = m_peakNits;
    return colours;
}

void PictureTrack::placeInTime(AVFrame *frame)
{
    const std::int64_t stamp = frame->best_effort_timestamp;
    std::int64_t pts = m_pictures == 0 ? 0 : m_lastPts + lastDuration();
    if (stamp != AV_NOPTS_VALUE) {
        if (!m_zero)
            m_zero = stamp - pts;
        pts = stamp - *m_zero;
    }
    if (m_pictures > 0 && pts <= m_lastPts && !m_isRestarted)
        pts = m_lastPts + 1; // keeps the order; the rate filter shows the later one
    if (m_pictures > 0)
        m_lastStep = m_isRestarted ? 0 : pts - m_lastPts;
    m_isRestarted = false;
    m_lastPts = pts;
    m_lastPacketDuration = std::max<std::int64_t>(frame->pkt_duration, 0);
    ++m_pictures;
    // Of two JPEGs a picture the decoder knows better.
    const bool isWoven
        = frame->interlaced_frame && m_stream->codecpar->codec_id == AV_CODEC_ID_MJPEG;
    if (m_isTopFirst && !isWoven) {
        frame->interlaced_frame = 1;
        frame->top_field_first = *m_isTopFirst ? 1 : 0;
    }
    m_sawInterlaced = m_sawInterlaced || frame->interlaced_frame;
    frame->pts = pts;
}

// By the rate; 0 where there is none.
std::int64_t PictureTrack::pictureTicks() const
{
    if (m_frameRate.num <= 0 || m_frameRate.den <= 0)
        return 0;
    return av_rescale_q(1, av_inv_q(m_frameRate), m_stream->time_base);
}

std::int64_t PictureTrack::lastDuration() const
{
    LastPicture last;
    last.stream = m_stream;
    last.trust = m_trust;
    last.stamp = m_zero.value_or(0) + m_lastPts;
    last.stated = m_lastPacketDuration;
    last.usual = m_pictures > 1 ? m_lastPts / (m_pictures - 1) : 0;
    last.lastStep = m_lastStep;
    last.nominal = pictureTicks();
    return last.length();
}

PictureShape PictureTrack::shapeOfNext() const
{
    const AVRational streamAspect = m_stream->sample_aspect_ratio.num > 0
        ? m_stream->sample_aspect_ratio
        : m_stream->codecpar->sample_aspect_ratio;
    // The container's word on the shape of pixels counts before the codec's.
    PictureShape shape = shapeOf(m_next.get(), streamAspect);
    if (m_stream->sample_aspect_ratio.num > 0 && m_stream->sample_aspect_ratio.den > 0)
        shape.aspect = m_stream->sample_aspect_ratio;
    // It is said of pictures of that size; the decoder may hand over less (effortFor()).
    if (shape.width == m_stream->codecpar->width && shape.height == m_stream->codecpar->height) {
        shape.crop = m_aperture.crop;
        if (m_aperture.aspect.num > 0)
            shape.aspect = m_aperture.aspect;
    }
    shape.orientation = m_orientation;
    shape.isInterlaced = m_sawInterlaced;
    shape.showsFields = m_sawInterlaced && m_showsFields;
    // OpenEXR holds its colours as they look over black.
    if (m_isAlphaLeftOut || m_stream->codecpar->codec_id == AV_CODEC_ID_EXR)
        shape.isTransparent = false;
    return shape;
}

RateRule PictureTrack::rateRule() const
{
    if (m_frameRate.num <= 0 || m_frameRate.den <= 0)
        return RateRule::RepeatLast;
    const double shown = av_q2d(m_frameRate) * (m_shape.showsFields ? 2 : 1);
    return shown > m_format.rate.toDouble() * 1.0005 ? RateRule::DropFirst : RateRule::RepeatLast;
}

Result<void> PictureTrack::rebuildGraph()
{
    m_shape = shapeOfNext();
    Result<PictureGraph> graph = PictureGraph::build(
        m_shape, m_format, rateRule(), m_stream->time_base, m_threads, pictureTicks());
    if (!graph)
        return graph.error();
    m_graph = std::move(graph).value();
    m_closing = false;
    return {};
}

std::optional<std::int64_t> PictureTrack::stampOf(std::int64_t frame) const
{
    if (!m_zero)
        return std::nullopt;
    const AVRational frameBase{int(m_format.rate.den), int(m_format.rate.num)};
    return *m_zero + av_rescale_q(frame, frameBase, m_stream->time_base);
}

bool PictureTrack::restart(std::int64_t frame, const Demuxer::Landing &landing, std::int64_t latest)
{
    m_decoder.flush();
    m_graph.reset();
    m_next.reset();
    m_after.reset();
    m_held.reset();
    m_early.reset();
    m_backlog.clear();
    m_closing = false;
    m_decoded = false;
    m_hasDecoderEnded = false;
    m_isRestarted = true;
    m_isSkipping = true;
    m_frame = frame;
    const std::optional<std::int64_t> feedFrom = stampOf(frame - 1);
    if (!feedFrom)
        return false;
    m_feedFrom = *feedFrom - *m_zero;
    m_pictures = landing.packets;
    if (landing.packets < 0)
        m_pictures = m_frameRate.num > 0 && m_frameRate.den > 0
            ? av_rescale_q(landing.stamp - *m_zero, m_stream->time_base, av_inv_q(m_frameRate))
            : frame;
    m_pictures = std::max<std::int64_t>(m_pictures, 1);
    for (;;) {
        FramePtr picture(av_frame_alloc());
        if (!picture || m_decoder.next(picture.get()) != Decoder::Outcome::Frame
            || picture->best_effort_timestamp == AV_NOPTS_VALUE)
            return false;
        placeInTime(picture.get());
        // Pictures before the key frame may lean on others before it (an open group).
        if (m_lastPts < landing.stamp - *m_zero)
            continue;
        if (m_lastPts > latest - *m_zero)
            return false;
        if (m_lastPts >= m_feedFrom)
            m_feedFrom = INT64_MIN;
        m_backlog.push_back(std::move(picture));
        return true;
    }
}

FramePtr PictureTrack::decode()
{
    FramePtr frame(av_frame_alloc());
    // OutOfReach never comes for pictures.
    if (frame && m_decoder.next(frame.get()) == Decoder::Outcome::Frame)
        return frame;
    m_hasDecoderEnded = true;
    return nullptr;
}

bool PictureTrack::isLeap(const AVFrame *frame) const
{
    if (frame->best_effort_timestamp == AV_NOPTS_VALUE || !m_zero)
        return false;
    const std::int64_t second = av_rescale_q(AV_TIME_BASE, AV_TIME_BASE_Q, m_stream->time_base);
    return frame->best_effort_timestamp - *m_zero > m_lastPts + lastDuration() + second;
}

FramePtr PictureTrack::decodePlaced()
{
    FramePtr frame = m_after ? std::move(m_after) : decode();
    if (!frame)
        return nullptr;
    // One damaged timestamp would have the picture before stand until then, and those after it
    // fall out: the next one tells.
    if (isLeap(frame.get())) {
        m_after = decode();
        if (m_after && m_after->best_effort_timestamp != AV_NOPTS_VALUE
            && m_after->best_effort_timestamp < frame->best_effort_timestamp)
            frame->best_effort_timestamp = AV_NOPTS_VALUE;
    }
    placeInTime(frame.get());
    return frame;
}

FramePtr PictureTrack::decodeNext()
{
    while (m_after || !m_hasDecoderEnded) {
        if (m_feedFrom == INT64_MIN && !m_backlog.empty())
            break;
        FramePtr frame = decodePlaced();
        if (!frame)
            break;
        if (m_feedFrom == INT64_MIN)
            return frame;
        if (frame->pts >= m_feedFrom)
            m_feedFrom = INT64_MIN;
        else if (m_backlog.size() >= kBacklog)
            m_backlog.pop_front();
        m_backlog.push_back(std::move(frame));
    }
    if (m_backlog.empty())
        return nullptr;
    FramePtr frame = std::move(m_backlog.front());
    m_backlog.pop_front();
    return frame;
}

Result<void> PictureTrack::feed()
{
    if (!m_next) {
        FramePtr frame = decodeNext();
        if (!frame) {
            m_decoded = true;
            m_closing = true;
            if (!m_graph)
                return {};
            // A picture of no length to speak of is still shown once.
            const std::int64_t oneFrame
                = av_rescale_q_rnd(1, {int(m_format.rate.den), int(m_format.rate.num)},
                                   m_stream->time_base, AV_ROUND_UP);
            m_graph->close(std::max(m_lastPts + lastDuration(), oneFrame));
            return {};
        }
        m_next = std::move(frame);
    }
    if (m_graph && shapeOfNext() != m_shape) {
        // Another size or format from here on: what is in the old graph lasts until now.
        m_closing = true;
        m_graph->close(m_next->pts);
        return {};
    }
    if (!m_graph) {
        if (Result<void> built = rebuildGraph(); !built)
            return built;
    }
    FramePtr frame = std::move(m_next);
    frame->time_base = m_stream->time_base;
    return m_graph->push(frame.get());
}

Result<FramePtr> PictureTrack::take(FramePtr frame)
{
    m_isSkipping = false;
    // The graph starts each of its lives at 0 or where its first picture lies.
    if (m_held && frame->pts > m_frame) {
        m_early = std::move(frame);
        frame.reset(av_frame_clone(m_held.get()));
        if (!frame)
            return outOfMemory();
    } else {
        m_held.reset(av_frame_clone(frame.get()));
    }
    ++m_frame;
    return frame;
}

Result<FramePtr> PictureTrack::next()
{
    if (m_early) {
        FramePtr frame = std::move(m_early);
        return take(std::move(frame));
    }
    for (;;) {
        if (m_graph) {
            Result<std::optional<FramePtr>> pulled = m_graph->pull();
            if (!pulled)
                return pulled.error();
            if (pulled.value()) {
                FramePtr frame = std::move(*pulled.value());
                tagColours(frame.get(), m_shape.colours);
                if (frame->pts < m_frame) {
                    // The end of one graph's life and the start of the next overlap; after a
                    // restart these come before the one that was asked for.
                    if (m_isSkipping)
                        m_held = std::move(frame);
                    continue;
                }
                return take(std::move(frame));
            }
            if (m_graph->hasEnded()) {
                if (m_decoded) {
                    if (m_isSkipping && m_held)
                        m_frame = m_held->pts + 1; // shorter than where it was to go on
                    return FramePtr();
                }
                m_graph.reset();
            }
        }
        if (m_closing && m_graph)
            return Error{ErrorCode::Internal, u"a closed filter graph asks for more"_s, 0};
        if (Result<void> fed = feed(); !fed)
            return fed.error();
    }
}

} // namespace continuo
