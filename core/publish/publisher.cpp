// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/publisher.h"

#include "core/base/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::chrono::seconds kReportInterval(1);

} // namespace

Result<std::unique_ptr<Publisher>> Publisher::create(const MessageSocket &socket)
{
    Result<EventFd> wake = EventFd::create();
    if (!wake)
        return wake.error();
    return std::unique_ptr<Publisher>(new Publisher(socket, std::move(wake).value()));
}

Publisher::Publisher(const MessageSocket &socket, EventFd wake)
    : m_wake(std::move(wake))
    , m_outbox(socket)
{
    m_outbox.send({{u"hello"_s, QJsonObject{{u"version"_s, 1}, {u"pid"_s, ::getpid()}}}});
}

Publisher::~Publisher()
{
    // Closed queues first: the reader may be waiting for room in one.
    for (const Entry &entry : m_entries)
        entry.destination->finish();
    m_reader.reset();
}

void Publisher::handle(const QJsonObject &message)
{
    struct Handler {
        QLatin1StringView name;
        void (Publisher::*function)(const QJsonObject &);
    };
    static constexpr Handler handlers[] = {
        {QLatin1StringView("channel"), &Publisher::onChannel},
        {QLatin1StringView("open_session"), &Publisher::onOpenSession},
        {QLatin1StringView("close_session"), &Publisher::onCloseSession},
        {QLatin1StringView("add_destination"), &Publisher::onAddDestination},
        {QLatin1StringView("remove_destination"), &Publisher::onRemoveDestination},
    };
    collectSessionEnd();
    for (const Handler &handler : handlers) {
        if (message.contains(handler.name)) {
            (this->*handler.function)(message.value(handler.name).toObject());
            return;
        }
    }
    if (message.contains("epoch"_L1)) {
        const QJsonObject body = message.value("epoch"_L1).toObject();
        if (m_epochs)
            m_epochs->add(body.value("frame"_L1).toInteger(), body.value("wall_us"_L1).toInteger());
    } else if (message.contains("finish"_L1)) {
        finish();
    } else {
        qCWarning(lcPublish, "unknown message \"%ls\"", qUtf16Printable(message.keys().value(0)));
    }
}

void Publisher::onChannel(const QJsonObject &body)
{
    const Result<HouseFormat> format = HouseFormat::fromJson(body.value("format"_L1).toObject());
    if (!format || m_channel) {
        qCWarning(lcPublish, "channel: %ls",
                  qUtf16Printable(format ? u"announced twice"_s : format.error().detail));
        return;
    }
    Channel channel;
    channel.name = body.value("name"_L1).toString();
    channel.rate = format->rate;
    channel.gop = std::clamp(body.value("gop"_L1).toInt(60), 1, 100000);
    channel.videoBitrate = body.value("videoBitrate"_L1).toInt();
    channel.audioBitrate = body.value("audioBitrate"_L1).toInt();
    channel.isUnpaced = body.value("unpaced"_L1).toBool();
    m_channel = channel;
    m_epochs = std::make_shared<Epochs>(channel.rate);
}

void Publisher::onOpenSession(const QJsonObject &body)
{
    SessionRequest request;
    request.session = body.value("session"_L1).toInt();
    request.firstFrame = body.value("first_frame"_L1).toInteger(-1);
    request.fifo = body.value("fifo"_L1).toString();
    if (!m_channel || request.firstFrame < 0 || request.fifo.isEmpty())
        return sendSessionFailed(
            request.session,
            {ErrorCode::InvalidArgument, u"the session lacks its channel, frame or FIFO"_s, 0});
    if (m_reader || m_isFinishing)
        return sendSessionFailed(request.session,
                                 {ErrorCode::Busy,
                                  m_reader ? u"session %1 is still open"_s.arg(m_reader->session())
                                           : u"the publisher is finishing"_s,
                                  0});
    if (request.firstFrame < m_nextFrame)
        return sendSessionFailed(
            request.session,
            {ErrorCode::InvalidArgument,
             u"frame %1 is out already; the next is %2"_s.arg(request.firstFrame).arg(m_nextFrame),
             0});
    request.rate = m_channel->rate;
    request.videoBitrate = m_channel->videoBitrate;
    request.audioBitrate = m_channel->audioBitrate;
    // Sound joins only where the picture does; after a jump it begins anew.
    if (request.firstFrame == m_nextFrame)
        request.nextSample = m_nextSample;
    SessionReader::Callbacks callbacks;
    callbacks.released = [this, session = request.session](TimelineBatch batch, qint64 nextFrame,
                                                           const SessionProgress &progress) {
        onReleased(session, std::move(batch), nextFrame, progress);
    };
    callbacks.failed
        = [this](int session, const Error &error) { sendSessionFailed(session, error); };
    callbacks.ended = [this](const SessionEnd &end) {
        {
            const std::scoped_lock lock(m_endMutex);
            m_pendingEnd = end;
        }
        m_wake.notify();
    };
    m_lastEnd.reset();
    const int session = request.session;
    Result<std::unique_ptr<SessionReader>> reader
        = SessionReader::start(std::move(request), std::move(callbacks));
    if (!reader)
        return sendSessionFailed(session, reader.error());
    m_reader = std::move(reader).value();
}

void Publisher::onCloseSession(const QJsonObject &body)
{
    const int session = body.value("session"_L1).toInt();
    if (m_reader && m_reader->session() == session)
        return m_reader->finish();
    // It ended by itself, and the answer may have crossed the request: said again.
    SessionEnd end;
    end.session = session;
    end.nextFrame = m_nextFrame;
    sendSessionEnded(m_lastEnd && m_lastEnd->session == session ? *m_lastEnd : end);
}

void Publisher::onReleased(int session, TimelineBatch batch, qint64 nextFrame,
                           const SessionProgress &progress)
{
    // The packet journal will stand here: what is in it survives this process, so that the
    // acknowledgement may be given.
    m_fanout.distribute(batch);
    m_outbox.sendLatest(u"ack"_s,
                        {{u"ack"_s,
                          QJsonObject{{u"session"_s, session},
                                      {u"frame"_s, nextFrame},
                                      {u"bytes"_s, progress.bytes},
                                      {u"video_packets"_s, progress.videoPackets},
                                      {u"level"_s,
                                       QJsonObject{{u"bytes"_s, progress.pipeBytes},
                                                   {u"capacity"_s, progress.pipeCapacity}}}}}});
}

void Publisher::collectSessionEnd()
{
    std::optional<SessionEnd> end;
    {
        const std::scoped_lock lock(m_endMutex);
        end = std::exchange(m_pendingEnd, std::nullopt);
    }
    if (!end)
        return;
    m_reader.reset();
    if (end->hasReleased) { // else the channel stands where it stood
        m_nextFrame = end->nextFrame;
        m_nextSample = end->nextSample;
    }
    m_lastEnd = end;
    sendSessionEnded(*end);
    if (m_isFinishing)
        finishDestinations();
}

void Publisher::sendSessionEnded(const SessionEnd &end)
{
    m_outbox.send({{u"session_ended"_s,
                    QJsonObject{{u"session"_s, end.session},
                                {u"next_frame"_s, end.nextFrame},
                                {u"eof"_s, end.sawEnd}}}});
}

void Publisher::sendSessionFailed(int session, const Error &error)
{
    qCWarning(lcPublish, "session %d: %ls", session, qUtf16Printable(error.detail));
    m_outbox.send({{u"session_failed"_s,
                    QJsonObject{{u"session"_s, session},
                                {u"code"_s, errorCodeName(error.code)},
                                {u"detail"_s, error.detail}}}});
}

void Publisher::finish()
{
    if (std::exchange(m_isFinishing, true))
        return;
    if (m_reader)
        m_reader->finish(); // its end finishes the destinations
    else
        finishDestinations();
}

bool Publisher::isDone() const
{
    return m_isFinishing && !m_reader
        && std::all_of(m_entries.begin(), m_entries.end(),
                       [](const Entry &entry) { return entry.destination->hasEnded(); });
}

void Publisher::tick()
{
    (void)m_wake.clear();
    collectSessionEnd();
    for (const Entry &entry : m_entries)
        entry.destination->enforceDeadline();
    const auto now = Clock::now();
    const bool all = now >= m_nextReport;
    if (all)
        m_nextReport = now + kReportInterval;
    sendDestinations(all);
    m_outbox.flush();
    std::erase_if(m_entries, [](const Entry &entry) { return entry.isRemoved && entry.isOver; });
}

} // namespace continuo
