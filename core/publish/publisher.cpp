// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/publisher.h"

#include "core/base/logging.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::chrono::seconds kReportInterval(1);
constexpr int kNotedEpochs = 50; // far more than 20 s can hold
// No id of a destination can be this: those are not empty before the slash.
const QString kEpochsNote = u"/epochs"_s;

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

void Publisher::handle(const QJsonObject &message, std::vector<UniqueFd> fds)
{
    m_fds = std::move(fds);
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
        if (m_epochs && m_journal)
            m_journal->setNote(kEpochsNote, {{u"epochs"_s, m_epochs->newest(kNotedEpochs)}});
    } else if (message.contains("report"_L1)) {
        onReport();
    } else if (message.contains("finish"_L1)) {
        finish(Ending::Clean);
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
    if (!m_fds.empty())
        takeJournal(std::move(m_fds.front()));
    // The engine waits for this before it opens a session: it then knows where that begins.
    m_outbox.send({{u"resumed"_s,
                    QJsonObject{{u"next_frame"_s, m_nextFrame},
                                {u"next_sample"_s, m_nextSample.value_or(-1)}}}});
}

void Publisher::takeJournal(UniqueFd fd)
{
    Result<std::unique_ptr<StreamJournal>> journal
        = StreamJournal::open(std::move(fd), m_channel->rate);
    if (!journal) {
        qCWarning(lcPublish, "%ls: the channel goes on without",
                  qUtf16Printable(journal.error().detail));
        return;
    }
    m_journal = std::move(journal).value();
    const StreamJournal::Contents contents = m_journal->read();
    m_nextFrame = contents.nextFrame;
    m_nextSample = contents.nextSample;
    m_fanout.seed(contents.packets);
    m_epochs->restore(m_journal->note(kEpochsNote).value("epochs"_L1).toArray());
    const std::scoped_lock lock(m_progressMutex);
    m_progress.nextFrame = m_nextFrame;
    m_progress.nextSample = m_nextSample;
    qCInfo(lcPublish, "journal: %d packets, the next frame is %lld", int(contents.packets.size()),
           static_cast<long long>(m_nextFrame));
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
    if (m_reader || isFinishing())
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
    {
        const std::scoped_lock lock(m_progressMutex);
        m_progress.firstFrame = request.firstFrame;
        m_progress.lastAck = {};
    }
    Result<std::unique_ptr<SessionReader>> reader
        = SessionReader::start(std::move(request), std::move(callbacks));
    if (!reader)
        return sendSessionFailed(session, reader.error());
    m_reader = std::move(reader).value();
}

void Publisher::onReport()
{
    Progress progress;
    {
        const std::scoped_lock lock(m_progressMutex);
        progress = m_progress;
    }
    QJsonArray ids;
    for (const Entry &entry : m_entries) {
        if (!entry.isRemoved)
            ids.append(entry.destination->id());
    }
    m_outbox.send({{u"report"_s,
                    QJsonObject{{u"session"_s, m_reader ? m_reader->session() : 0},
                                {u"first_frame"_s, m_reader ? progress.firstFrame : -1},
                                {u"next_frame"_s, progress.nextFrame},
                                {u"next_sample"_s, progress.nextSample.value_or(-1)},
                                {u"destinations"_s, ids}}}});
    for (Entry &entry : m_entries)
        entry.lastSent = {};
    sendDestinations(true);
    if (!progress.lastAck.isEmpty())
        m_outbox.sendLatest(u"ack"_s, progress.lastAck);
    // The engine before may have died with the answer in its hand.
    if (!m_reader && m_lastEnd)
        sendSessionEnded(*m_lastEnd);
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
    // What is in the journal survives this process, so that the acknowledgement may be given.
    if (m_journal)
        m_journal->append(batch, nextFrame, progress.nextSample);
    m_fanout.distribute(batch);
    QJsonObject ack{{u"ack"_s,
                     QJsonObject{{u"session"_s, session},
                                 {u"frame"_s, nextFrame},
                                 {u"bytes"_s, progress.bytes},
                                 {u"video_packets"_s, progress.videoPackets},
                                 {u"level"_s,
                                  QJsonObject{{u"bytes"_s, progress.pipeBytes},
                                              {u"capacity"_s, progress.pipeCapacity}}}}}};
    m_outbox.sendLatest(u"ack"_s, ack);
    const std::scoped_lock lock(m_progressMutex);
    m_progress.nextFrame = nextFrame;
    m_progress.nextSample = progress.nextSample;
    for (const TimelinePacketPtr &packet : batch)
        m_progress.bytes += packet->sizeBytes();
    m_progress.lastAck = std::move(ack);
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
    if (isFinishing())
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

void Publisher::finish(Ending ending, std::chrono::milliseconds patience)
{
    if (m_ending)
        return;
    m_ending = ending;
    if (m_reader)
        m_closeReaderAt = Clock::now() + patience; // its end finishes the destinations
    else
        finishDestinations();
}

bool Publisher::isDone() const
{
    return isFinishing() && !m_reader
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
    if (m_reader && m_closeReaderAt && now >= *m_closeReaderAt)
        m_reader->finish();
    const bool all = now >= m_nextReport;
    if (all) {
        m_nextReport = now + kReportInterval;
        sendAlive();
    }
    sendDestinations(all);
    m_outbox.flush();
    std::erase_if(m_entries, [](const Entry &entry) { return entry.isRemoved && entry.isOver; });
}

void Publisher::sendAlive()
{
    Progress progress;
    {
        const std::scoped_lock lock(m_progressMutex);
        progress = m_progress;
    }
    m_outbox.sendLatest(
        u"alive"_s,
        {{u"alive"_s,
          QJsonObject{{u"bytes"_s, progress.bytes}, {u"frame"_s, progress.nextFrame}}}});
}

} // namespace continuo
