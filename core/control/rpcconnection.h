// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/uniquefd.h"
#include "core/control/rpcmessage.h"
#include "core/control/rpcserver.h"

#include <QByteArray>
#include <QLocalSocket>
#include <QMap>
#include <QObject>
#include <QString>
#include <QTimer>

#include <cstdint>
#include <optional>

namespace continuo {

/// One client of an RpcServer, on the server's thread. Private to core/control.
///
/// What a client leaves unread is bounded: above kSlowBytes its requests wait in the kernel and
/// snapshots replace each other, above kDeadBytes it is ended.
class RpcConnection final : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kSlowBytes = 4 * 1024 * 1024;
    static constexpr qint64 kDeadBytes = 16 * 1024 * 1024;

    RpcConnection(RpcServer &server, std::uint64_t id, UniqueFd socket);
    ~RpcConnection() override;

    std::uint64_t id() const { return m_id; }
    bool isOpen() const { return m_isOpen; }
    bool isSubscribed(const QString &channel) const;
    void subscribe(const QString &channel) { m_subscription = channel; }

    void send(const QByteArray &line);
    /// A note of which only the latest counts: while the client reads slowly, one per \p key waits.
    void sendSnapshot(const QString &key, const QByteArray &line);
    void abort();

Q_SIGNALS:
    void closed(quint64 id);

private:
    void readLines();
    void takeLine(const QByteArray &line);
    void onBytesWritten();
    void onDisconnected();
    void finishWith(const QByteArray &line);

    RpcServer &m_server;
    const std::uint64_t m_id;
    QLocalSocket m_socket;
    QTimer m_turn; // lines that wait for the next turn of the event loop
    std::optional<QString> m_subscription; // empty text: every channel
    QMap<QString, QByteArray> m_waiting; // snapshots, latest of each key
    bool m_isOpen = true;
    bool m_isFinishing = false;
};

} // namespace continuo
