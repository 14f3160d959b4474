// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/player.h"

#include "core/base/logging.h"
#include "core/base/reaper.h"

#include <QJsonArray>

#include <csignal>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Descriptor numbers in the player.
constexpr int kControlFd = 3;
constexpr int kStoreFd = 4;
constexpr int kReadyFd = 5;
constexpr int kFreeFd = 6;
constexpr std::size_t kWaypointsSent = 6;

} // namespace

Result<std::unique_ptr<Player>> Player::start(const HouseFormat &format, StoreSize size,
                                              const QString &logFile)
{
    Result<std::shared_ptr<FrameStore>> store = FrameStore::create(format, size);
    if (!store)
        return store.error();
    Result<std::pair<MessageSocket, MessageSocket>> ends = MessageSocket::createPair();
    if (!ends)
        return ends.error();
    ChildRequest request;
    request.program = stationProgram(u"continuo-player"_s);
    request.arguments
        = {u"--control"_s, QString::number(kControlFd), u"--store"_s, QString::number(kStoreFd),
           u"--ready"_s,   QString::number(kReadyFd),   u"--free"_s,  QString::number(kFreeFd)};
    request.fds = {{ends->second.fd(), kControlFd},
                   {store.value()->fd(), kStoreFd},
                   {store.value()->readyFd(), kReadyFd},
                   {store.value()->freeFd(), kFreeFd}};
    request.logFile = logFile;
    Result<ChildProcess> process = ChildProcess::start(request);
    if (!process)
        return process.error();
    return std::unique_ptr<Player>(new Player(std::move(store).value(), std::move(process).value(),
                                              std::move(ends.value().first)));
}

Player::Player(std::shared_ptr<FrameStore> store, ChildProcess process, MessageSocket control)
    : m_store(std::move(store))
    , m_process(std::move(process))
    , m_control(std::move(control))
    , m_notifier(m_control.fd(), QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &Player::onMessages);
}

Player::~Player()
{
    reapLater(takeProcess());
}

ChildProcess Player::takeProcess()
{
    close();
    m_process.signal(SIGKILL);
    return std::exchange(m_process, ChildProcess());
}

Result<void> Player::open(const PlayerRequest &request)
{
    if (m_source)
        return Error{ErrorCode::Busy, u"the player already plays a clip"_s, 0};
    m_request = request;
    m_source = std::make_shared<ClipSource>(request.itemId, m_store, request.from, request.in);
    return sendOpen();
}

Result<void> Player::takeOver(PlayerRequest request, const ClipSourcePtr &source)
{
    if (m_source)
        return Error{ErrorCode::Busy, u"the player already plays a clip"_s, 0};
    m_request = std::move(request);
    m_source = source;
    m_request.from = source->goOn(m_store); // once: the one before may still be at it
    if (m_request.targetLufs)
        m_request.gainCentiDb = source->gainCentiDb();
    return sendOpen();
}

PlayerRequest Player::requestToGoOn() const
{
    PlayerRequest request = m_request;
    if (m_source->isEmpty())
        request.identity.reset();
    else if (m_facts.identity)
        request.identity = m_facts.identity;
    return request;
}

Result<void> Player::sendOpen()
{
    QJsonObject body{{u"path"_s, m_request.path},
                     {u"title"_s, m_request.title},
                     {u"kind"_s, m_request.isSlate ? u"slate"_s : u"clip"_s},
                     {u"stillSeconds"_s, m_request.stillSeconds}};
    if (m_request.logo) {
        body.insert(u"kind"_s, u"logo"_s);
        body.insert(u"logo"_s, m_request.logo->toJson());
    }
    if (m_request.isSlate)
        body.insert(u"text"_s, QJsonArray::fromStringList(m_request.text));
    if (!m_request.tracks.isEmpty())
        body.insert(u"tracks"_s, m_request.tracks);
    if (m_request.from > 0)
        body.insert(u"from"_s, qint64(m_request.from));
    if (m_request.until >= 0)
        body.insert(u"until"_s, qint64(m_request.until));
    if (m_request.gainCentiDb)
        body.insert(u"gain"_s, *m_request.gainCentiDb);
    if (m_request.targetLufs)
        body.insert(u"target"_s, *m_request.targetLufs);
    insertWaypoints(body);
    if (m_request.identity)
        body.insert(u"identity"_s, m_request.identity->toJson());
    return m_control.send({{u"open"_s, body}});
}

// Those that a start at `from` may begin at: decoding begins up to 12 s before it.
void Player::insertWaypoints(QJsonObject &body) const
{
    if (!m_request.waypoints || m_request.from <= 0)
        return;
    const std::int64_t us = framesToNanoseconds(m_request.from, m_store->format().rate) / 1000;
    const WaypointList some = m_request.waypoints->before(us, kWaypointsSent);
    if (!some.isEmpty())
        body.insert(u"waypoints"_s, some.toJson());
}

// One that dies before it reads this is followed by another, which is told by the request.
void Player::endBefore(std::int64_t itemFrame)
{
    m_request.until = itemFrame;
    if (m_hasFinished || m_failure)
        return;
    if (Result<void> sent = m_control.send({{u"until"_s, qint64(itemFrame)}}); !sent)
        qCWarning(lcPlayout) << "a player was not told where to end:" << sent.error().detail;
}

bool Player::join(const ClipSourcePtr &source)
{
    if (!source->goOnFrom(m_store, m_request.from))
        return false;
    m_source = source;
    if (m_hasFinished)
        m_source->finish();
    return true;
}

void Player::onMessages()
{
    for (;;) {
        Result<std::optional<Message>> got = m_control.receive();
        if (!got) {
            m_hasDied = !m_hasFinished;
            fail({ErrorCode::Closed, u"the player died while it decoded the file"_s, 0});
            return;
        }
        if (!got.value())
            return;
        onMessage(got.value()->body);
        if (!m_control.isOpen())
            return;
    }
}

void Player::onMessage(const QJsonObject &message)
{
    if (message.contains("opened"_L1)) {
        const QJsonObject facts = message.value("opened"_L1).toObject();
        m_facts.expectedFrames = facts.value("frames"_L1).toInteger(-1);
        m_facts.durationUs = facts.value("durationUs"_L1).toInteger(-1);
        m_facts.video = facts.value("video"_L1).toObject();
        m_facts.audio = facts.value("audio"_L1).toObject();
        m_facts.isTitleCard = facts.value("titleCard"_L1).toBool();
        m_facts.startedBy = facts.value("startedBy"_L1).toString();
        if (m_facts.startedBy == "reading"_L1)
            qCInfo(lcPlayout).noquote()
                << u"%1 was read up to frame %2 to begin there"_s.arg(m_request.path)
                       .arg(m_request.from);
        m_facts.identity = FileIdentity::fromJson(facts.value("identity"_L1).toObject());
        m_isOpened = true;
        Q_EMIT opened();
    } else if (message.contains("cell"_L1)) {
        Q_EMIT entered(message.value("cell"_L1).toObject());
    } else if (message.contains("finished"_L1)) {
        m_hasFinished = true;
        m_hasStopped = message.value("finished"_L1).toObject().value("stopped"_L1).toBool();
        if (m_source)
            m_source->finish();
        // All slots are ours now; without its control socket the player ends and frees its memory.
        close();
        Q_EMIT finished();
    } else if (message.contains("failed"_L1)) {
        const QJsonObject reason = message.value("failed"_L1).toObject();
        fail({errorCodeFromName(reason.value("code"_L1).toString()),
              reason.value("detail"_L1).toString(), reason.value("native"_L1).toInt()});
    }
}

void Player::giveUp(Error error)
{
    m_hasDied = true;
    m_hasFinished = false;
    fail(std::move(error));
}

void Player::fail(Error error)
{
    close();
    if (m_failure || m_hasFinished)
        return;
    m_failure = std::move(error);
    if (m_source && !m_hasDied)
        m_source->close();
    Q_EMIT failed();
}

void Player::close()
{
    m_notifier.setEnabled(false);
    m_control.close();
}

} // namespace continuo
