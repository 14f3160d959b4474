// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/mediareader.h"

#include "tests/support/framecode/avhelp.h"

#include <QElapsedTimer>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

struct FormatFree {
    void operator()(AVFormatContext *context) const noexcept { avformat_close_input(&context); }
};
struct CodecFree {
    void operator()(AVCodecContext *context) const noexcept { avcodec_free_context(&context); }
};
struct FrameFree {
    void operator()(AVFrame *frame) const noexcept { av_frame_free(&frame); }
};
using CodecPtr = std::unique_ptr<AVCodecContext, CodecFree>;

// Of a file, too: the judge runs at low priority, beside what takes all of a processor.
constexpr std::chrono::milliseconds kOpenPatience{60000};

Rate rateOf(AVRational value, Rate fallback)
{
    return value.num > 0 && value.den > 0 ? Rate{value.num, value.den} : fallback;
}

void readOrientation(const AVStream *stream, MediaFacts &facts)
{
    const std::uint8_t *matrix
        = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
    if (matrix == nullptr)
        return;
    std::array<std::int32_t, 9> values{};
    std::memcpy(values.data(), matrix, sizeof values);
    const auto cell = [&](std::size_t at) { return static_cast<double>(values[at]); };
    facts.isMirrored = cell(0) * cell(4) - cell(1) * cell(3) < 0;
    if (facts.isMirrored) { // without the mirror, which comes last
        values[0] = -values[0];
        values[3] = -values[3];
    }
    // The matrix says how far it turns counter-clockwise.
    const auto degrees = static_cast<int>(std::lround(-av_display_rotation_get(values.data())));
    facts.turnClockwise = ((degrees % 360) + 360) % 360;
}

/// One sample of any format as -1 to 1.
template <typename T> float scaled(const std::uint8_t *bytes, std::size_t at)
{
    T value{};
    std::memcpy(&value, bytes + at * sizeof(T), sizeof(T));
    if constexpr (std::is_same_v<T, std::int16_t>)
        return static_cast<float>(value) / 32768.0F;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return static_cast<float>(value) / 2147483648.0F;
    else
        return static_cast<float>(value);
}

template <typename T>
void mixFirstTwo(const AVFrame &frame, bool planar, int channels, std::vector<float> &out)
{
    const auto used = static_cast<std::size_t>(std::min(channels, 2));
    const auto stride = static_cast<std::size_t>(planar ? 1 : channels);
    for (std::size_t i = 0; i < out.size(); ++i) {
        float sum = 0;
        for (std::size_t channel = 0; channel < used; ++channel) {
            const std::uint8_t *plane = frame.extended_data[planar ? channel : 0];
            sum += scaled<T>(plane, i * stride + (planar ? 0 : channel));
        }
        out[i] = sum / static_cast<float>(used);
    }
}

} // namespace

void silenceLibraries()
{
    av_log_set_level(AV_LOG_FATAL);
}

struct MediaReader::Native {
    std::unique_ptr<AVFormatContext, FormatFree> format;
    CodecPtr video;
    CodecPtr audio;
    int videoIndex = -1;
    int audioIndex = -1;
    std::unique_ptr<AVFrame, FrameFree> frame{av_frame_alloc()};
    std::unique_ptr<AVPacket, PacketFree> packet{av_packet_alloc()};
    std::vector<float> mono;
    QElapsedTimer sinceStart;
    std::chrono::milliseconds follow{0};
    bool opened = false;

    static int isInterrupted(void *opaque)
    {
        const auto *self = static_cast<const Native *>(opaque);
        if (self->follow.count() > 0)
            return self->sinceStart.elapsed() > self->follow.count() ? 1 : 0;
        return !self->opened && self->sinceStart.elapsed() > kOpenPatience.count() ? 1 : 0;
    }
};

MediaReader::MediaReader()
    : m_native(std::make_unique<Native>())
{
}

MediaReader::~MediaReader() = default;

std::optional<HlsFacts> MediaReader::hlsFacts() const
{
    return m_segments ? std::optional(m_segments->facts()) : std::nullopt;
}

Outcome<std::unique_ptr<MediaReader>> MediaReader::open(const QString &input,
                                                        std::chrono::milliseconds follow)
{
    std::unique_ptr<MediaReader> reader(new MediaReader);
    reader->m_native->follow = follow;
    reader->m_native->sinceStart.start();
    if (SegmentSource::isPlaylist(input)) {
        Outcome<std::unique_ptr<SegmentSource>> segments = SegmentSource::open(input, follow);
        if (!segments)
            return Failure{segments.error()};
        reader->m_segments = std::move(segments.value());
    }
    const Outcome<Done> opened = reader->openInput(input);
    if (!opened)
        return Failure{opened.error()};
    const Outcome<Done> decoding = reader->openDecoders();
    if (!decoding)
        return Failure{u"%1: %2"_s.arg(input, decoding.error())};
    reader->m_native->opened = true;
    return reader;
}

Outcome<Done> MediaReader::openInput(const QString &input)
{
    AVFormatContext *raw = avformat_alloc_context();
    if (raw == nullptr)
        return Failure{u"no memory"_s};
    if (m_segments) {
        raw->pb = m_segments->io();
    } else {
        raw->interrupt_callback = {&Native::isInterrupted, m_native.get()};
    }
    int result
        = avformat_open_input(&raw, m_segments ? "" : input.toUtf8().constData(), nullptr, nullptr);
    if (result < 0) // which has freed it
        return Failure{u"%1: cannot be opened: %2"_s.arg(input, errorText(result))};
    m_native->format.reset(raw);
    result = avformat_find_stream_info(raw, nullptr);
    if (result < 0)
        return Failure{u"%1: streams not found: %2"_s.arg(input, errorText(result))};
    return Done{};
}

Outcome<Done> MediaReader::openDecoders()
{
    AVFormatContext *format = m_native->format.get();
    for (const bool video : {true, false}) {
        const AVCodec *codec = nullptr;
        const int index = av_find_best_stream(
            format, video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
        if (index < 0)
            continue;
        const AVStream *stream = format->streams[index];
        CodecPtr context(avcodec_alloc_context3(codec));
        if (!context || avcodec_parameters_to_context(context.get(), stream->codecpar) < 0)
            return Failure{u"no decoder context"_s};
        context->pkt_timebase = stream->time_base;
        context->thread_count = video ? 0 : 1;
        const int result = avcodec_open2(context.get(), codec, nullptr);
        if (result < 0) {
            return Failure{
                u"decoder %1: %2"_s.arg(QString::fromUtf8(codec->name), errorText(result))};
        }
        const QString name = QString::fromUtf8(codec->name);
        if (video) {
            m_facts.hasPicture = true;
            m_facts.width = context->width;
            m_facts.height = context->height;
            m_facts.pictureBase = {stream->time_base.num, stream->time_base.den};
            if (stream->duration > 0)
                m_facts.pictureEndTicks = stream->duration
                    + (stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time);
            m_facts.sampleAspect = rateOf(
                av_guess_sample_aspect_ratio(format, format->streams[index], nullptr), {1, 1});
            const AVRational rate = av_guess_frame_rate(format, format->streams[index], nullptr);
            m_facts.hasFrameRate = rate.num > 0 && rate.den > 0;
            m_facts.frameRate = rateOf(rate, {25, 1});
            readOrientation(stream, m_facts);
            m_facts.videoCodec = name;
            m_native->videoIndex = index;
            m_native->video = std::move(context);
        } else {
            m_facts.hasSound = true;
            m_facts.audioCodec = name;
            m_facts.sampleRate = context->sample_rate;
            m_facts.channels = context->ch_layout.nb_channels;
            m_native->audioIndex = index;
            m_native->audio = std::move(context);
        }
    }
    if (!m_facts.hasPicture && !m_facts.hasSound)
        return Failure{u"neither picture nor sound in it"_s};
    return Done{};
}

Outcome<Done> MediaReader::readAll(MediaSink &sink)
{
    Native &native = *m_native;
    if (!native.frame || !native.packet)
        return Failure{u"no memory"_s};
    for (;;) {
        const int result = av_read_frame(native.format.get(), native.packet.get());
        if (result == AVERROR(EAGAIN))
            continue;
        if (result < 0) {
            // The time given for following is over, or the file is: both are ends.
            if (result != AVERROR_EOF && result != AVERROR_EXIT)
                return Failure{u"reading failed: %1"_s.arg(errorText(result))};
            break;
        }
        const bool video = native.packet->stream_index == native.videoIndex;
        const bool wanted = video || native.packet->stream_index == native.audioIndex;
        if (wanted) {
            AVCodecContext *codec = video ? native.video.get() : native.audio.get();
            if (avcodec_send_packet(codec, native.packet.get()) < 0)
                ++m_decodeErrors;
            drain(video, sink);
        }
        av_packet_unref(native.packet.get());
    }
    for (const bool video : {true, false}) {
        AVCodecContext *codec = video ? native.video.get() : native.audio.get();
        if (codec == nullptr)
            continue;
        if (avcodec_send_packet(codec, nullptr) < 0)
            ++m_decodeErrors;
        drain(video, sink);
    }
    return Done{};
}

void MediaReader::drain(bool video, MediaSink &sink)
{
    AVCodecContext *codec = video ? m_native->video.get() : m_native->audio.get();
    for (;;) {
        const int result = avcodec_receive_frame(codec, m_native->frame.get());
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
            return;
        if (result < 0) {
            ++m_decodeErrors;
            return;
        }
        if (video)
            deliverPicture(sink);
        else
            deliverSound(sink);
        av_frame_unref(m_native->frame.get());
    }
}

void MediaReader::deliverPicture(MediaSink &sink)
{
    const AVFrame &frame = *m_native->frame;
    const AVPixFmtDescriptor *format
        = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr
        || (format->flags & (AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)) != 0
        || frame.best_effort_timestamp == AV_NOPTS_VALUE) {
        ++m_decodeErrors;
        return;
    }
    if ((frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0)
        ++m_decodeErrors;
    Picture picture;
    LumaView &luma = picture.luma;
    luma.width = frame.width;
    luma.height = frame.height;
    const AVComponentDescriptor &first = format->comp[0];
    if ((format->flags & AV_PIX_FMT_FLAG_RGB) == 0) {
        luma.data = frame.data[first.plane] + first.offset;
        luma.stepX = first.step;
        luma.stepY = frame.linesize[first.plane];
        luma.bytesPerSample = first.depth > 8 ? 2 : 1;
        luma.shift = first.depth > 8 ? first.depth - 8 + first.shift : 0;
    } else {
        // Green alone would do for a grey code; it is also right for a screenshot.
        const AVComponentDescriptor &green = format->comp[1];
        luma.data = frame.data[green.plane] + green.offset;
        luma.stepX = green.step;
        luma.stepY = frame.linesize[green.plane];
        luma.bytesPerSample = green.depth > 8 ? 2 : 1;
        luma.shift = green.depth > 8 ? green.depth - 8 + green.shift : 0;
    }
    picture.ticks = frame.best_effort_timestamp;
    picture.durationTicks = frame.pkt_duration;
    picture.seconds = static_cast<double>(picture.ticks) * m_facts.pictureBase.value();
    picture.interlaced = frame.interlaced_frame != 0;
    picture.topFieldFirst = frame.top_field_first != 0;
    sink.onPicture(picture);
}

void MediaReader::deliverSound(MediaSink &sink)
{
    const AVFrame &frame = *m_native->frame;
    if (frame.nb_samples <= 0 || frame.sample_rate <= 0 || frame.ch_layout.nb_channels <= 0
        || frame.best_effort_timestamp == AV_NOPTS_VALUE) {
        ++m_decodeErrors;
        return;
    }
    std::vector<float> &mono = m_native->mono;
    mono.assign(static_cast<std::size_t>(frame.nb_samples), 0.0F);
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    const int channels = frame.ch_layout.nb_channels;
    switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_S16:
        mixFirstTwo<std::int16_t>(frame, planar, channels, mono);
        break;
    case AV_SAMPLE_FMT_S32:
        mixFirstTwo<std::int32_t>(frame, planar, channels, mono);
        break;
    case AV_SAMPLE_FMT_FLT:
        mixFirstTwo<float>(frame, planar, channels, mono);
        break;
    case AV_SAMPLE_FMT_DBL:
        mixFirstTwo<double>(frame, planar, channels, mono);
        break;
    default:
        ++m_decodeErrors;
        return;
    }
    const AVRational base = m_native->format->streams[m_native->audioIndex]->time_base;
    Sound sound;
    sound.samples = mono;
    sound.rate = frame.sample_rate;
    sound.seconds = static_cast<double>(frame.best_effort_timestamp) * av_q2d(base);
    sink.onSound(sound);
}

} // namespace framecode
