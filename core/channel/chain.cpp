// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/chain.h"

#include "core/base/logging.h"
#include "core/base/paths.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>

#include <poll.h>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kJudgeInterval = 250ms;
constexpr auto kNoProgress = 800ms; // sooner than it is replaced for it
constexpr auto kSilence = 2s; // the publisher has something to say each second
constexpr auto kProgressWindow = 4s;

} // namespace

Chain::Chain(ChainOptions options, std::shared_ptr<RetainedFrames> retained, KeeperLink *keeper)
    : m_options(std::move(options))
    , m_retained(std::move(retained))
    , m_keeper(keeper)
{
    m_acknowledged = m_retained->nextNumber();
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, &Chain::giveUpWaiting);
    m_judge.setInterval(kJudgeInterval);
    connect(&m_judge, &QTimer::timeout, this, &Chain::judgeProgress);
}

Chain::~Chain()
{
    m_reader.reset();
    m_feed.reset();
    dropWriteEnd();
    m_encoder.stop(100ms);
    m_control.close();
    m_publisher.stop(1000ms);
    removeFifos();
}

Result<void> Chain::start(const std::vector<DestinationSettings> &destinations)
{
    m_destinations = destinations;
    if (Result<void> made = makeFolder(m_options.runtimeFolder, 0700, Lasting::UntilPowerCut);
        !made)
        return made;
    if (Result<void> made = makeJournal(); !made)
        return made;
    Result<std::unique_ptr<Ledger>> ledger = Ledger::create(m_options.encoder.format);
    if (!ledger)
        return ledger.error();
    m_ledger = std::move(ledger).value();
    holdWithKeeper(held::ledger(m_options.channel), m_ledger->fd());
    if (Result<void> started = startPublisher(); !started)
        return started;
    // The journal is new: there is nothing to wait for.
    m_isResumed = true;
    m_judge.start();
    openSession(m_retained->nextNumber());
    return {};
}

Result<void> Chain::takeOver(Inheritance left, const std::vector<DestinationSettings> &destinations)
{
    m_destinations = destinations;
    if (Result<void> made = makeFolder(m_options.runtimeFolder, 0700, Lasting::UntilPowerCut);
        !made)
        return made;
    m_ledger = left.ledger;
    m_journal = std::move(left.journal);
    if (!m_journal.isValid()) {
        if (Result<void> made = makeJournal(); !made)
            return made;
    }
    m_session = left.session;
    if (left.nextFrame >= 0)
        m_acknowledged = left.nextFrame;
    m_publisher = std::move(left.publisher);
    m_control = std::move(left.control);
    m_encoder = std::move(left.encoder);
    m_writeEnd = std::move(left.writeEnd);
    m_judge.start();
    if (left.doesEncoderGoOn) {
        watchEncoder();
        m_encoderState = u"running"_s;
        EncoderFeed::Request request;
        request.writeEnd = std::move(m_writeEnd);
        request.stood = left.stood;
        request.firstFrame = left.feedFrame();
        startFeed(std::move(request));
    } else {
        replaceSession(u"its engine died in the middle of it"_s);
    }
    if (!m_publisher.isValid())
        return startPublisher();
    Result<EventFd> wake = EventFd::create();
    if (!wake)
        return wake.error();
    m_isPublisherReady = true;
    m_isResumed = true;
    watchPublisher(std::move(wake).value());
    adjustDestinations(left.report.value("destinations"_L1).toArray());
    for (const QJsonObject &body : left.said)
        onPublisherMessage(body);
    return {};
}

// A few times a second: whoever has work and does not move is replaced.
void Chain::judgeProgress()
{
    if (m_reader)
        m_reader->deliver(); // nobody is judged by what was not listened to
    // One that finishes has its patience; one that was started meanwhile has yet to begin.
    if (!m_publisher.isValid() || (m_isFinishing && m_isPublisherReady)) {
        m_stall.restart();
        return;
    }
    // While a session is being closed only the publisher can be stuck: its answer is awaited.
    const bool isFed = !m_isClosing && m_feed && m_feed->isOpen() && m_writeEnd.isValid();
    StallDetector::Reading reading;
    reading.now = StallDetector::Clock::now();
    reading.isPublisherReady = m_isPublisherReady;
    reading.acknowledged = m_acknowledgedBytes;
    pollfd input{m_writeEnd.get(), POLLOUT, 0};
    reading.isInputFull = isFed && ::poll(&input, 1, 0) == 0;
    const PipeLevel out = fifoLevel(fifoPath(u"out"_s));
    // Work that is not paced may wait for a disk as long as it likes.
    reading.isOutputHalf = out.capacity > 0 && out.bytes * 2 >= out.capacity;
    reading.encoderTicks = m_encoder.cpuTicks();
    reading.publisherWords = m_publisherWords;
    if (!m_options.isPaced && reading.isOutputHalf)
        reading.isInputFull = false;
    switch (m_stall.judge(reading)) {
    case StallDetector::Verdict::Moving:
        return;
    case StallDetector::Verdict::EncoderStuck:
        replaceSession(u"the encoder stands still"_s);
        return;
    case StallDetector::Verdict::PublisherStuck:
        qCWarning(lcPublish) << m_options.channel << "the publisher stands still; it is killed";
        m_stall.restart();
        m_publisher.signal(SIGKILL);
        return;
    }
}

void Chain::holdWithKeeper(const QString &name, int fd)
{
    if (!m_keeper)
        return;
    if (Result<void> held = m_keeper->hold(name, fd); !held)
        qCWarning(lcStation) << "the keeper does not hold" << name << held.error().detail;
}

void Chain::dropFromKeeper(const QString &name)
{
    if (!m_keeper)
        return;
    if (Result<void> dropped = m_keeper->drop(name); !dropped)
        qCWarning(lcStation) << "the keeper may still hold" << name << dropped.error().detail;
}

// The reader has freed the frames already.
void Chain::onAcknowledged(const QJsonObject &ack)
{
    if (ack.value("session"_L1).toInt() != m_session)
        return;
    const QJsonObject level = ack.value("level"_L1).toObject();
    m_pipeOut = {level.value("bytes"_L1).toInt(), level.value("capacity"_L1).toInt()};
    const std::int64_t frame = ack.value("frame"_L1).toInteger();
    // Not by what the publisher still reads of one that is dead: the next may be a while in coming.
    if (!m_isClosing)
        m_encoderState = u"running"_s;
    if (frame > m_acknowledged)
        m_acknowledgedAt = std::chrono::steady_clock::now();
    m_acknowledged = std::max(m_acknowledged, frame);
    m_acknowledgedBytes = ack.value("bytes"_L1).toInteger();
    const auto now = std::chrono::steady_clock::now();
    m_progress.push_back({now, frame, ack.value("bytes"_L1).toInteger()});
    while (m_progress.size() > 2 && now - m_progress.front().at > kProgressWindow)
        m_progress.pop_front();
    Q_EMIT acknowledged(frame);
}

void Chain::finish()
{
    if (m_isFinishing)
        return;
    m_isFinishing = true;
    if (!m_options.isPaced)
        return; // the encoder may be far behind; the patience begins when the feed is done
    m_patience.start(kEncoderPatience);
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
        sendFinish();
        return;
    }
    m_hasGivenUp = true;
    if (!m_publisher.isValid())
        return endFinished(); // none could be started again
    qCWarning(lcPublish) << m_options.channel << "the publisher does not end; it is killed";
    m_publisher.signal(SIGKILL);
}

ChainStatus Chain::status() const
{
    ChainStatus status;
    const auto now = std::chrono::steady_clock::now();
    status.encoderState = m_encoderState;
    const bool hasWork = m_retained->unread() > 0 || m_retained->size() > 0;
    if (m_encoderState == "running"_L1 && hasWork && !m_progress.empty()
        && now - m_progress.back().at > kNoProgress)
        status.encoderState = u"stuck"_s;
    status.encoderPid = m_encoder.isValid() && !m_encoder.hasEnded() ? m_encoder.pid() : 0;
    status.session = m_session;
    status.acknowledged = m_acknowledged;
    status.silence = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_acknowledgedAt);
    if (m_progress.size() > 1) {
        const Progress &first = m_progress.front();
        const Progress &last = m_progress.back();
        const double seconds = std::chrono::duration<double>(last.at - first.at).count();
        const std::int64_t frames = last.frame - first.frame;
        const bool isMoving = now - last.at < 2s;
        if (seconds > 0 && isMoving)
            status.encoderFps = double(frames) / seconds;
        if (frames > 0) {
            status.bitrate = double(last.bytes - first.bytes) * 8
                * m_options.encoder.format.rate.toDouble() / double(frames);
        }
    }
    if (m_isPublisherReady)
        status.publisherState = now - m_lastWord > kSilence ? u"stuck"_s : u"running"_s;
    else if (m_publisher.isValid())
        status.publisherState = u"starting"_s;
    status.publisherPid = m_publisher.pid();
    status.pipeIn = pipeLevel(m_writeEnd.get());
    status.pipeOut = m_pipeOut;
    status.destinations = m_destinationStates;
    return status;
}

} // namespace continuo
