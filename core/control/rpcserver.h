// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QJsonObject>
#include <QObject>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

class QSocketNotifier;

namespace continuo {

class RpcConnection;

/// The way back for one request. Copyable; answered at any later time, from the server's thread,
/// exactly once: later answers are ignored. If the client has gone, an answer goes nowhere. When
/// the last copy goes unanswered, the client gets an Internal error instead of waiting for ever.
class RpcReply final {
public:
    /// The connection that asked; the number that RpcServer::clientGone() names.
    std::uint64_t client() const;
    /// False once the client has gone: long work for it may end.
    bool isWanted() const;

    void result(const QJsonObject &result = {}) const;
    void error(const Error &error) const;
    void answer(const Result<QJsonObject> &outcome) const;

private:
    friend class RpcConnection;
    struct State;
    explicit RpcReply(std::shared_ptr<State> state)
        : m_state(std::move(state))
    {
    }
    std::shared_ptr<State> m_state;
};

/// JSON-RPC 2.0 over the station's local socket (docs/api.md). Lives on one thread with an event
/// loop, as do handler and replies. Requests are checked against the table of methods before the
/// handler sees them; events.subscribe is answered here.
class RpcServer final : public QObject {
    Q_OBJECT
public:
    using Handler
        = std::function<void(const QString &method, const QJsonObject &params, RpcReply reply)>;

    struct Counters {
        std::uint64_t snapshotsReplaced = 0; ///< notes that a slow reader never saw
        std::uint64_t slowClientsEnded = 0;
        std::uint64_t strangersRefused = 0; ///< processes of another user
    };

    explicit RpcServer(const QString &program, QObject *parent = nullptr);
    ~RpcServer() override;

    void setHandler(Handler handler);
    /// Makes the socket and listens. Errors: AlreadyExists (another engine answers there),
    /// PermissionDenied, NotFound, Io.
    Result<void> listen(const QString &socketPath);
    /// Goes on with a socket that already listens (the keeper held it).
    /// Errors: InvalidArgument (not a listening socket).
    Result<void> listenOn(UniqueFd listener);
    /// The listening socket, for the keeper to hold; -1 when not listening.
    int listenDescriptor() const { return m_listener.get(); }

    /// Sends a notification to every subscriber of \p channel (empty: to all subscribers).
    void notify(const QString &method, const QJsonObject &params, const QString &channel = {});
    /// Sends a notification to one client, subscribed or not (first snapshots after subscribed()).
    void notifyClient(quint64 client, const QString &method, const QJsonObject &params);
    /// True when notify() for that channel would reach somebody: a snapshot need not be made else.
    bool hasSubscriber(const QString &channel) const;
    Counters counters() const { return m_counters; }
    std::size_t clientCount() const { return m_clients.size(); }

Q_SIGNALS:
    void clientGone(quint64 client);
    /// A client asked for the events of \p channel (empty: all) and has its answer; what it should
    /// know first can be sent by notifyClient().
    void subscribed(quint64 client, const QString &channel);

private:
    friend class RpcConnection;
    void acceptWaiting();
    void dispatch(const QString &method, const QJsonObject &params, RpcReply reply);

    QString m_program;
    Handler m_handler;
    UniqueFd m_listener;
    std::unique_ptr<QSocketNotifier> m_notifier; // must go before m_listener
    std::unordered_map<std::uint64_t, std::unique_ptr<RpcConnection>> m_clients;
    std::uint64_t m_lastClient = 0;
    Counters m_counters;
};

} // namespace continuo
