// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/rpcclient.h"

#include "core/control/localsocket.h"
#include "core/control/methods.h"
#include "core/control/rpcmessage.h"

#include <QDeadlineTimer>
#include <QJsonDocument>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

const auto kGreetingTimeout = 5s;

Error closedError()
{
    return {ErrorCode::Closed, u"the connection to the station ended"_s, 0};
}

} // namespace

RpcClient::RpcClient(QObject *parent)
    : QObject(parent)
{
    m_retry.setSingleShot(true);
    m_retry.setInterval(0ms);
    m_greetingTimeout.setSingleShot(true);
    m_greetingTimeout.setInterval(kGreetingTimeout);
    connect(&m_retry, &QTimer::timeout, this, &RpcClient::attempt);
    connect(&m_greetingTimeout, &QTimer::timeout, this, [this] {
        m_failure = Error{ErrorCode::Timeout, u"the station does not greet"_s, 0};
        m_socket.abort();
    });
    connect(&m_socket, &QLocalSocket::readyRead, this, &RpcClient::readLines);
    connect(&m_socket, &QLocalSocket::disconnected, this, &RpcClient::onDisconnected);
}

RpcClient::~RpcClient()
{
    // The socket's own destructor would emit disconnected() into a half-destroyed object.
    m_socket.disconnect(this);
}

void RpcClient::setRetryInterval(std::chrono::milliseconds interval)
{
    const bool wasWaiting = m_retry.isActive();
    m_retry.stop();
    m_retry.setInterval(interval);
    const bool isIdle = m_socket.state() == QLocalSocket::UnconnectedState && !m_path.isEmpty();
    if (interval > 0ms && (wasWaiting || isIdle))
        m_retry.start();
}

void RpcClient::connectToStation(const QString &socketPath)
{
    disconnectFromStation();
    m_path = socketPath;
    QMetaObject::invokeMethod(this, &RpcClient::attempt, Qt::QueuedConnection);
}

void RpcClient::disconnectFromStation()
{
    m_path.clear();
    m_retry.stop();
    m_socket.abort();
    onDisconnected();
}

Result<void> RpcClient::open()
{
    // By hand and not by connectToServer(): that reports errors while its state still says
    // Connecting, and knows neither long paths nor which of "nobody there" and "not allowed" it is.
    Result<UniqueFd> fd = connectLocally(m_path);
    if (!fd)
        return fd.error();
    m_failure.reset();
    if (!m_socket.setSocketDescriptor(fd->release()))
        return Error{ErrorCode::Io, m_socket.errorString(), 0};
    return {};
}

void RpcClient::attempt()
{
    if (m_path.isEmpty() || m_socket.state() != QLocalSocket::UnconnectedState)
        return;
    m_greetingTimeout.start();
    if (const Result<void> opened = open(); !opened) {
        m_greetingTimeout.stop();
        retryLater();
        Q_EMIT connectionFailed(opened.error());
    }
}

void RpcClient::retryLater()
{
    if (!m_path.isEmpty() && m_retry.intervalAsDuration() > 0ms)
        m_retry.start();
}

void RpcClient::readLines()
{
    while (m_socket.canReadLine())
        takeLine(m_socket.readLine());
    if (m_socket.bytesAvailable() > kMaxReplyBytes) {
        m_failure = Error{ErrorCode::Corrupt, u"the station sent a line without end"_s, 0};
        m_socket.abort();
    }
}

void RpcClient::takeLine(const QByteArray &line)
{
    const QJsonDocument document = QJsonDocument::fromJson(line);
    if (!document.isObject()) {
        m_failure = Error{ErrorCode::Corrupt, u"the station sent a line that is not JSON"_s, 0};
        m_socket.abort();
        return;
    }
    const QJsonObject object = document.object();
    const QString method = object.value("method"_L1).toString();
    if (!m_hasGreeting) {
        if (method == "hello"_L1) {
            takeGreeting(object.value("params"_L1).toObject());
        } else {
            m_failure = Error{ErrorCode::Corrupt, u"what answers there is no station"_s, 0};
            m_socket.abort();
        }
        return;
    }
    if (!method.isEmpty()) {
        Q_EMIT notification(method, object.value("params"_L1).toObject());
        return;
    }
    const Pending pending = m_pending.take(object.value("id"_L1).toInteger(-1));
    if (object.contains("error"_L1))
        finish(pending, errorFromRpc(object.value("error"_L1).toObject()));
    else
        finish(pending, object.value("result"_L1).toObject());
}

void RpcClient::takeGreeting(const QJsonObject &params)
{
    m_greetingTimeout.stop();
    const int protocol = params.value("protocol"_L1).toInt();
    if (protocol != kControlProtocol) {
        m_failure
            = Error{ErrorCode::Unsupported,
                    u"the station speaks protocol %1, this program speaks %2"_s.arg(protocol).arg(
                        kControlProtocol),
                    0};
        m_socket.abort();
        return;
    }
    m_greeting = params;
    m_hasGreeting = true;
    Q_EMIT connected(m_greeting);
}

void RpcClient::onDisconnected()
{
    m_greetingTimeout.stop();
    const Error error = m_failure.value_or(closedError());
    m_failure.reset();
    failPending(error);
    const bool wasConnected = std::exchange(m_hasGreeting, false);
    const bool wasTrying = !m_path.isEmpty();
    retryLater();
    if (wasConnected)
        Q_EMIT disconnected();
    else if (wasTrying)
        Q_EMIT connectionFailed(error);
}

void RpcClient::call(const QString &method, const QJsonObject &params, QObject *context, Done done)
{
    const Pending pending{context, context != nullptr, std::move(done)};
    if (m_socket.state() != QLocalSocket::ConnectedState) {
        QMetaObject::invokeMethod(
            this, [pending] { finish(pending, closedError()); }, Qt::QueuedConnection);
        return;
    }
    const qint64 id = ++m_lastId;
    m_pending.insert(id, pending);
    m_socket.write(requestLine(id, method, params));
}

void RpcClient::failPending(const Error &error)
{
    const QHash<qint64, Pending> pending = std::exchange(m_pending, {});
    for (const Pending &one : pending)
        finish(one, error);
}

void RpcClient::finish(const Pending &pending, const Result<QJsonObject> &outcome)
{
    if (pending.done && (!pending.hasContext || pending.context))
        pending.done(outcome);
}

Result<void> RpcClient::waitForConnected(const QString &socketPath,
                                         std::chrono::milliseconds timeout)
{
    disconnectFromStation();
    m_path = socketPath;
    if (Result<void> opened = open(); !opened)
        return opened;
    std::optional<Error> failure;
    const auto watch = connect(this, &RpcClient::connectionFailed, this,
                               [&failure](const Error &error) { failure = error; });
    const QDeadlineTimer deadline(timeout);
    while (!m_hasGreeting && !failure && !deadline.hasExpired())
        readFor(std::chrono::milliseconds(deadline.remainingTime()));
    disconnect(watch);
    if (m_hasGreeting)
        return {};
    if (failure)
        return *failure;
    disconnectFromStation();
    return Error{ErrorCode::Timeout, u"the station does not greet"_s, 0};
}

Result<QJsonObject> RpcClient::callAndWait(const QString &method, const QJsonObject &params,
                                           std::optional<std::chrono::milliseconds> timeout)
{
    // Shared, so that an answer after our timeout finds a place to go.
    const auto outcome = std::make_shared<std::optional<Result<QJsonObject>>>();
    if (m_socket.state() != QLocalSocket::ConnectedState)
        return closedError();
    call(method, params, nullptr, [outcome](Result<QJsonObject> answer) { *outcome = answer; });
    const QDeadlineTimer deadline
        = timeout ? QDeadlineTimer(*timeout) : QDeadlineTimer(QDeadlineTimer::Forever);
    while (!*outcome && !deadline.hasExpired())
        readFor(deadline.isForever() ? 1000ms
                                     : std::chrono::milliseconds(deadline.remainingTime()));
    if (*outcome)
        return **outcome;
    return Error{ErrorCode::Timeout, u"the station did not answer %1 in time"_s.arg(method), 0};
}

bool RpcClient::readFor(std::chrono::milliseconds timeout)
{
    if (m_socket.state() != QLocalSocket::ConnectedState)
        return false;
    // waitForReadyRead() emits readyRead (unless a slot of it is running), and writes what waits.
    constexpr auto kLongest = std::chrono::milliseconds(std::numeric_limits<int>::max());
    m_socket.waitForReadyRead(int(std::min(timeout, kLongest).count()));
    readLines();
    return m_socket.state() == QLocalSocket::ConnectedState;
}

} // namespace continuo
