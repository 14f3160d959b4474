// SPDX-License-Identifier: GPL-3.0-or-later
// The publisher's side of a chain: its process, what it says, its destinations.
#include "core/base/logging.h"
#include "core/channel/chain.h"
#include "core/frames/packetjournal.h"

#include <QJsonArray>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kPublisherControlFd = 3;
// For the publisher to end its destinations: a list or file gets 8 s for what waits and then has to
// be closed, and all that is left after 12 s it leaves by itself (kFinishDeadline of its main()).
// It looks four times a second and has then to exit: 12 s + 250 ms, rounded up.
constexpr auto kFinishPatience = 13s;

} // namespace

Result<void> Chain::makeJournal()
{
    Result<UniqueFd> made = PacketJournal::create(
        PacketJournal::bytesFor(m_options.encoder.videoBitrate, m_options.encoder.audioBitrate));
    if (!made)
        return made.error();
    m_journal = std::move(made).value();
    holdWithKeeper(held::journal(m_options.channel), m_journal.get());
    return {};
}

Result<void> Chain::startPublisher()
{
    Result<std::pair<MessageSocket, MessageSocket>> ends = MessageSocket::createPair();
    if (!ends)
        return ends.error();
    Result<EventFd> wake = EventFd::create();
    if (!wake)
        return wake.error();
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
    m_isResumed = false;
    m_stall.restart();
    watchPublisher(std::move(wake).value());
    holdWithKeeper(held::publisher(m_options.channel), m_control.fd());
    holdWithKeeper(held::publisherProcess(m_options.channel), m_publisher.pidFd());
    QJsonObject channel = m_options.encoder.toJson();
    channel.insert(u"name"_s, m_options.channel);
    if (!m_options.isPaced)
        channel.insert(u"unpaced"_s, true);
    sendToPublisher({{u"channel"_s, channel}}, {m_journal.get()});
    if (m_epoch)
        setEpoch(*m_epoch);
    for (const DestinationSettings &destination : m_destinations) {
        if (!m_isFinishing || !hasEnded(destination.id)) // else it would be begun again
            sendToPublisher({{u"add_destination"_s, destination.toRequest()}});
    }
    return {};
}

void Chain::watchPublisher(EventFd wake)
{
    m_reader = std::make_unique<PublisherReader>(
        std::move(wake), m_control, m_session, m_retained,
        [this](const QJsonObject &body) { onPublisherMessage(body); });
    m_publisherNotifier
        = std::make_unique<QSocketNotifier>(m_publisher.pidFd(), QSocketNotifier::Read);
    connect(m_publisherNotifier.get(), &QSocketNotifier::activated, this, &Chain::onPublisherEnded);
}

void Chain::onPublisherMessage(const QJsonObject &body)
{
    ++m_publisherWords;
    m_lastWord = std::chrono::steady_clock::now();
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
    } else if (body.contains("resumed"_L1)) {
        onResumed(body.value("resumed"_L1).toObject());
    } else if (body.contains("hello"_L1)) {
        m_isPublisherReady = true;
    }
}

// A publisher that took the place of a dead one has read the journal: the next session begins at
// the first frame that none of them has released.
void Chain::onResumed(const QJsonObject &resumed)
{
    if (std::exchange(m_isResumed, true) || !m_isClosing)
        return;
    const std::int64_t said = resumed.value("next_frame"_L1).toInteger(-1);
    const std::int64_t next = said >= 0 ? said : m_retained->firstRetained();
    if (m_isFinishing && m_retained->isFinishedAt(next)) {
        sendFinish();
        return;
    }
    openSession(next);
}

void Chain::onPublisherEnded()
{
    m_publisherNotifier->setEnabled(false);
    m_reader->finish(); // what it said last
    m_reader.reset();
    const std::optional<ChildExit> ended = m_publisher.wait(0ms);
    m_publisher = ChildProcess();
    m_control.close();
    dropFromKeeper(held::publisher(m_options.channel));
    dropFromKeeper(held::publisherProcess(m_options.channel));
    m_isPublisherReady = false;
    // By what it said and not by its exit, which is not known of one that another engine started.
    const bool isDone = std::exchange(m_isFinishSent, false)
        && std::ranges::all_of(m_destinations, [this](const DestinationSettings &destination) {
                            return hasEnded(destination.id);
                        });
    if (m_isFinishing && (isDone || m_hasGivenUp))
        return endFinished();
    for (auto state = m_destinationStates.begin(); state != m_destinationStates.end(); ++state) {
        if (m_isFinishing && hasEnded(state.key()))
            continue;
        state->insert(u"state"_s, u"connecting"_s); // by the publisher that is to come
        Q_EMIT destinationChanged(state.key(), *state);
    }
    Q_EMIT message(u"warning"_s, u"publisher-replaced"_s,
                   ended.value_or(ChildExit{.isKnown = false}).words(u"the publisher"_s));
    m_isClosing = false; // nobody is left to answer an earlier close_session
    replaceSession(u"the publisher has gone"_s);
    // Also while going off air: the last frames are to come out, and files to be ended well.
    QTimer::singleShot(backOff(m_publisherDeaths, u"publisher"_s), this, &Chain::restartPublisher);
}

bool Chain::hasEnded(const QString &destination) const
{
    const QString state = m_destinationStates.value(destination).value("state"_L1).toString();
    return state == "ended"_L1 || state == "failed"_L1;
}

void Chain::sendFinish()
{
    m_isFinishSent = true;
    sendToPublisher({{u"finish"_s, true}});
    m_patience.start(kFinishPatience);
}

void Chain::endFinished()
{
    m_isOver = true;
    m_patience.stop();
    m_judge.stop();
    m_feed.reset();
    dropWriteEnd();
    m_encoder.stop(100ms);
    removeFifos();
    for (const QString &name : {held::ledger(m_options.channel), held::journal(m_options.channel)})
        dropFromKeeper(name);
    Q_EMIT finished();
}

void Chain::restartPublisher()
{
    if (m_publisher.isValid() || m_isOver)
        return;
    if (Result<void> started = startPublisher(); !started) {
        Q_EMIT message(u"fault"_s, u"publisher-start-failed"_s, started.error().detail);
        QTimer::singleShot(1s, this, &Chain::restartPublisher);
    }
}

void Chain::addDestination(const DestinationSettings &destination)
{
    m_destinations.push_back(destination);
    sendToPublisher({{u"add_destination"_s, destination.toRequest()}});
}

void Chain::removeDestination(const QString &id)
{
    std::erase_if(m_destinations, [&](const DestinationSettings &entry) { return entry.id == id; });
    m_destinationStates.remove(id);
    sendToPublisher({{u"remove_destination"_s, QJsonObject{{u"id"_s, id}}}});
}

// A destination that was added or removed in the instant of the engine's death may not have
// reached the publisher.
void Chain::adjustDestinations(const QJsonArray &known)
{
    for (const DestinationSettings &destination : m_destinations) {
        if (!known.contains(destination.id))
            sendToPublisher({{u"add_destination"_s, destination.toRequest()}});
    }
    for (const QJsonValue &id : known) {
        const bool isWanted
            = std::ranges::any_of(m_destinations, [&](const DestinationSettings &entry) {
                  return entry.id == id.toString();
              });
        if (!isWanted)
            sendToPublisher({{u"remove_destination"_s, QJsonObject{{u"id"_s, id}}}});
    }
}

void Chain::setEpoch(const Epoch &epoch)
{
    m_epoch = epoch;
    m_ledger->setEpoch(epoch.frame, epoch.monotonic.count(), epoch.wall.count());
    sendToPublisher({{u"epoch"_s,
                      QJsonObject{{u"frame"_s, qint64(epoch.frame)},
                                  {u"wall_us"_s, qint64(epoch.wall.count())}}}});
}

void Chain::sendToPublisher(const QJsonObject &message, const std::vector<int> &fds)
{
    if (!m_control.isOpen())
        return;
    if (Result<void> sent = m_control.send(message, fds); !sent)
        qCWarning(lcPublish) << m_options.channel
                             << "message to the publisher lost:" << sent.error().detail;
}

} // namespace continuo
