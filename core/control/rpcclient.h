// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QJsonObject>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>

#include <chrono>
#include <functional>
#include <optional>

namespace continuo {

/// A client of the engine's control socket. Lives on one thread; with an event loop nothing in it
/// blocks but callAndWait() and waitForConnected().
class RpcClient final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<QJsonObject>)>;

    explicit RpcClient(QObject *parent = nullptr);
    ~RpcClient() override;

    /// After a failed attempt or a lost connection tries again every \p interval (0, the default:
    /// never). Takes effect at once, also while waiting.
    void setRetryInterval(std::chrono::milliseconds interval);
    /// Connects; connected() or connectionFailed() follows, never before this returns. Ends an
    /// older connection.
    void connectToStation(const QString &socketPath);
    /// Ends the connection and the retries; pending calls get Closed.
    void disconnectFromStation();
    /// True between connected() and disconnected().
    bool isConnected() const { return m_hasGreeting; }
    /// The greeting: protocol, program, version, pid.
    QJsonObject greeting() const { return m_greeting; }

    /// Sends a request; \p done gets its answer, or Closed when the connection is not there or ends
    /// first. Never called before this returns, nor once \p context is destroyed (nullptr: as long
    /// as the client lives). Further errors are the station's.
    void call(const QString &method, const QJsonObject &params, QObject *context, Done done);

    /// Blocking, for programs without an event loop. Errors: NotFound or Refused (no station),
    /// PermissionDenied, Timeout (it does not greet), Unsupported (other protocol version).
    Result<void> waitForConnected(const QString &socketPath, std::chrono::milliseconds timeout);
    /// Blocking; notifications that come meanwhile are emitted. No timeout: waits until the answer
    /// comes or the connection ends. Errors: Timeout, Closed, the station's.
    Result<QJsonObject> callAndWait(const QString &method, const QJsonObject &params,
                                    std::optional<std::chrono::milliseconds> timeout = {});
    /// Blocking: reads what comes within \p timeout and emits it; false once disconnected.
    bool readFor(std::chrono::milliseconds timeout);

Q_SIGNALS:
    void connected(const QJsonObject &greeting);
    /// No station there, or not one that we can talk to.
    void connectionFailed(const continuo::Error &error);
    void disconnected();
    void notification(const QString &method, const QJsonObject &params);

private:
    struct Pending {
        QPointer<QObject> context;
        bool hasContext = false;
        Done done;
    };

    Result<void> open();
    void attempt();
    void readLines();
    void takeLine(const QByteArray &line);
    void takeGreeting(const QJsonObject &params);
    void onDisconnected();
    void retryLater();
    void failPending(const Error &error);
    static void finish(const Pending &pending, const Result<QJsonObject> &outcome);

    QString m_path;
    QLocalSocket m_socket;
    QTimer m_retry;
    QTimer m_greetingTimeout;
    QJsonObject m_greeting;
    bool m_hasGreeting = false;
    std::optional<Error> m_failure; // why the connection that is ending ends
    QHash<qint64, Pending> m_pending;
    qint64 m_lastId = 0;
};

} // namespace continuo
