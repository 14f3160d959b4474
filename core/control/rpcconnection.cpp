// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/rpcconnection.h"

#include "core/base/logging.h"
#include "core/control/methods.h"

#include <QPointer>

#include <chrono>
#include <memory>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// So many requests of one client are handled before the event loop gets its turn, and none is begun
// after so long: a client that floods must not starve the others (or the channel's own timers). An
// edit of a long list takes milliseconds, and waits for the disk: 64 of those would be a second.
constexpr int kLinesPerTurn = 64;
constexpr std::chrono::milliseconds kTimePerTurn{20};
// How long a peer that broke the rules may read why before its connection ends.
constexpr std::chrono::milliseconds kLastWords{500};

} // namespace

struct RpcReply::State {
    QPointer<RpcConnection> connection;
    std::uint64_t client = 0;
    QJsonValue id; // undefined: a notification, nobody waits
    bool isAnswered = false;

    State(RpcConnection *from, const QJsonValue &requestId)
        : connection(from)
        , client(from->id())
        , id(requestId)
    {
    }
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State()
    {
        if (!isAnswered)
            send(errorLine(id, {ErrorCode::Internal, u"the request was not answered"_s, 0}));
    }
    RpcConnection *open() const
    {
        RpcConnection *peer = connection.data();
        return peer && peer->isOpen() ? peer : nullptr;
    }
    void send(const QByteArray &line)
    {
        if (std::exchange(isAnswered, true) || id.isUndefined())
            return;
        if (RpcConnection *peer = open())
            peer->send(line);
    }
};

std::uint64_t RpcReply::client() const
{
    return m_state->client;
}

bool RpcReply::isWanted() const
{
    return m_state->open() != nullptr;
}

void RpcReply::result(const QJsonObject &result) const
{
    m_state->send(resultLine(m_state->id, result));
}

void RpcReply::error(const Error &error) const
{
    m_state->send(errorLine(m_state->id, error));
}

void RpcReply::answer(const Result<QJsonObject> &outcome) const
{
    if (outcome)
        result(outcome.value());
    else
        error(outcome.error());
}

RpcConnection::RpcConnection(RpcServer &server, std::uint64_t id, UniqueFd socket)
    : m_server(server)
    , m_id(id)
{
    // One byte more than a line may have: a full buffer without a line feed is a line too long.
    m_socket.setReadBufferSize(kMaxRequestBytes + 1);
    m_socket.setSocketDescriptor(socket.release());
    m_turn.setSingleShot(true);
    m_turn.setInterval(0);
    connect(&m_turn, &QTimer::timeout, this, &RpcConnection::readLines);
    connect(&m_socket, &QLocalSocket::readyRead, this, &RpcConnection::readLines);
    connect(&m_socket, &QLocalSocket::bytesWritten, this, &RpcConnection::onBytesWritten);
    connect(&m_socket, &QLocalSocket::disconnected, this, &RpcConnection::onDisconnected);
}

RpcConnection::~RpcConnection()
{
    // The socket's own destructor would emit disconnected() into a half-destroyed object.
    m_socket.disconnect(this);
}

bool RpcConnection::isSubscribed(const QString &channel) const
{
    return m_isOpen && m_subscription
        && (m_subscription->isEmpty() || channel.isEmpty() || *m_subscription == channel);
}

void RpcConnection::send(const QByteArray &line)
{
    if (!m_isOpen || m_isFinishing)
        return;
    m_socket.write(line);
    if (m_socket.bytesToWrite() > kDeadBytes) {
        ++m_server.m_counters.slowClientsEnded;
        qCWarning(lcStation, "client %llu left %lld bytes unread: its connection ends",
                  static_cast<unsigned long long>(m_id),
                  static_cast<long long>(m_socket.bytesToWrite()));
        abort();
    }
}

void RpcConnection::sendSnapshot(const QString &key, const QByteArray &line)
{
    if (m_socket.bytesToWrite() <= kSlowBytes && m_waiting.isEmpty()) {
        send(line);
        return;
    }
    if (m_waiting.contains(key))
        ++m_server.m_counters.snapshotsReplaced;
    m_waiting.insert(key, line);
}

void RpcConnection::abort()
{
    m_socket.abort();
    onDisconnected(); // abort() emits nothing when the socket was already closing
}

void RpcConnection::readLines()
{
    if (m_isFinishing)
        m_socket.readAll();
    if (m_turn.isActive())
        return; // more came while the rest of the last turn waits for its next
    const auto end = std::chrono::steady_clock::now() + kTimePerTurn;
    for (int lines = 0; m_isOpen && !m_isFinishing && m_socket.canReadLine(); ++lines) {
        if (m_socket.bytesToWrite() > kSlowBytes)
            return; // goes on in onBytesWritten()
        // At least one a turn, whatever it takes.
        if (lines == kLinesPerTurn || (lines > 0 && std::chrono::steady_clock::now() >= end)) {
            // By a timer: a queued call would be handled in this very turn, before any socket.
            if (!m_turn.isActive())
                m_turn.start();
            return;
        }
        takeLine(m_socket.readLine());
    }
    if (m_isOpen && !m_isFinishing && m_socket.bytesAvailable() > kMaxRequestBytes) {
        finishWith(
            faultLine({kRpcParseError, u"the line is longer than %1 bytes"_s.arg(kMaxRequestBytes),
                       QJsonValue::Null}));
    }
}

void RpcConnection::takeLine(const QByteArray &line)
{
    if (line.trimmed().isEmpty())
        return;
    const std::variant<RpcRequest, RpcFault> parsed = parseRequest(line);
    if (const RpcFault *fault = std::get_if<RpcFault>(&parsed)) {
        send(faultLine(*fault));
        return;
    }
    const RpcRequest &request = std::get<RpcRequest>(parsed);
    const RpcReply reply(std::make_shared<RpcReply::State>(this, request.id));
    if (const Result<void> valid = validateParams(request.method, request.params); !valid) {
        const bool isMethod = findMethod(request.method) != nullptr;
        reply.m_state->send(
            errorLine(request.id, valid.error(), isMethod ? kRpcInvalidParams : kRpcNoMethod));
        return;
    }
    if (request.method == "events.subscribe"_L1) {
        subscribe(request.params.value("channel"_L1).toString());
        reply.result();
        Q_EMIT m_server.subscribed(m_id, *m_subscription);
        return;
    }
    m_server.dispatch(request.method, request.params, reply);
}

void RpcConnection::onBytesWritten()
{
    while (!m_waiting.isEmpty() && m_isOpen && m_socket.bytesToWrite() <= kSlowBytes / 2) {
        const QByteArray line = m_waiting.take(m_waiting.firstKey());
        send(line);
    }
    if (m_isOpen && m_socket.bytesToWrite() <= kSlowBytes && m_socket.canReadLine())
        readLines();
}

void RpcConnection::onDisconnected()
{
    if (!std::exchange(m_isOpen, false))
        return;
    Q_EMIT closed(m_id);
}

void RpcConnection::finishWith(const QByteArray &line)
{
    send(line);
    m_isFinishing = true;
    // Closing at once would answer what the peer is still sending with a reset, and it would never
    // read why. So the rest is thrown away for a moment.
    m_socket.readAll();
    QTimer::singleShot(kLastWords, this, &RpcConnection::abort);
}

} // namespace continuo
