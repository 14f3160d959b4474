// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/encoderfeed.h"

#include "core/encoder/encodersettings.h"
#include "core/media/nutwriter.h"
#include "core/pipe/fifo.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// ffmpeg opens its input within 65 to 260 ms; a machine under load may take long.
constexpr auto kOpenTimeout = 20s;
constexpr std::size_t kNutFileIdBytes = 25; // "nut/multimedia container" and its zero
constexpr std::size_t kLongestPacketHeader = 64;

} // namespace

Result<std::unique_ptr<EncoderFeed>>
EncoderFeed::start(Request request, std::shared_ptr<RetainedFrames> retained, Callbacks callbacks)
{
    Result<EventFd> stop = EventFd::create();
    if (!stop)
        return stop.error();
    std::unique_ptr<EncoderFeed> feed(new EncoderFeed(
        std::move(request), std::move(retained), std::move(callbacks), std::move(stop).value()));
    EncoderFeed *raw = feed.get();
    feed->m_thread = std::jthread([raw] { raw->run(); });
    return feed;
}

EncoderFeed::EncoderFeed(Request request, std::shared_ptr<RetainedFrames> retained,
                         Callbacks callbacks, EventFd stop)
    : m_request(std::move(request))
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
    const bool isNew = !m_request.writeEnd.isValid();
    Result<FifoWriter> pipe = FifoWriter::adopt(std::move(m_request.writeEnd));
    if (isNew)
        pipe = FifoWriter::open(m_request.fifo, m_stop, kOpenTimeout);
    if (!pipe)
        return pipe.error();
    m_callbacks.opened(UniqueFd(::fcntl(pipe->fd(), F_DUPFD_CLOEXEC, 3)));
    m_isOpen = true;
    Result<std::unique_ptr<NutWriter>> opened = NutWriter::create(
        m_request.format, [&](std::span<const std::uint8_t> bytes) -> Result<void> {
            const std::size_t skipped = std::min(m_skip, bytes.size());
            m_skip -= skipped;
            bytes = bytes.subspan(skipped);
            // A picture stays as it is until the publisher has acknowledged it, so it can be lent.
            if (!m_isGathering && bytes.size() == std::size_t(m_request.format.pictureBytes()))
                return pipe->lend(bytes.data(), bytes.size(), m_stop);
            if (!m_isGathering)
                return pipe->write(bytes.data(), bytes.size(), m_stop);
            m_packet.insert(m_packet.end(), bytes.begin(), bytes.end());
            return {};
        });
    if (!opened)
        return opened.error();
    NutWriter &nut = *opened.value();
    m_pipe = &pipe.value();
    if (Result<void> done = isNew ? begin(nut) : goOn(nut); !done)
        return done;
    for (std::int64_t number = m_request.firstFrame; !m_isStopping; ++number) {
        const AirFramePtr frame = waitForFrame(number);
        if (!frame)
            break;
        if (m_request.ledger)
            m_request.ledger->begin(m_request.session, *frame);
        if (Result<void> done = nut.writePicture(number, frame->picture); !done)
            return done;
        if (m_request.ledger)
            m_request.ledger->pictureDone();
        const std::int64_t first = samplesBefore(number, m_request.format.rate);
        if (Result<void> done = writeSound(nut, first, frame->sound); !done)
            return done;
        if (m_request.ledger)
            m_request.ledger->soundDone();
    }
    if (m_isStopping)
        return Error{ErrorCode::Closed, u"told to stop"_s, ECANCELED};
    return {};
}

Result<void> EncoderFeed::begin(NutWriter &nut)
{
    if (m_request.ledger)
        m_request.ledger->beginSession(m_request.session);
    if (Result<void> done = nut.writeHeader(); !done)
        return done;
    const FrameRate rate = m_request.format.rate;
    const std::int64_t soundStart = audioPrerollStart(m_request.firstFrame, rate);
    return writeSound(
        nut, soundStart,
        m_retained->soundBetween(soundStart, samplesBefore(m_request.firstFrame, rate)));
}

Result<void> EncoderFeed::goOn(NutWriter &nut)
{
    const LedgerState &stood = m_request.stood;
    if (stood.step == FeedStep::Picture) {
        // The demuxer may wait for up to a whole picture. Zeros behind it are no packet: it looks
        // for the next start code, which the header has.
        const std::vector<std::uint8_t> filling(std::size_t(m_request.format.pictureBytes())
                                                + kLongestPacketHeader);
        if (Result<void> done = m_pipe->write(filling.data(), filling.size(), m_stop); !done)
            return done;
    }
    // Without the text that identifies a file: the demuxer would take it for a packet.
    m_skip = kNutFileIdBytes;
    if (Result<void> done = nut.writeHeader(); !done)
        return done;
    m_skip = 0;
    if (stood.step != FeedStep::Sound)
        return {};
    return writeSound(nut, samplesBefore(stood.frame, m_request.format.rate), stood.sound);
}

// In packets that are written at once: a pipe takes up to PIPE_BUF bytes whole or not at all.
Result<void> EncoderFeed::writeSound(NutWriter &nut, std::int64_t first,
                                     std::span<const std::int16_t> samples)
{
    constexpr std::size_t kChunk = 1008; // stereo samples: 4032 bytes and the packet's header
    while (!samples.empty()) {
        const std::size_t count = std::min(samples.size() / 2, kChunk);
        m_packet.clear();
        m_isGathering = true;
        Result<void> done = nut.writeSound(first, samples.data(), int(count));
        m_isGathering = false;
        if (done)
            done = m_pipe->write(m_packet.data(), m_packet.size(), m_stop);
        if (!done)
            return done;
        first += std::int64_t(count);
        samples = samples.subspan(count * 2);
    }
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
