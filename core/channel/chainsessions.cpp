// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder's side of a chain: one session after the other.
#include "core/base/logging.h"
#include "core/base/paths.h"
#include "core/channel/chain.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

void Chain::openSession(std::int64_t nextFrame)
{
    dropFromKeeper(held::encoderProcess(m_options.channel, m_session));
    removeFifos();
    ++m_session;
    if (m_reader)
        m_reader->setSession(m_session); // before frames are looked for, and it can be acknowledged
    m_isClosing = false;
    m_hasSessionEnded = false;
    m_progress.clear();
    m_stall.restart();
    m_encoderState = u"starting"_s;
    if (nextFrame < 0)
        nextFrame = m_retained->firstRetained(); // no session had begun yet
    m_retained->acknowledge(nextFrame);
    const std::int64_t firstFrame = std::max(nextFrame, m_retained->firstRetained());
    if (firstFrame > nextFrame) {
        Q_EMIT framesLost(firstFrame - nextFrame);
        Q_EMIT message(
            u"fault"_s, u"frames-lost"_s,
            u"%1 frames were lost with the processes that held them"_s.arg(firstFrame - nextFrame));
    }
    if (Result<void> made = makeFolder(m_options.runtimeFolder, 0700, Lasting::UntilPowerCut);
        !made)
        return failSession(made.error());
    for (const QString &direction : {u"in"_s, u"out"_s}) {
        if (Result<void> made = createFifo(fifoPath(direction)); !made)
            return failSession(made.error());
    }
    sendToPublisher({{u"open_session"_s,
                      QJsonObject{{u"session"_s, m_session},
                                  {u"first_frame"_s, qint64(firstFrame)},
                                  {u"fifo"_s, fifoPath(u"out"_s)}}}});
    ChildRequest request;
    request.program = u"ffmpeg"_s;
    request.arguments
        = encoderArguments(m_options.encoder, firstFrame, fifoPath(u"in"_s), fifoPath(u"out"_s));
    request.logFile = m_options.logFolder + u"/encoder.log"_s;
    Result<ChildProcess> process = ChildProcess::start(request);
    if (!process)
        return failSession(process.error());
    m_encoder = std::move(process).value();
    watchEncoder();
    holdWithKeeper(held::encoderProcess(m_options.channel, m_session), m_encoder.pidFd());
    EncoderFeed::Request feed;
    feed.firstFrame = firstFrame;
    startFeed(std::move(feed));
}

void Chain::watchEncoder()
{
    m_encoderNotifier = std::make_unique<QSocketNotifier>(m_encoder.pidFd(), QSocketNotifier::Read);
    connect(m_encoderNotifier.get(), &QSocketNotifier::activated, this, &Chain::onEncoderEnded);
}

void Chain::startFeed(EncoderFeed::Request request)
{
    request.format = m_options.encoder.format;
    request.session = m_session;
    request.fifo = fifoPath(u"in"_s);
    request.ledger = m_ledger;
    EncoderFeed::Callbacks callbacks;
    callbacks.opened = [this, session = m_session](UniqueFd writeEnd) {
        auto held = std::make_shared<UniqueFd>(std::move(writeEnd));
        QMetaObject::invokeMethod(
            this, [this, session, held] { onFeedOpened(session, held); }, Qt::QueuedConnection);
    };
    callbacks.ended = [this, session = m_session](const Result<void> &outcome) {
        QMetaObject::invokeMethod(
            this, [this, session, outcome] { onFeedEnded(session, outcome); },
            Qt::QueuedConnection);
    };
    Result<std::unique_ptr<EncoderFeed>> feed
        = EncoderFeed::start(std::move(request), m_retained, std::move(callbacks));
    if (feed) {
        m_feed = std::move(feed).value();
        return;
    }
    failSession(feed.error());
}

// It could not even begin: tried again, and the state says so meanwhile.
void Chain::failSession(const Error &error)
{
    Q_EMIT message(u"fault"_s, u"encoder-start-failed"_s, error.detail);
    replaceSession(error.detail);
    m_encoderState = u"failed"_s;
}

void Chain::onFeedOpened(int session, const std::shared_ptr<UniqueFd> &writeEnd)
{
    if (session != m_session)
        return;
    m_writeEnd = std::move(*writeEnd);
    holdWithKeeper(held::fifoIn(m_options.channel, session), m_writeEnd.get());
}

void Chain::onFeedEnded(int session, const Result<void> &outcome)
{
    if (session != m_session)
        return;
    if (outcome) {
        // End of stream: with every write end closed, ffmpeg reads end-of-file and flushes.
        dropWriteEnd();
        m_patience.start(kEncoderPatience);
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
    replaceSession(ended.value_or(ChildExit{.isKnown = false}).words(u"the encoder"_s));
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

void Chain::onSessionEnded(const QJsonObject &ended)
{
    if (ended.value("session"_L1).toInt() != m_session)
        return;
    // It is said twice when close_session crosses it on the way.
    if (std::exchange(m_hasSessionEnded, true))
        return;
    const std::int64_t next = ended.value("next_frame"_L1).toInteger();
    m_retained->acknowledge(next);
    m_acknowledged = std::max(m_acknowledged, next);
    if (m_isFinishing && m_retained->isFinishedAt(next)) {
        sendFinish();
        return;
    }
    if (!m_isClosing)
        replaceSession(u"the encoder closed its output"_s);
    QTimer::singleShot(backOff(m_encoderDeaths, u"encoder"_s), this,
                       [this, session = m_session, next] {
                           if (session == m_session && m_control.isOpen())
                               openSession(next);
                       });
}

// At once, but three deaths within a minute mean that something is wrong that haste does not mend.
std::chrono::milliseconds Chain::backOff(Deaths &deaths, const QString &who)
{
    const auto now = std::chrono::steady_clock::now();
    deaths.push_back(now);
    while (now - deaths.front() > 60s)
        deaths.pop_front();
    if (deaths.size() < 3)
        return 0ms;
    Q_EMIT message(u"fault"_s, who + u"-keeps-dying"_s,
                   u"the %1 ended %2 times within a minute"_s.arg(who).arg(deaths.size()));
    return std::min(1000ms * int(deaths.size() - 2), 10000ms);
}

void Chain::dropWriteEnd()
{
    dropFromKeeper(held::fifoIn(m_options.channel, m_session));
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

} // namespace continuo
