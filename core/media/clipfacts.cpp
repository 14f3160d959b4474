// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/clipreader.h"

#include <QJsonValue>
#include <QStringList>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Longer is no clip but a damaged header.
constexpr std::int64_t kLongestUs = 36LL * 3600 * 1'000'000;

/// Matroska tells the length of a stream as a tag, "00:00:05.000000000".
std::int64_t taggedDurationUs(const AVStream *stream)
{
    const AVDictionaryEntry *tag = av_dict_get(stream->metadata, "DURATION", nullptr, 0);
    if (!tag)
        return -1;
    const QStringList parts = QString::fromLatin1(tag->value).split(u':');
    if (parts.size() != 3)
        return -1;
    const double seconds
        = parts[0].toDouble() * 3600 + parts[1].toDouble() * 60 + parts[2].toDouble();
    return seconds > 0 ? std::llround(seconds * 1e6) : -1;
}

/// How long a stream (or, where that is unknown, the file) lasts.
struct Length {
    std::int64_t ticks = -1;
    AVRational base = AV_TIME_BASE_Q;
};

Length lengthOf(const AVFormatContext *format, const AVStream *stream)
{
    Length length;
    if (stream->duration > 0) {
        length = {stream->duration, stream->time_base};
    } else if (const std::int64_t endUs = taggedDurationUs(stream); endUs > 0) {
        const std::int64_t startUs = stream->start_time == AV_NOPTS_VALUE
            ? 0
            : av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q);
        length.ticks = endUs - std::max<std::int64_t>(startUs, 0);
    } else if (format->duration > 0) {
        length.ticks = format->duration;
    }
    if (av_compare_ts(length.ticks, length.base, kLongestUs, AV_TIME_BASE_Q) > 0)
        length.ticks = -1;
    return length;
}

QString codecName(const AVStream *stream)
{
    return QString::fromUtf8(avcodec_get_name(stream->codecpar->codec_id));
}

} // namespace

void ClipReader::learnFacts()
{
    const AVFormatContext *format = m_demuxer->format();
    m_facts.container = m_demuxer->formatName().section(u',', 0, 0);
    const AVStream *sound = m_sound ? m_demuxer->stream(Track::Sound) : nullptr;
    if (sound) {
        m_facts.audioCodec = codecName(sound);
        m_facts.channels = sound->codecpar->ch_layout.nb_channels;
        m_facts.sampleRate = sound->codecpar->sample_rate;
    }
    ChosenStreams chosen;
    chosen.sound = sound ? sound->index : -1;
    const AVStream *picture = m_pictures ? m_demuxer->stream(Track::Picture) : nullptr;
    chosen.picture = picture ? picture->index : -1;
    m_facts.tracks = tracksJson(format, chosen);
    if (picture) {
        const PictureShape &shape = m_pictures->shape();
        m_facts.videoCodec = codecName(picture);
        // The decoder may hand over less than that (effortFor()).
        m_facts.width = picture->codecpar->width;
        m_facts.height = picture->codecpar->height;
        m_facts.frameRate = m_pictures->frameRate();
        m_facts.isInterlaced = shape.isInterlaced;
        m_facts.rotation = orientationDegrees(shape.orientation);
    }
    if (m_facts.isStill && m_stillFrames > 0) {
        m_facts.frames = m_stillFrames;
        m_facts.durationUs = framesToNanoseconds(m_stillFrames, m_request.format.rate) / 1000;
        return;
    }
    const Length length = lengthOf(format, picture && !m_facts.isStill ? picture : sound);
    if (length.ticks <= 0)
        return;
    const FrameRate rate = m_request.format.rate;
    m_facts.durationUs = av_rescale_q(length.ticks, length.base, AV_TIME_BASE_Q);
    // Not from microseconds: halves of a frame are common and must round as the rate filter does.
    m_facts.frames = std::max<std::int64_t>(1,
                                            av_rescale_q_rnd(length.ticks, length.base,
                                                             {int(rate.den), int(rate.num)},
                                                             AV_ROUND_NEAR_INF));
}

QJsonObject ClipFacts::toJson() const
{
    QJsonValue video = QJsonValue::Null;
    if (!videoCodec.isEmpty()) {
        const double rate = frameRate.num > 0 && frameRate.den > 0 ? av_q2d(frameRate) : 0;
        video = QJsonObject{
            {u"codec"_s, videoCodec},        {u"width"_s, width},
            {u"height"_s, height},           {u"fps"_s, std::round(rate * 1000) / 1000},
            {u"interlaced"_s, isInterlaced}, {u"rotation"_s, rotation}};
    }
    QJsonValue audio = QJsonValue::Null;
    if (!audioCodec.isEmpty())
        audio = QJsonObject{
            {u"codec"_s, audioCodec}, {u"channels"_s, channels}, {u"sampleRate"_s, sampleRate}};
    return {{u"frames"_s, qint64(frames)}, {u"durationUs"_s, qint64(durationUs)},
            {u"container"_s, container},   {u"video"_s, video},
            {u"audio"_s, audio},           {u"titleCard"_s, isTitleCard},
            {u"still"_s, isStill},         {u"tracks"_s, tracks}};
}

} // namespace continuo
