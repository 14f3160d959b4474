// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/encoderfeed.h"

#include "core/encoder/encodersettings.h"
#include "core/media/nutwriter.h"
#include "core/pipe/fifo.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// ffmpeg opens its input within 65 to 260 ms; a machine under load may take long.
constexpr auto kOpenTimeout = 20s;

} // namespace

Result<std::unique_ptr<EncoderFeed>>
EncoderFeed::start(const HouseFormat &format, std::int64_t firstFrame, const QString &fifo,
                   std::shared_ptr<RetainedFrames> retained, Callbacks callbacks)
{
    Result<EventFd> stop = EventFd::create();
    if (!stop)
        return stop.error();
    std::unique_ptr<EncoderFeed> feed(new EncoderFeed(format, firstFrame, fifo, std::move(retained),
                                                      std::move(callbacks),
                                                      std::move(stop).value()));
    EncoderFeed *raw = feed.get();
    feed->m_thread = std::jthread([raw] { raw->run(); });
    return feed;
}

EncoderFeed::EncoderFeed(const HouseFormat &format, std::int64_t firstFrame, QString fifo,
                         std::shared_ptr<RetainedFrames> retained, Callbacks callbacks,
                         EventFd stop)
    : m_format(format)
    , m_firstFrame(firstFrame)
    , m_fifo(std::move(fifo))
    , m_retained(std::move(retained))
    , m_callbacks(std::move(callbacks))
    , m_stop(std::move(stop))
{
}

EncoderFeed::~EncoderFeed()
{
    m_isStopping = true;
    m_stop.notify();
    m_retained->pushedEvent().notify();
}

void EncoderFeed::run()
{
    ::pthread_setname_np(::pthread_self(), "feed");
    m_callbacks.ended(writeAll());
}

Result<void> EncoderFeed::writeAll()
{
    Result<FifoWriter> pipe = FifoWriter::open(m_fifo, m_stop, kOpenTimeout);
    if (!pipe)
        return pipe.error();
    m_callbacks.opened(UniqueFd(::fcntl(pipe->fd(), F_DUPFD_CLOEXEC, 3)));
    Result<std::unique_ptr<NutWriter>> opened
        = NutWriter::create(m_format, [&](std::span<const std::uint8_t> bytes) -> Result<void> {
              return pipe->write(bytes.data(), bytes.size(), m_stop);
          });
    if (!opened)
        return opened.error();
    NutWriter &nut = *opened.value();
    if (Result<void> done = nut.writeHeader(); !done)
        return done;
    const std::int64_t soundStart = audioPrerollStart(m_firstFrame, m_format.rate);
    const std::vector<std::int16_t> before
        = m_retained->soundBetween(soundStart, samplesBefore(m_firstFrame, m_format.rate));
    if (Result<void> done = nut.writeSound(soundStart, before.data(), int(before.size() / 2));
        !done)
        return done;
    for (std::int64_t number = m_firstFrame; !m_isStopping; ++number) {
        const AirFramePtr frame = waitForFrame(number);
        if (!frame)
            break;
        if (Result<void> done
            = nut.writeFrame(number, frame->picture, frame->sound.data(),
                             int(frame->sound.size() / 2), samplesBefore(number, m_format.rate));
            !done)
            return done;
    }
    if (m_isStopping)
        return Error{ErrorCode::Closed, u"told to stop"_s, ECANCELED};
    return {};
}

// The frame once it is there; an empty pointer when told to stop or at the end of the stream.
AirFramePtr EncoderFeed::waitForFrame(std::int64_t number)
{
    for (;;) {
        if (AirFramePtr frame = m_retained->take(number))
            return frame;
        if (m_isStopping || m_retained->isFinishedAt(number))
            return nullptr;
        std::array<pollfd, 2> entries{
            {{m_retained->pushedEvent().fd(), POLLIN, 0}, {m_stop.fd(), POLLIN, 0}}};
        ::poll(entries.data(), entries.size(), -1);
        m_retained->pushedEvent().clear();
    }
}

} // namespace continuo
