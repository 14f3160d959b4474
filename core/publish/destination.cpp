// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/destination.h"

#include "core/base/logging.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

using State = DestinationStatus::State;

namespace {

constexpr int kQuickTries = 4;
constexpr std::chrono::milliseconds kQuickRetry(250);
constexpr std::chrono::seconds kSteady(5); // having run for so long, a failure is a new one

// What a person does about what the system said of a file or folder.
QString adviceFor(const Error &error)
{
    switch (error.native) { // errno: libav's errors are negative
    case ENOSPC:
        return u"; make room on that disk, and it goes on by itself"_s;
    case EDQUOT:
        return u"; the user that Continuo runs as has used up its share of that disk"_s;
    case EACCES:
    case EPERM:
        return u"; the user that Continuo runs as needs the right to write there"_s;
    case EROFS:
        return u"; that disk can only be read: mount it for writing, or choose another"_s;
    default:
        return {};
    }
}

} // namespace

QString stateName(State state)
{
    switch (state) {
    case State::Connecting:
        return u"connecting"_s;
    case State::Running:
        return u"running"_s;
    case State::Retrying:
        return u"retrying"_s;
    case State::Failed:
        return u"failed"_s;
    case State::Ended:
        return u"ended"_s;
    }
    return {};
}

Destination::Destination(Settings settings, std::unique_ptr<Sink> sink,
                         std::function<void()> changed)
    : m_settings(std::move(settings))
    , m_sink(std::move(sink))
    , m_changed(std::move(changed))
    , m_queue([this] {
        PacketQueue::Limits limits = m_settings.queue;
        limits.isHeld = m_settings.isResumed;
        return limits;
    }())
    , m_retryAt(Clock::now())
{
    m_thread = std::thread([this] { run(); });
}

Destination::~Destination()
{
    m_isFinishing = true;
    m_sink->interrupt();
    m_queue.abort();
    if (m_thread.joinable())
        m_thread.join();
}

void Destination::finish()
{
    m_isFinishing = true;
    m_queue.close();
    if (!m_finishBy)
        m_finishBy = Clock::now() + m_settings.finishDeadline;
}

void Destination::enforceDeadline()
{
    if (!m_finishBy || m_hasEnded || Clock::now() < *m_finishBy)
        return;
    m_sink->interrupt();
    m_queue.abort();
}

bool Destination::hasEnded() const
{
    return m_hasEnded;
}

DestinationStatus Destination::status() const
{
    const std::scoped_lock lock(m_mutex);
    DestinationStatus status = m_status;
    status.bytes = m_sink->bytesWritten();
    status.lostFrames = m_sink->lostFrames();
    return status;
}

void Destination::setState(State state, std::optional<Error> error)
{
    if (error)
        error->detail += adviceFor(*error);
    bool isChange = false;
    {
        const std::scoped_lock lock(m_mutex);
        const auto detail = [](const std::optional<Error> &e) { return e ? e->detail : QString(); };
        isChange = m_status.state != state || detail(m_status.error) != detail(error)
            || m_status.address != m_sink->address();
        m_status.state = state;
        m_status.error = error;
        m_status.note = m_sink->note();
        m_status.address = m_sink->address();
    }
    if (!isChange)
        return;
    if (error)
        qCWarning(lcPublish, "%ls: %ls: %ls", qUtf16Printable(m_settings.id),
                  qUtf16Printable(stateName(state)), qUtf16Printable(error->detail));
    else
        qCInfo(lcPublish, "%ls: %ls", qUtf16Printable(m_settings.id),
               qUtf16Printable(stateName(state)));
    m_changed();
}

bool Destination::prepare()
{
    if (m_isPrepared)
        return true;
    // One that takes over from a killed publisher has packets to bring out even if all ends now.
    const bool isTakingOver = m_settings.isResumed && !std::exchange(m_hasTried, true);
    if ((m_isFinishing && !isTakingOver) || Clock::now() < m_retryAt)
        return false;
    if (Result<void> prepared = m_sink->prepare(); !prepared) {
        handleFailure(prepared.error());
        return false;
    }
    m_isPrepared = true;
    m_preparedAt = Clock::now();
    m_hasBegun = false;
    const bool isFirst = !std::exchange(m_hasResumed, true);
    if (isFirst)
        m_resume = m_sink->resumePoint();
    if (m_settings.startsAtNewest && !(isFirst && m_settings.isResumed))
        m_queue.skipToLastKey();
    return true;
}

void Destination::handleFailure(const Error &error)
{
    const auto now = Clock::now();
    const bool hasRun = m_isPrepared && now - m_preparedAt > kSteady;
    m_failuresInARow = hasRun ? 1 : m_failuresInARow + 1;
    m_sink->abandon();
    m_isPrepared = false;
    m_hasBegun = false;
    // A server may need an instant to notice that its old connection has gone.
    m_retryAt = now
        + (m_failuresInARow <= kQuickTries ? std::min(kQuickRetry, m_settings.retryDelay)
                                           : m_settings.retryDelay);
    // A wrong argument does not become right by waiting.
    const bool isFinal
        = error.code == ErrorCode::InvalidArgument || error.code == ErrorCode::Unsupported;
    setState(isFinal ? State::Failed : State::Retrying, error);
    if (isFinal)
        m_retryAt = Clock::time_point::max();
}

bool Destination::isWanted(const TimelinePacket &packet)
{
    std::optional<qint64> &last = packet.isVideo() ? m_lastDts : m_lastSample;
    if (last && packet.dts <= *last)
        return false; // from the journal, and again from the reader
    last = packet.dts;
    if (m_hasBegun)
        return packet.isVideo() || packet.pts >= m_soundFrom;
    if (!packet.isVideo() || !packet.isKey || (m_resume && packet.pts < m_resume->frame))
        return false;
    // The packet that holds the first sample of the first frame is the first.
    m_soundFrom = samplesBefore(packet.pts, packet.streams->rate) - kAacFrameSamples + 1;
    if (m_resume && m_resume->soundFrom && packet.pts == m_resume->frame)
        m_soundFrom = *m_resume->soundFrom;
    m_resume.reset();
    return true;
}

void Destination::take(const TimelinePacketPtr &packet)
{
    if (!isWanted(*packet))
        return;
    if (Result<void> written = m_sink->write(packet); !written) {
        handleFailure(written.error());
        return;
    }
    m_hasBegun = true;
    if (packet->isVideo()) {
        const std::scoped_lock lock(m_mutex);
        m_status.frame = packet->pts;
    }
    const std::optional<Error> &trouble = m_sink->trouble();
    setState(trouble ? State::Retrying : State::Running, trouble);
}

void Destination::run()
{
    ::pthread_setname_np(::pthread_self(), "destination");
    TimelinePacketPtr packet;
    for (;;) {
        // Connects without waiting for a packet; what waits then begins at a key frame.
        const bool isPrepared = prepare();
        std::chrono::milliseconds wait(1000);
        if (!isPrepared && m_retryAt != Clock::time_point::max())
            wait = std::chrono::duration_cast<std::chrono::milliseconds>(m_retryAt - Clock::now());
        wait = std::max(wait + std::chrono::milliseconds(1), std::chrono::milliseconds(1));
        if (!isPrepared && m_settings.startsAtNewest) {
            // The newest group of pictures waits in the queue: on air as soon as connected.
            if (m_queue.waitForClose(wait))
                break;
            continue;
        }
        const PacketQueue::Pop popped = m_queue.pop(packet, wait);
        if (popped == PacketQueue::Pop::Closed)
            break;
        if (popped == PacketQueue::Pop::Packet && isPrepared)
            take(packet);
        packet.reset();
    }
    Result<void> finished;
    if (m_isPrepared)
        finished = m_sink->finish();
    const bool failedBefore = status().state == State::Failed;
    if (!finished)
        setState(State::Failed, finished.error());
    else if (!failedBefore)
        setState(State::Ended);
    m_hasEnded = true;
    m_changed();
}

} // namespace continuo
