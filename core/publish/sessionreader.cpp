// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/sessionreader.h"

#include "core/base/logging.h"
#include "core/media/averror.h"

#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kIoBufferBytes = 64 * 1024;
constexpr int kPipeBytes = 256 * 1024; // as fast as 1 MiB; an ordinary user gets 64 MiB in all

// A demuxer on a read callback. avformat_close_input frees neither the IO context nor its buffer.
class CallbackInput final {
public:
    CallbackInput(void *opaque, int (*read)(void *, std::uint8_t *, int))
    {
        auto *buffer = static_cast<unsigned char *>(av_malloc(kIoBufferBytes));
        if (buffer)
            m_io = avio_alloc_context(buffer, kIoBufferBytes, 0, opaque, read, nullptr, nullptr);
        if (buffer && !m_io)
            av_free(buffer);
    }
    ~CallbackInput()
    {
        avformat_close_input(&m_context);
        if (m_io) {
            av_freep(&m_io->buffer);
            avio_context_free(&m_io);
        }
    }
    CallbackInput(const CallbackInput &) = delete;
    CallbackInput &operator=(const CallbackInput &) = delete;

    int open()
    {
        m_context = m_io ? avformat_alloc_context() : nullptr;
        if (!m_context)
            return AVERROR(ENOMEM);
        m_context->pb = m_io;
        // No find_stream_info: the NUT header has all, and reading ahead would only delay.
        return avformat_open_input(&m_context, nullptr, av_find_input_format("nut"), nullptr);
    }
    AVFormatContext *context() const { return m_context; }

private:
    AVIOContext *m_io = nullptr;
    AVFormatContext *m_context = nullptr; // avformat_open_input frees and nulls it on failure
};

} // namespace

Result<std::unique_ptr<SessionReader>> SessionReader::start(SessionRequest request,
                                                            Callbacks callbacks)
{
    Result<EventFd> wake = EventFd::create();
    if (!wake)
        return wake.error();
    std::unique_ptr<SessionReader> reader(
        new SessionReader(std::move(request), std::move(callbacks), std::move(wake).value()));
    reader->m_thread = std::thread([self = reader.get()] { self->run(); });
    return reader;
}

SessionReader::SessionReader(SessionRequest request, Callbacks callbacks, EventFd wake)
    : m_request(std::move(request))
    , m_callbacks(std::move(callbacks))
    , m_wake(std::move(wake))
    , m_rule(m_request.rate, m_request.firstFrame, m_request.nextSample)
{
}

SessionReader::~SessionReader()
{
    m_stop = true;
    m_wake.notify();
    if (m_thread.joinable())
        m_thread.join();
}

void SessionReader::finish()
{
    m_finish = true;
    m_wake.notify();
}

int SessionReader::onRead(void *opaque, std::uint8_t *buffer, int size)
{
    return static_cast<SessionReader *>(opaque)->readBytes(buffer, size);
}

int SessionReader::readBytes(std::uint8_t *buffer, int size)
{
    for (;;) {
        if (m_stop)
            return AVERROR_EXIT;
        // Read before the read: what was written before finish() was called is then seen by it.
        const bool finishing = m_finish;
        const ssize_t got = ::read(m_fifo.get(), buffer, std::size_t(size));
        if (got > 0)
            return int(got);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno != EAGAIN)
            return AVERROR(errno);
        if (finishing)
            return AVERROR_EOF;
        // 0 is both "no writer yet" and "all writers gone"; POLLHUP comes with the latter only.
        std::array<pollfd, 2> entries{{{m_fifo.get(), POLLIN, 0}, {m_wake.fd(), POLLIN, 0}}};
        if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR)
            return AVERROR(errno);
        if (entries[1].revents)
            (void)m_wake.clear();
        if ((entries[0].revents & POLLHUP) && !(entries[0].revents & POLLIN)) {
            m_sawEnd = true;
            return AVERROR_EOF;
        }
        if (entries[0].revents & (POLLERR | POLLNVAL))
            return AVERROR(EIO);
    }
}

SessionProgress SessionReader::progress() const
{
    SessionProgress progress = m_progress;
    progress.nextSample = m_rule.nextSample();
    ::ioctl(m_fifo.get(), FIONREAD, &progress.pipeBytes);
    progress.pipeCapacity = ::fcntl(m_fifo.get(), F_GETPIPE_SZ);
    return progress;
}

void SessionReader::run()
{
    ::pthread_setname_np(::pthread_self(), "session");
    const QByteArray path = QFile::encodeName(m_request.fifo);
    m_fifo.reset(::open(path.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status { };
    if (!m_fifo.isValid()) {
        m_callbacks.failed(m_request.session, errorFromErrno(errno, u"open "_s + m_request.fifo));
    } else if (::fstat(m_fifo.get(), &status) < 0 || !S_ISFIFO(status.st_mode)) {
        // The end of anything else is always readable: waiting for more would be a busy loop.
        m_callbacks.failed(
            m_request.session,
            {ErrorCode::InvalidArgument, m_request.fifo + u" is no named pipe"_s, 0});
    } else {
        if (::fcntl(m_fifo.get(), F_SETPIPE_SZ, kPipeBytes) < 0)
            qCWarning(lcPublish, "session %d: the pipe stays at %d bytes", m_request.session,
                      ::fcntl(m_fifo.get(), F_GETPIPE_SZ));
        CallbackInput input(this, &SessionReader::onRead);
        const int opened = input.open();
        if (opened >= 0) {
            readPackets(input.context());
        } else if (!m_stop && !m_finish && !m_sawEnd) {
            m_callbacks.failed(m_request.session,
                               errorFromAv(opened, u"read the encoder's stream"_s));
        } // else: an encoder that died before its first packet, which is an ordinary end
    }
    // The read end is closed before the end is told, so that the FIFO can be removed.
    m_fifo.reset();
    m_callbacks.ended({m_request.session, m_rule.nextFrame(), m_rule.nextSample(),
                       m_rule.nextFrame() > m_request.firstFrame, m_sawEnd});
}

void SessionReader::readPackets(AVFormatContext *input)
{
    const AVStream *video = nullptr;
    const AVStream *audio = nullptr;
    for (unsigned i = 0; i < input->nb_streams; ++i) {
        const AVCodecID codec = input->streams[i]->codecpar->codec_id;
        if (codec == AV_CODEC_ID_H264 && !video)
            video = input->streams[i];
        else if (codec == AV_CODEC_ID_AAC && !audio)
            audio = input->streams[i];
    }
    if (!video || !audio || audio->codecpar->sample_rate != kHouseSampleRate) {
        m_callbacks.failed(
            m_request.session,
            {ErrorCode::Unsupported, u"the encoder's stream is not H.264 with AAC at 48 kHz"_s, 0});
        return;
    }
    video->codecpar->bit_rate = m_request.videoBitrate;
    audio->codecpar->bit_rate = m_request.audioBitrate;
    m_streams = StreamSet::create(m_request.rate, video->codecpar, audio->codecpar);
    const PacketPtr packet(av_packet_alloc());
    while (m_streams && packet) {
        const int got = av_read_frame(input, packet.get());
        // The last packet of a killed encoder comes out short and not flagged. The demuxer met the
        // end while reading it, and never meets it in a whole one.
        if (input->pb->eof_reached)
            return;
        if (got < 0) {
            m_callbacks.failed(m_request.session, errorFromAv(got, u"read the encoder's stream"_s));
            return;
        }
        const AVStream *stream = input->streams[packet->stream_index];
        if (stream == video || stream == audio) {
            if (Result<void> taken = takePacket(packet.get(), stream); !taken) {
                m_callbacks.failed(m_request.session, taken.error());
                return;
            }
        }
        av_packet_unref(packet.get());
    }
}

Result<void> SessionReader::takePacket(AVPacket *source, const AVStream *stream)
{
    const bool isVideo = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    const AVRational base = isVideo ? AVRational{int(m_request.rate.den), int(m_request.rate.num)}
                                    : AVRational{1, kHouseSampleRate};
    if (source->pts == AV_NOPTS_VALUE)
        return Error{ErrorCode::Corrupt, u"a packet of the encoder has no time"_s, 0};
    if (source->size == 0) // a muxer would leave it out or choke on it
        return Error{ErrorCode::Corrupt, u"a packet of the encoder is empty"_s, 0};
    auto packet = std::make_shared<TimelinePacket>();
    packet->kind = isVideo ? TimelinePacket::Kind::Video : TimelinePacket::Kind::Audio;
    packet->isKey = source->flags & AV_PKT_FLAG_KEY;
    packet->pts = av_rescale_q(source->pts, stream->time_base, base);
    // NUT gives no dts. In decode order packet i of the session has m + i - D: the smallest rising
    // numbers that no pts is below.
    packet->dts = isVideo ? m_request.firstFrame + m_progress.videoPackets - m_streams->videoDelay
                          : packet->pts;
    if (packet->dts > packet->pts)
        return Error{
            ErrorCode::Corrupt,
            u"frame %1 comes later than the stream's delay of %2 frames allows"_s.arg(packet->pts)
                .arg(m_streams->videoDelay),
            0};
    packet->payload.reset(av_packet_alloc());
    if (!packet->payload)
        return Error{ErrorCode::NoSpace, u"out of memory"_s, 0};
    av_packet_move_ref(packet->payload.get(), source);
    av_packet_free_side_data(packet->payload.get()); // "skip samples" is about a start we cut
    packet->streams = m_streams;
    m_progress.bytes += packet->payload->size;
    m_progress.videoPackets += isVideo ? 1 : 0;
    const qint64 missingBefore = m_rule.missingSamples();
    if (Result<void> added = m_rule.add(std::move(packet)); !added)
        return added;
    if (m_rule.missingSamples() != missingBefore)
        qCWarning(lcPublish, "session %d: %lld samples of sound are missing at its start",
                  m_request.session, static_cast<long long>(m_rule.missingSamples()));
    if (TimelineBatch batch = m_rule.take(); !batch.empty())
        m_callbacks.released(std::move(batch), m_rule.nextFrame(), progress());
    return {};
}

} // namespace continuo
