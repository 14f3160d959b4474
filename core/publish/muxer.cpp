// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/muxer.h"

#include "core/media/averror.h"

extern "C" {
#include <libavutil/opt.h>
}

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kIoBufferBytes = 348 * 188; // whole packets of a transport stream
constexpr int kVideoStream = 0;
constexpr int kAudioStream = 1;

} // namespace

Result<std::unique_ptr<MuxerIo>> MuxerIo::create(Write write, Seeking seeking)
{
    std::unique_ptr<MuxerIo> io(new MuxerIo(std::move(write)));
    auto *buffer = static_cast<unsigned char *>(av_malloc(kIoBufferBytes));
    if (buffer)
        io->m_io = avio_alloc_context(buffer, kIoBufferBytes, 1, io.get(), nullptr, &onWrite,
                                      seeking == Seeking::Allowed ? &onSeek : nullptr);
    if (!io->m_io) {
        av_free(buffer);
        return errorFromAv(AVERROR(ENOMEM), u"make a muxer"_s);
    }
    return io;
}

MuxerIo::~MuxerIo()
{
    if (m_io) {
        av_freep(&m_io->buffer);
        avio_context_free(&m_io);
    }
}

int MuxerIo::onWrite(void *opaque, std::uint8_t *bytes, int size)
{
    auto *self = static_cast<MuxerIo *>(opaque);
    if (Result<void> written = self->m_write(self->m_offset, bytes, size); !written) {
        if (!self->m_error)
            self->m_error = written.error();
        return AVERROR_EXTERNAL;
    }
    self->m_offset += size;
    self->m_end = std::max(self->m_end, self->m_offset);
    return size;
}

std::int64_t MuxerIo::onSeek(void *opaque, std::int64_t offset, int whence)
{
    auto *self = static_cast<MuxerIo *>(opaque);
    if (whence == AVSEEK_SIZE)
        return self->m_end;
    if (whence == SEEK_CUR)
        offset += self->m_offset;
    else if (whence == SEEK_END)
        offset += self->m_end;
    else if (whence != SEEK_SET)
        return AVERROR(EINVAL);
    if (offset < 0)
        return AVERROR(EINVAL);
    self->m_offset = offset;
    return offset;
}

Result<std::unique_ptr<Muxer>> Muxer::create(const Options &options, const StreamSet &streams,
                                             AVIOContext *io)
{
    std::unique_ptr<Muxer> muxer(new Muxer);
    AVFormatContext *raw = nullptr;
    const int allocated
        = avformat_alloc_output_context2(&raw, nullptr, options.format.constData(), nullptr);
    muxer->m_context.reset(raw);
    muxer->m_packet.reset(av_packet_alloc());
    if (allocated < 0 || !muxer->m_packet)
        return errorFromAv(allocated < 0 ? allocated : AVERROR(ENOMEM),
                           u"make a muxer for "_s + QString::fromLatin1(options.format));
    raw->pb = io;
    raw->flags |= AVFMT_FLAG_CUSTOM_IO;
    // Our times are what they should be: nothing may move them.
    raw->avoid_negative_ts = 0;
    raw->max_delay = options.maxDelayUs;
    if (options.isReproducible)
        raw->flags |= AVFMT_FLAG_BITEXACT;
    AVStream *video = avformat_new_stream(raw, nullptr);
    AVStream *audio = avformat_new_stream(raw, nullptr);
    if (!video || !audio || avcodec_parameters_copy(video->codecpar, streams.video.get()) < 0
        || avcodec_parameters_copy(audio->codecpar, streams.audio.get()) < 0)
        return errorFromAv(AVERROR(ENOMEM), u"make a muxer"_s);
    const AVRational rate{int(streams.rate.num), int(streams.rate.den)};
    video->time_base = av_inv_q(rate); // a wish: formats with free time bases then are exact
    video->avg_frame_rate = rate;
    video->r_frame_rate = rate;
    audio->time_base = {1, kHouseSampleRate};
    muxer->m_format = options.format;
    muxer->m_values = options.values;
    return muxer;
}

Result<void> Muxer::outcome(int averror, const char *what) const
{
    if (averror >= 0 && m_context->pb && m_context->pb->error < 0)
        averror = m_context->pb->error;
    if (averror >= 0)
        return {};
    return errorFromAv(averror, QString::fromLatin1(what) + u' ' + QString::fromLatin1(m_format));
}

Result<void> Muxer::writeHeader()
{
    AVDictionary *values = nullptr;
    for (const auto &[name, value] : m_values)
        av_dict_set(&values, name.constData(), value.constData(), 0);
    const int written = avformat_write_header(m_context.get(), &values);
    const AVDictionaryEntry *unknown
        = written >= 0 ? av_dict_get(values, "", nullptr, AV_DICT_IGNORE_SUFFIX) : nullptr;
    const QString unknownName = unknown ? QString::fromLatin1(unknown->key) : QString();
    av_dict_free(&values);
    if (!unknownName.isEmpty())
        return Error{ErrorCode::Unsupported,
                     u"this libavformat does not know the option "_s + unknownName, 0};
    avio_flush(m_context->pb);
    return outcome(written, "begin");
}

Result<void> Muxer::write(const TimelinePacket &packet, const MuxClock &clock)
{
    const int index = packet.isVideo() ? kVideoStream : kAudioStream;
    const AVRational base = m_context->streams[index]->time_base;
    if (av_packet_ref(m_packet.get(), packet.payload.get()) < 0)
        return errorFromAv(AVERROR(ENOMEM), u"write a packet"_s);
    AVPacket *out = m_packet.get();
    out->stream_index = index;
    out->pos = -1;
    if (packet.isVideo()) {
        out->pts = clock.videoTicks(packet.pts, base);
        out->dts = clock.videoTicks(packet.dts, base);
        out->duration = clock.videoTicks(packet.dts + 1, base) - out->dts;
        out->flags = packet.isKey ? AV_PKT_FLAG_KEY : 0;
    } else {
        out->pts = clock.audioTicks(packet.pts, base);
        out->dts = out->pts;
        out->duration = clock.audioTicks(packet.pts + kAacFrameSamples, base) - out->pts;
        out->flags = AV_PKT_FLAG_KEY;
        m_lastAudio = out->pts;
    }
    // Not the interleaving call: the packets come in the order to send, and it would hold some.
    const int written = av_write_frame(m_context.get(), out);
    av_packet_unref(out);
    return outcome(written, "write");
}

Result<void> Muxer::flush()
{
    int flushed = 0;
    if (m_format == "matroska" && m_lastAudio != AV_NOPTS_VALUE) {
        // This muxer holds the last packet of sound back, over a flush, too; an empty one brings it
        // out and is not written itself.
        av_packet_unref(m_packet.get());
        m_packet->stream_index = kAudioStream;
        m_packet->pts = m_lastAudio;
        m_packet->dts = m_lastAudio;
        flushed = av_write_frame(m_context.get(), m_packet.get());
    }
    if (flushed >= 0)
        flushed = av_write_frame(m_context.get(), nullptr);
    // The first flush of a fragmented MP4 brings out the movie's head only (delay_moov).
    if (flushed >= 0 && m_format == "mp4" && !std::exchange(m_hasFlushed, true))
        flushed = av_write_frame(m_context.get(), nullptr);
    avio_flush(m_context->pb);
    return outcome(flushed, "write");
}

qint64 Muxer::position() const
{
    return avio_tell(m_context->pb);
}

Result<void> Muxer::seek(qint64 offset)
{
    const std::int64_t at = avio_seek(m_context->pb, offset, SEEK_SET);
    return outcome(at < 0 ? int(at) : 0, "go on with");
}

Result<void> Muxer::writeTrailer()
{
    const int written = av_write_trailer(m_context.get());
    avio_flush(m_context->pb);
    return outcome(written, "end");
}

void Muxer::setOption(const char *name, const char *value)
{
    av_opt_set(m_context->priv_data, name, value, 0);
}

} // namespace continuo
