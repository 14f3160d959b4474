// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/nutwriter.h"

#include "core/media/averror.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <limits>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kPictureStream = 0;
constexpr int kSoundStream = 1;
// Only packet headers pass through it: with direct=1 payloads go to the sink as they are.
constexpr int kIoBufferBytes = 4096;

} // namespace

Result<std::unique_ptr<NutWriter>> NutWriter::create(const HouseFormat &format, ByteSink sink)
{
    if (Result<void> valid = format.validate(); !valid)
        return valid.error();
    if (format.pictureBytes() > std::numeric_limits<int>::max() / 2)
        return Error{ErrorCode::InvalidArgument, u"the picture is too large for NUT"_s, 0};
    std::unique_ptr<NutWriter> writer(new NutWriter(format, std::move(sink)));
    if (Result<void> opened = writer->open(); !opened)
        return opened.error();
    return writer;
}

NutWriter::NutWriter(const HouseFormat &format, ByteSink sink)
    : m_format(format)
    , m_sink(std::move(sink))
{
}

NutWriter::~NutWriter()
{
    // No trailer: the stream ends where the pipe is closed, and an index would be of no use.
    m_muxer.reset();
    if (m_io) {
        av_freep(&m_io->buffer);
        avio_context_free(&m_io);
    }
}

int NutWriter::onWrite(void *opaque, AvioWriteData data, int bytes)
{
    auto *self = static_cast<NutWriter *>(opaque);
    if (!self->m_sinkResult)
        return AVERROR_EXTERNAL;
    self->m_sinkResult = self->m_sink(std::span<const std::uint8_t>(data, std::size_t(bytes)));
    if (!self->m_sinkResult)
        return AVERROR_EXTERNAL;
    self->m_bytesWritten += bytes;
    return bytes;
}

Result<void> NutWriter::open()
{
    AVFormatContext *raw = nullptr;
    const int allocated = avformat_alloc_output_context2(&raw, nullptr, "nut", nullptr);
    m_muxer.reset(raw);
    if (allocated < 0)
        return errorFromAv(allocated, u"make a NUT stream"_s);
    auto *buffer = static_cast<unsigned char *>(av_malloc(kIoBufferBytes));
    m_packet.reset(av_packet_alloc());
    if (buffer)
        m_io = avio_alloc_context(buffer, kIoBufferBytes, 1, this, nullptr, &onWrite, nullptr);
    if (!m_io || !m_packet) {
        if (!m_io)
            av_free(buffer);
        return errorFromAv(AVERROR(ENOMEM), u"make a NUT stream"_s);
    }
    m_io->direct = 1;
    m_muxer->pb = m_io;
    m_muxer->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
    // Else muxer and demuxer keep every syncpoint: 1.5 GB a day for one channel.
    m_muxer->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    av_opt_set(m_muxer->priv_data, "syncpoints", "none", 0);
    av_opt_set(m_muxer->priv_data, "write_index", "0", 0);

    AVStream *picture = avformat_new_stream(m_muxer.get(), nullptr);
    AVStream *sound = avformat_new_stream(m_muxer.get(), nullptr);
    if (!picture || !sound)
        return errorFromAv(AVERROR(ENOMEM), u"make a NUT stream"_s);
    picture->time_base = {int(m_format.rate.den), int(m_format.rate.num)};
    picture->avg_frame_rate = {int(m_format.rate.num), int(m_format.rate.den)};
    picture->r_frame_rate = picture->avg_frame_rate;
    picture->sample_aspect_ratio = {1, 1};
    AVCodecParameters *video = picture->codecpar;
    video->codec_type = AVMEDIA_TYPE_VIDEO;
    video->codec_id = AV_CODEC_ID_RAWVIDEO;
    video->codec_tag = avcodec_pix_fmt_to_codec_tag(AV_PIX_FMT_YUV420P);
    video->format = AV_PIX_FMT_YUV420P;
    video->width = m_format.width;
    video->height = m_format.height;
    video->sample_aspect_ratio = {1, 1};
    sound->time_base = {1, kHouseSampleRate};
    AVCodecParameters *audio = sound->codecpar;
    audio->codec_type = AVMEDIA_TYPE_AUDIO;
    audio->codec_id = AV_CODEC_ID_PCM_S16LE;
    audio->format = AV_SAMPLE_FMT_S16;
    audio->sample_rate = kHouseSampleRate;
    audio->bits_per_coded_sample = 16;
    audio->block_align = kHouseChannels * 2;
    av_channel_layout_default(&audio->ch_layout, kHouseChannels);
    return {};
}

Result<void> NutWriter::outcome(int averror, const QString &what)
{
    if (!m_sinkResult)
        return m_sinkResult.error(); // what the sink said is the reason, not libavformat's code
    if (averror < 0)
        return errorFromAv(averror, what);
    return {};
}

Result<void> NutWriter::writeHeader()
{
    if (m_headerWritten)
        return Error{ErrorCode::InvalidArgument, u"the NUT header is written already"_s, 0};
    const int written = avformat_write_header(m_muxer.get(), nullptr);
    avio_flush(m_io);
    Result<void> result = outcome(written, u"write the NUT header"_s);
    m_headerWritten = bool(result);
    return result;
}

Result<void> NutWriter::write(int stream, std::int64_t pts, std::int64_t duration, const void *data,
                              std::int64_t bytes)
{
    if (!m_headerWritten)
        return Error{ErrorCode::InvalidArgument, u"the NUT header is not written yet"_s, 0};
    AVPacket *packet = m_packet.get();
    packet->stream_index = stream;
    packet->pts = pts;
    packet->dts = pts;
    packet->duration = duration;
    packet->flags = AV_PKT_FLAG_KEY;
    // Not counted and not written to: av_write_frame (unlike the interleaving one) takes no copy.
    packet->data = static_cast<std::uint8_t *>(const_cast<void *>(data));
    packet->size = int(bytes);
    const int written = av_write_frame(m_muxer.get(), packet);
    packet->data = nullptr;
    packet->size = 0;
    return outcome(written, u"write a NUT packet"_s);
}

Result<void> NutWriter::writePicture(std::int64_t frame, const std::uint8_t *picture)
{
    // The muxer has chosen a finer time base, a whole multiple of 1/fps: this is exact.
    const AVRational frames{int(m_format.rate.den), int(m_format.rate.num)};
    const AVRational base = m_muxer->streams[kPictureStream]->time_base;
    return write(kPictureStream, av_rescale_q(frame, frames, base), av_rescale_q(1, frames, base),
                 picture, m_format.pictureBytes());
}

Result<void> NutWriter::writeSound(std::int64_t samplePts, const std::int16_t *samples, int count)
{
    if (count <= 0)
        return {};
    return write(kSoundStream, samplePts, count, samples,
                 std::int64_t(count) * kHouseChannels * std::int64_t(sizeof(std::int16_t)));
}

Result<void> NutWriter::writeFrame(std::int64_t frame, const std::uint8_t *picture,
                                   const std::int16_t *samples, int count, std::int64_t samplePts)
{
    Result<void> result = writePicture(frame, picture);
    if (!result)
        return result;
    return writeSound(samplePts, samples, count);
}

} // namespace continuo
