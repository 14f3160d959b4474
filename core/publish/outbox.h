// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messagesocket.h"

#include <QJsonObject>

#include <deque>
#include <mutex>
#include <optional>

namespace continuo {

/// Sends messages from any thread over one socket, in order, never blocking: what the other side
/// does not take waits here. Acknowledgements replace each other, since each says all that the one
/// before said; so a reader that stands still costs no memory.
class Outbox final {
public:
    explicit Outbox(const MessageSocket &socket)
        : m_socket(socket)
    {
    }

    void send(const QJsonObject &message);
    /// A message whose newest state is all that counts; \p kind tells which it replaces.
    void sendLatest(const QString &kind, const QJsonObject &message);
    /// Tries again what waits. False when something still does.
    bool flush();

private:
    struct Waiting {
        QString kind; // empty: never replaced
        QJsonObject body;
    };

    bool flushLocked();
    void sendLocked(const QString &kind, const QJsonObject &message);

    const MessageSocket &m_socket; // sending: guarded by m_mutex
    std::mutex m_mutex;
    std::deque<Waiting> m_waiting; // guarded by m_mutex
};

} // namespace continuo
