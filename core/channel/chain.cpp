// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/chain.h"

#include "core/base/logging.h"
#include "core/base/paths.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kPublisherControlFd = 3;
constexpr auto kProgressWindow = 4s;
constexpr auto kFlushPatience = 5s; // for ffmpeg to flush, and again for the publisher to finish
constexpr qint64 kMaxEncoderLog = 2 * 1024 * 1024;

// ffmpeg only appends; before a session the file is turned over when it has grown.
QString boundedLog(const QString &path)
{
    if (QFileInfo(path).size() > kMaxEncoderLog) {
        QFile::remove(path + u".1"_s);
        QFile::rename(path, path + u".1"_s);
    }
    return path;
}

} // namespace

QJsonObject Destination::toJson() const
{
    QJsonObject object{{u"id"_s, id}, {u"type"_s, type}, {u"target"_s, target}};
    if (!serve.isEmpty())
        object.insert(u"serve"_s, serve);
    if (listSize >= 0)
        object.insert(u"listSize"_s, listSize);
    if (hasKey)
        object.insert(u"hasKey"_s, true);
    return object;
}

Destination Destination::fromJson(const QJsonObject &object)
{
    Destination destination;
    destination.id = object.value("id"_L1).toString();
    destination.type = object.value("type"_L1).toString();
    destination.target = object.value("target"_L1).toString();
    destination.serve = object.value("serve"_L1).toString();
    destination.listSize = object.value("listSize"_L1).toInt(-1);
    destination.hasKey = object.value("hasKey"_L1).toBool();
    return destination;
}

Chain::Chain(ChainOptions options, std::shared_ptr<RetainedFrames> retained, KeeperLink *keeper)
    : m_options(std::move(options))
    , m_retained(std::move(retained))
    , m_keeper(keeper)
{
    m_acknowledged = m_retained->nextNumber();
    m_patience.setSingleShot(true);
    m_patience.setInterval(kFlushPatience);
    connect(&m_patience, &QTimer::timeout, this, &Chain::giveUpWaiting);
}

Chain::~Chain()
{
    m_feed.reset();
    dropWriteEnd();
    m_encoder.stop(100ms);
    m_control.close();
    m_publisher.stop(1000ms);
    removeFifos();
}

Result<void> Chain::start(const std::vector<Destination> &destinations)
{
    m_destinations = destinations;
    if (Result<void> made = makeFolder(m_options.runtimeFolder, 0700); !made)
        return made;
    if (Result<void> started = startPublisher(); !started)
        return started;
    openSession(m_retained->nextNumber());
    return {};
}

Result<void> Chain::startPublisher()
{
    Result<std::pair<MessageSocket, MessageSocket>> ends = MessageSocket::createPair();
    if (!ends)
        return ends.error();
    ChildRequest request;
    request.program = stationProgram(u"continuo-publisher"_s);
    request.arguments = {u"--control"_s, QString::number(kPublisherControlFd), u"--log"_s,
                         m_options.logFolder + u"/publisher.log"_s};
    request.fds = {{ends->second.fd(), kPublisherControlFd}};
    request.logFile = m_options.logFolder + u"/publisher.log"_s;
    Result<ChildProcess> process = ChildProcess::start(request);
    if (!process)
        return process.error();
    m_publisher = std::move(process).value();
    m_control = std::move(ends.value().first);
    m_controlNotifier = std::make_unique<QSocketNotifier>(m_control.fd(), QSocketNotifier::Read);
    connect(m_controlNotifier.get(), &QSocketNotifier::activated, this,
            &Chain::onPublisherMessages);
    m_publisherNotifier
        = std::make_unique<QSocketNotifier>(m_publisher.pidFd(), QSocketNotifier::Read);
    connect(m_publisherNotifier.get(), &QSocketNotifier::activated, this, &Chain::onPublisherEnded);
    QJsonObject channel = m_options.encoder.toJson();
    channel.insert(u"name"_s, m_options.channel);
    sendToPublisher({{u"channel"_s, channel}});
    if (m_epoch)
        setEpoch(*m_epoch);
    for (const Destination &destination : m_destinations) {
        QJsonObject body = destination.toJson();
        if (destination.listSize >= 0)
            body.insert(u"list_size"_s, destination.listSize);
        if (!destination.key.isEmpty())
            body.insert(u"key"_s, destination.key);
        sendToPublisher({{u"add_destination"_s, body}});
    }
    return {};
}

void Chain::openSession(std::int64_t firstFrame)
{
    ++m_session;
    m_isClosing = false;
    m_hasSessionEnded = false;
    m_progress.clear();
    m_encoderState = u"starting"_s;
    const auto fail = [this](const Error &error) {
        m_encoderState = u"failed"_s;
        Q_EMIT message(u"fault"_s, u"encoder-start-failed"_s, error.detail);
        replaceSession(error.detail);
    };
    for (const QString &direction : {u"in"_s, u"out"_s}) {
        if (Result<void> made = createFifo(fifoPath(direction)); !made)
            return fail(made.error());
    }
    sendToPublisher({{u"open_session"_s,
                      QJsonObject{{u"session"_s, m_session},
                                  {u"first_frame"_s, qint64(firstFrame)},
                                  {u"fifo"_s, fifoPath(u"out"_s)}}}});
    ChildRequest request;
    request.program = u"ffmpeg"_s;
    request.arguments
        = encoderArguments(m_options.encoder, firstFrame, fifoPath(u"in"_s), fifoPath(u"out"_s));
    request.logFile = boundedLog(m_options.logFolder + u"/encoder.log"_s);
    Result<ChildProcess> process = ChildProcess::start(request);
    if (!process)
        return fail(process.error());
    m_encoder = std::move(process).value();
    m_encoderNotifier = std::make_unique<QSocketNotifier>(m_encoder.pidFd(), QSocketNotifier::Read);
    connect(m_encoderNotifier.get(), &QSocketNotifier::activated, this, &Chain::onEncoderEnded);

    const int session = m_session;
    EncoderFeed::Callbacks callbacks;
    callbacks.opened = [this, session](UniqueFd writeEnd) {
        auto held = std::make_shared<UniqueFd>(std::move(writeEnd));
        QMetaObject::invokeMethod(
            this, [this, session, held] { onFeedOpened(session, held); }, Qt::QueuedConnection);
    };
    callbacks.ended = [this, session](const Result<void> &outcome) {
        QMetaObject::invokeMethod(
            this, [this, session, outcome] { onFeedEnded(session, outcome); },
            Qt::QueuedConnection);
    };
    Result<std::unique_ptr<EncoderFeed>> feed = EncoderFeed::start(
        m_options.encoder.format, firstFrame, fifoPath(u"in"_s), m_retained, std::move(callbacks));
    if (!feed)
        return fail(feed.error());
    m_feed = std::move(feed).value();
}

void Chain::onFeedOpened(int session, const std::shared_ptr<UniqueFd> &writeEnd)
{
    if (session != m_session)
        return;
    m_writeEnd = std::move(*writeEnd);
    if (!m_keeper)
        return;
    if (Result<void> held = m_keeper->hold(writeEndName(), m_writeEnd.get()); !held) {
        qCWarning(lcEncoder) << m_options.channel
                             << "the keeper does not hold the pipe:" << held.error().detail;
    }
}

void Chain::onFeedEnded(int session, const Result<void> &outcome)
{
    if (session != m_session)
        return;
    if (outcome) {
        // End of stream: with every write end closed, ffmpeg reads end-of-file and flushes.
        dropWriteEnd();
        m_patience.start();
        return;
    }
    if (outcome.error().native != ECANCELED && !m_isClosing)
        replaceSession(outcome.error().detail);
}

void Chain::onEncoderEnded()
{
    m_encoderNotifier->setEnabled(false);
    const std::optional<ChildExit> ended = m_encoder.wait(0ms);
    const bool isClean = m_isFinishing && ended && !ended->wasKilled && ended->code == 0;
    if (isClean) {
        m_encoderState = u"off"_s;
        return; // session_ended follows
    }
    if (m_isClosing)
        return;
    replaceSession(ended && ended->wasKilled
                       ? u"the encoder was killed by signal %1"_s.arg(ended->code)
                       : u"the encoder ended with code %1"_s.arg(ended ? ended->code : -1));
}

// One recovery for everything that ends a session: the old encoder is killed, the publisher says
// which frame is the first that it has not released, the new session begins there.
void Chain::replaceSession(const QString &why)
{
    if (m_isClosing)
        return;
    m_isClosing = true;
    m_encoderState = u"restarting"_s;
    qCWarning(lcEncoder) << m_options.channel << "session" << m_session << "is replaced:" << why;
    Q_EMIT message(u"warning"_s, u"encoder-replaced"_s, why);
    m_feed.reset();
    dropWriteEnd();
    if (m_encoder.isValid()) {
        m_encoder.signal(SIGKILL);
        m_encoder.wait(2000ms);
    }
    if (m_hasSessionEnded || !m_control.isOpen())
        return;
    closeSession();
}

void Chain::closeSession()
{
    sendToPublisher({{u"close_session"_s, QJsonObject{{u"session"_s, m_session}}}});
}

void Chain::onPublisherMessages()
{
    for (;;) {
        Result<std::optional<Message>> got = m_control.receive();
        if (!got) {
            m_controlNotifier->setEnabled(false);
            return; // its pidfd tells the rest
        }
        if (!got.value())
            return;
        onPublisherMessage(got.value()->body);
    }
}

void Chain::onPublisherMessage(const QJsonObject &body)
{
    if (body.contains("ack"_L1)) {
        onAcknowledged(body.value("ack"_L1).toObject());
    } else if (body.contains("destination"_L1)) {
        const QJsonObject state = body.value("destination"_L1).toObject();
        const QString id = state.value("id"_L1).toString();
        m_destinationStates.insert(id, state);
        Q_EMIT destinationChanged(id, state);
    } else if (body.contains("session_ended"_L1)) {
        onSessionEnded(body.value("session_ended"_L1).toObject());
    } else if (body.contains("session_failed"_L1)) {
        replaceSession(body.value("session_failed"_L1).toObject().value("detail"_L1).toString());
    } else if (body.contains("hello"_L1)) {
        m_isPublisherReady = true;
    }
}

void Chain::onAcknowledged(const QJsonObject &ack)
{
    if (ack.value("session"_L1).toInt() != m_session)
        return;
    const QJsonObject level = ack.value("level"_L1).toObject();
    m_pipeOut = {level.value("bytes"_L1).toInt(), level.value("capacity"_L1).toInt()};
    const std::int64_t frame = ack.value("frame"_L1).toInteger();
    m_encoderState = u"running"_s;
    m_acknowledged = std::max(m_acknowledged, frame);
    const auto now = std::chrono::steady_clock::now();
    m_progress.push_back({now, frame, ack.value("bytes"_L1).toInteger()});
    while (m_progress.size() > 2 && now - m_progress.front().at > kProgressWindow)
        m_progress.pop_front();
    m_retained->acknowledge(frame);
    Q_EMIT acknowledged(frame);
}

void Chain::onSessionEnded(const QJsonObject &ended)
{
    if (ended.value("session"_L1).toInt() != m_session)
        return;
    m_hasSessionEnded = true;
    const std::int64_t next = ended.value("next_frame"_L1).toInteger();
    m_retained->acknowledge(next);
    m_acknowledged = std::max(m_acknowledged, next);
    if (m_isFinishing && m_retained->isFinishedAt(next)) {
        sendToPublisher({{u"finish"_s, true}});
        m_patience.start();
        return;
    }
    if (!m_isClosing)
        replaceSession(u"the encoder closed its output"_s);
    QTimer::singleShot(backOff(), this, [this, session = m_session, next] {
        if (session == m_session && m_control.isOpen())
            openSession(next);
    });
}

// At once, but three deaths within a minute mean that something is wrong that haste does not mend.
std::chrono::milliseconds Chain::backOff()
{
    const auto now = std::chrono::steady_clock::now();
    m_deaths.push_back(now);
    while (now - m_deaths.front() > 60s)
        m_deaths.pop_front();
    if (m_deaths.size() < 3)
        return 0ms;
    Q_EMIT message(u"fault"_s, u"encoder-keeps-dying"_s,
                   u"the encoder ended %1 times within a minute"_s.arg(m_deaths.size()));
    return std::min(1000ms * int(m_deaths.size() - 2), 10000ms);
}

void Chain::onPublisherEnded()
{
    m_publisherNotifier->setEnabled(false);
    onPublisherMessages(); // what it said last
    const std::optional<ChildExit> ended = m_publisher.wait(0ms);
    m_publisher = ChildProcess();
    m_control.close();
    m_isPublisherReady = false;
    if (m_isFinishing) {
        m_patience.stop();
        m_feed.reset();
        dropWriteEnd();
        m_encoder.stop(100ms);
        removeFifos();
        Q_EMIT finished();
        return;
    }
    Q_EMIT message(u"warning"_s, u"publisher-replaced"_s,
                   ended && ended->wasKilled
                       ? u"the publisher was killed by signal %1"_s.arg(ended->code)
                       : u"the publisher ended with code %1"_s.arg(ended ? ended->code : -1));
    replaceSession(u"the publisher has gone"_s);
    QTimer::singleShot(backOff(), this, [this] {
        if (Result<void> started = startPublisher(); !started) {
            Q_EMIT message(u"fault"_s, u"publisher-start-failed"_s, started.error().detail);
            return;
        }
        openSession(m_retained->firstRetained());
    });
}

void Chain::finish()
{
    if (m_isFinishing)
        return;
    m_isFinishing = true;
    if (!m_publisher.isValid()) {
        QMetaObject::invokeMethod(this, &Chain::finished, Qt::QueuedConnection);
        return;
    }
    if (!m_options.isPaced)
        return; // the encoder may be far behind; the patience begins when the feed is done
    m_patience.start(kFlushPatience * 2);
}

void Chain::giveUpWaiting()
{
    if (m_encoder.isValid() && !m_encoder.hasEnded()) {
        qCWarning(lcEncoder) << m_options.channel << "the encoder does not end; it is killed";
        m_feed.reset();
        dropWriteEnd();
        m_isClosing = true;
        m_encoder.signal(SIGKILL);
        m_encoder.wait(1000ms);
        m_retained->acknowledge(m_retained->nextNumber());
        sendToPublisher({{u"finish"_s, true}});
        m_patience.start(kFlushPatience);
        return;
    }
    qCWarning(lcPublish) << m_options.channel << "the publisher does not end; it is killed";
    m_publisher.signal(SIGKILL);
}

void Chain::addDestination(const Destination &destination)
{
    m_destinations.push_back(destination);
    QJsonObject body = destination.toJson();
    if (destination.listSize >= 0)
        body.insert(u"list_size"_s, destination.listSize);
    if (!destination.key.isEmpty())
        body.insert(u"key"_s, destination.key);
    sendToPublisher({{u"add_destination"_s, body}});
}

void Chain::removeDestination(const QString &id)
{
    std::erase_if(m_destinations, [&](const Destination &entry) { return entry.id == id; });
    m_destinationStates.remove(id);
    sendToPublisher({{u"remove_destination"_s, QJsonObject{{u"id"_s, id}}}});
}

void Chain::setEpoch(const Epoch &epoch)
{
    m_epoch = epoch;
    sendToPublisher({{u"epoch"_s,
                      QJsonObject{{u"frame"_s, qint64(epoch.frame)},
                                  {u"wall_us"_s, qint64(epoch.wall.count())}}}});
}

void Chain::sendToPublisher(const QJsonObject &message)
{
    if (!m_control.isOpen())
        return;
    if (Result<void> sent = m_control.send(message); !sent)
        qCWarning(lcPublish) << m_options.channel
                             << "message to the publisher lost:" << sent.error().detail;
}

void Chain::dropWriteEnd()
{
    if (m_writeEnd.isValid() && m_keeper) {
        if (Result<void> dropped = m_keeper->drop(writeEndName()); !dropped) {
            qCWarning(lcEncoder) << m_options.channel
                                 << "the keeper may still hold the pipe:" << dropped.error().detail;
        }
    }
    m_writeEnd.reset();
}

void Chain::removeFifos()
{
    for (const QString &direction : {u"in"_s, u"out"_s})
        QFile::remove(fifoPath(direction));
    QDir().rmdir(m_options.runtimeFolder); // unless something else stands there
}

QString Chain::fifoPath(const QString &direction) const
{
    return m_options.runtimeFolder + u'/' + direction + u'-' + QString::number(m_session);
}

QString Chain::writeEndName() const
{
    return m_options.channel + u"/fifo-in/"_s + QString::number(m_session);
}

ChainStatus Chain::status() const
{
    ChainStatus status;
    status.encoderState = m_encoderState;
    status.encoderPid = m_encoder.isValid() && !m_encoder.hasEnded() ? m_encoder.pid() : 0;
    status.session = m_session;
    status.acknowledged = m_acknowledged;
    if (m_progress.size() > 1) {
        const Progress &first = m_progress.front();
        const Progress &last = m_progress.back();
        const double seconds = std::chrono::duration<double>(last.at - first.at).count();
        const std::int64_t frames = last.frame - first.frame;
        const bool isMoving = std::chrono::steady_clock::now() - last.at < 2s;
        if (seconds > 0 && isMoving)
            status.encoderFps = double(frames) / seconds;
        if (frames > 0) {
            status.bitrate = double(last.bytes - first.bytes) * 8
                * m_options.encoder.format.rate.toDouble() / double(frames);
        }
    }
    status.publisherState = m_isPublisherReady ? u"running"_s
        : m_publisher.isValid()                ? u"starting"_s
                                               : u"off"_s;
    status.publisherPid = m_publisher.pid();
    status.pipeIn = pipeLevel(m_writeEnd.get());
    status.pipeOut = m_pipeOut;
    status.destinations = m_destinationStates;
    return status;
}

} // namespace continuo
