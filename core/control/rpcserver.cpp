// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/rpcserver.h"

#include "core/base/logging.h"
#include "core/control/localsocket.h"
#include "core/control/methods.h"
#include "core/control/rpcconnection.h"
#include "core/control/rpcmessage.h"

#include <QSocketNotifier>
#include <QTimer>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kMaxClients = 256;

// Of these only the latest counts for a client that reads slowly.
bool isSnapshot(const QString &method)
{
    return method == "event.status"_L1 || method == "event.playlist"_L1
        || method == "event.preview"_L1;
}

} // namespace

RpcServer::RpcServer(const QString &program, QObject *parent)
    : QObject(parent)
    , m_program(program)
{
}

RpcServer::~RpcServer() = default;

void RpcServer::setHandler(Handler handler)
{
    m_handler = std::move(handler);
}

Result<void> RpcServer::listen(const QString &socketPath)
{
    Result<UniqueFd> listener = listenLocally(socketPath);
    if (!listener)
        return listener.error();
    return listenOn(std::move(listener).value());
}

Result<void> RpcServer::listenOn(UniqueFd listener)
{
    int isListening = 0;
    socklen_t size = sizeof isListening;
    if (::getsockopt(listener.get(), SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) < 0
        || !isListening) {
        return Error{ErrorCode::InvalidArgument,
                     u"descriptor %1 is not a listening socket"_s.arg(listener.get()), 0};
    }
    const int flags = ::fcntl(listener.get(), F_GETFL);
    if (flags < 0 || ::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) < 0)
        return errorFromErrno(errno, u"prepare the control socket"_s);
    m_notifier.reset();
    m_listener = std::move(listener);
    m_notifier = std::make_unique<QSocketNotifier>(m_listener.get(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &RpcServer::acceptWaiting);
    return {};
}

void RpcServer::acceptWaiting()
{
    for (;;) {
        Result<UniqueFd> accepted = acceptLocally(m_listener.get());
        if (!accepted) {
            qCWarning(lcStation, "%s", qUtf8Printable(accepted.error().detail));
            if (accepted.error().code == ErrorCode::PermissionDenied) {
                ++m_counters.strangersRefused;
                continue;
            }
            // Out of descriptors: the connection stays in the backlog and would wake us at once.
            m_notifier->setEnabled(false);
            QTimer::singleShot(1000, m_notifier.get(), [this] { m_notifier->setEnabled(true); });
            return;
        }
        if (!accepted->isValid())
            return;
        if (m_clients.size() >= kMaxClients) {
            qCWarning(lcStation, "%zu clients are connected: one more is refused", kMaxClients);
            continue;
        }
        const std::uint64_t id = ++m_lastClient;
        auto client = std::make_unique<RpcConnection>(*this, id, std::move(accepted).value());
        // Queued: the connection may not go inside its own slot.
        connect(
            client.get(), &RpcConnection::closed, this,
            [this](quint64 gone) {
                m_clients.erase(gone);
                Q_EMIT clientGone(gone);
            },
            Qt::QueuedConnection);
        client->send(notificationLine(u"hello"_s,
                                      {{u"protocol"_s, kControlProtocol},
                                       {u"program"_s, m_program},
                                       {u"version"_s, QStringLiteral(CONTINUO_VERSION)},
                                       {u"pid"_s, qint64(::getpid())}}));
        m_clients.emplace(id, std::move(client));
    }
}

void RpcServer::dispatch(const QString &method, const QJsonObject &params, RpcReply reply)
{
    if (!m_handler) {
        reply.error({ErrorCode::Busy, u"the station is still starting"_s, 0});
        return;
    }
    m_handler(method, params, std::move(reply));
}

bool RpcServer::hasSubscriber(const QString &channel) const
{
    for (const auto &[id, client] : m_clients) {
        if (client->isSubscribed(channel))
            return true;
    }
    return false;
}

void RpcServer::notify(const QString &method, const QJsonObject &params, const QString &channel)
{
    QByteArray line; // made once, when the first subscriber wants it
    const QString key = method + u' ' + channel;
    for (const auto &[id, client] : m_clients) {
        if (!client->isSubscribed(channel))
            continue;
        if (line.isEmpty())
            line = notificationLine(method, params);
        if (isSnapshot(method))
            client->sendSnapshot(key, line);
        else
            client->send(line);
    }
}

void RpcServer::notifyClient(quint64 client, const QString &method, const QJsonObject &params)
{
    const auto found = m_clients.find(client);
    if (found != m_clients.end())
        found->second->send(notificationLine(method, params));
}

} // namespace continuo
