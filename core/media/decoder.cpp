// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decoder.h"

#include "core/base/logging.h"
#include "core/media/averror.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <thread>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A codec that only fails ends at some time, also where the file does not.
constexpr int kMaxErrorsInARow = 2000;

// The alpha of VP8 and VP9 is a second picture beside each; FFmpeg's own decoders leave it out.
const AVCodec *alphaDecoder(const AVStream *stream)
{
    const AVDictionaryEntry *mode = av_dict_get(stream->metadata, "alpha_mode", nullptr, 0);
    if (!mode || mode->value == std::string_view("0"))
        return nullptr;
    if (stream->codecpar->codec_id == AV_CODEC_ID_VP9)
        return avcodec_find_decoder_by_name("libvpx-vp9");
    if (stream->codecpar->codec_id == AV_CODEC_ID_VP8)
        return avcodec_find_decoder_by_name("libvpx");
    return nullptr;
}

CodecPtr makeContext(const AVCodecParameters *parameters, const AVStream *stream = nullptr)
{
    const AVCodec *codec = stream ? alphaDecoder(stream) : nullptr;
    if (!codec)
        codec = avcodec_find_decoder(parameters->codec_id);
    CodecPtr context(codec ? avcodec_alloc_context3(codec) : nullptr);
    if (context && avcodec_parameters_to_context(context.get(), parameters) < 0)
        context.reset();
    return context;
}

double costFactor(AVCodecID codec)
{
    switch (codec) {
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
        return 2;
    case AV_CODEC_ID_PRORES:
    case AV_CODEC_ID_DNXHD:
    case AV_CODEC_ID_FFV1:
    case AV_CODEC_ID_PNG:
        return 4;
    case AV_CODEC_ID_JPEG2000:
        return 16;
    default:
        return 1;
    }
}

int receiveFrame(AVCodecContext *context, AVFrame *frame)
{
    const int received = avcodec_receive_frame(context, frame);
    // What FFmpeg calls interlaced in these is how a picture gets sharper while it loads.
    const AVCodecID codec = context->codec_id;
    if (codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_APNG || codec == AV_CODEC_ID_GIF)
        frame->interlaced_frame = 0;
    return received;
}

} // namespace

Decoder::Effort effortFor(const AVCodecParameters *parameters, AVRational frameRate, int width,
                          int height)
{
    Decoder::Effort effort;
    if (parameters->codec_id == AV_CODEC_ID_JPEG2000) {
        // One side is enough: the fitted picture is no larger than the house's on either. The
        // larger of the house's, as the picture may be turned.
        const int side = std::max(width, height);
        while (effort.halvings < 3
               && std::max(parameters->width, parameters->height) >> (effort.halvings + 1) >= side)
            ++effort.halvings;
    }
    double rate = frameRate.num > 0 && frameRate.den > 0 ? av_q2d(frameRate) : 30;
    rate = std::clamp(rate, 1.0, 120.0);
    const double load = double(parameters->width) * parameters->height * rate
        * costFactor(parameters->codec_id) / (1 << (2 * effort.halvings));
    // 1080p30 with some room: 31 fps.
    const double unit = 1920.0 * 1088 * 31;
    const int cores = std::clamp(int(std::thread::hardware_concurrency()), 1, 16);
    effort.threads = std::clamp(int(std::ceil(load / unit)), 1, cores);
    return effort;
}

FramePtr decodeSinglePacket(const AVCodecParameters *parameters, const AVPacket *packet)
{
    const CodecPtr context = makeContext(parameters);
    FramePtr frame(av_frame_alloc());
    if (!context || !frame || avcodec_open2(context.get(), context->codec, nullptr) < 0)
        return nullptr;
    if (avcodec_send_packet(context.get(), packet) < 0)
        return nullptr;
    avcodec_send_packet(context.get(), nullptr);
    if (receiveFrame(context.get(), frame.get()) < 0)
        return nullptr;
    return frame;
}

double processorSeconds()
{
    struct rusage usage { };
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds
        = [](const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool decodePackets(const AVStream *stream, std::span<const PacketPtr> packets, double mostSeconds,
                   const std::function<void(const AVFrame &frame)> &onFrame)
{
    const CodecPtr context = makeContext(stream->codecpar, stream);
    const FramePtr frame(av_frame_alloc());
    if (!context || !frame || packets.empty())
        return true;
    context->pkt_timebase = stream->time_base;
    context->thread_count = 1;
    if (avcodec_open2(context.get(), context->codec, nullptr) < 0)
        return true;
    const auto receive = [&] {
        int received = receiveFrame(context.get(), frame.get());
        for (; received >= 0; received = receiveFrame(context.get(), frame.get())) {
            onFrame(*frame);
            av_frame_unref(frame.get());
        }
    };
    const double begin = processorSeconds();
    for (const PacketPtr &packet : packets) {
        if (processorSeconds() - begin > mostSeconds)
            return false;
        avcodec_send_packet(context.get(), packet.get());
        receive();
    }
    avcodec_send_packet(context.get(), nullptr);
    receive();
    return true;
}

Result<Decoder> Decoder::open(Demuxer &demuxer, Track track, Effort effort)
{
    const AVStream *stream = demuxer.stream(track);
    const QString codecName = QString::fromUtf8(avcodec_get_name(stream->codecpar->codec_id));
    CodecPtr context = makeContext(stream->codecpar, stream);
    if (!context)
        return Error{ErrorCode::Unsupported, u"no decoder for %1"_s.arg(codecName), 0};
    context->pkt_timebase = stream->time_base;
    context->thread_count = effort.threads;
    context->lowres = std::min(effort.halvings, int(context->codec->max_lowres));
    context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    const int opened = avcodec_open2(context.get(), context->codec, nullptr);
    if (opened < 0) {
        Error error
            = errorFromAv(opened, u"the decoder for %1 does not take the stream"_s.arg(codecName));
        error.code = ErrorCode::Unsupported;
        return error;
    }
    return Decoder(demuxer, track, std::move(context));
}

Decoder::Decoder(Demuxer &demuxer, Track track, CodecPtr context)
    : m_demuxer(&demuxer)
    , m_track(track)
    , m_context(std::move(context))
{
}

Decoder::Outcome Decoder::next(AVFrame *frame)
{
    for (;;) {
        av_frame_unref(frame);
        const int received = receiveFrame(m_context.get(), frame);
        if (received >= 0) {
            ++m_frames;
            m_errorsInARow = 0;
            return Outcome::Frame;
        }
        if (received == AVERROR_EOF)
            return Outcome::End;
        if (received != AVERROR(EAGAIN)) {
            ++m_errors;
            if (++m_errorsInARow > kMaxErrorsInARow)
                return Outcome::End;
            if (m_flushed) {
                // Some codecs report each damaged frame once more while they are drained.
                continue;
            }
        }
        if (!m_pending) {
            Demuxer::Taken taken = m_demuxer->take(m_track);
            if (taken.outcome == Demuxer::Outcome::OutOfReach)
                return Outcome::OutOfReach;
            m_pending = std::move(taken.packet);
            if (m_pending)
                ++m_packets;
        }
        if (!m_pending && m_flushed)
            return Outcome::End;
        const int sent = avcodec_send_packet(m_context.get(), m_pending.get());
        // After an error it may have a frame for us first. (Full and empty at once would be a bug
        // of the codec: the packet is given up.)
        if (sent == AVERROR(EAGAIN) && received != AVERROR(EAGAIN))
            continue;
        m_flushed = m_flushed || !m_pending;
        m_pending.reset();
        PlayProgress::count(m_demuxer->file().progress().packetsDecoded);
        if (sent < 0 && sent != AVERROR_EOF) {
            ++m_errors;
            if (++m_errorsInARow > kMaxErrorsInARow)
                return Outcome::End;
        }
    }
}

void Decoder::flush()
{
    avcodec_flush_buffers(m_context.get());
    // Timestamps that looked wrong so far say nothing of those to come.
    m_context->pts_correction_num_faulty_pts = 0;
    m_context->pts_correction_num_faulty_dts = 0;
    m_pending.reset();
    m_errorsInARow = 0;
    m_flushed = false;
}

} // namespace continuo
