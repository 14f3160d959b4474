// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/outbox.h"

#include <algorithm>

namespace continuo {

void Outbox::send(const QJsonObject &message)
{
    const std::scoped_lock lock(m_mutex);
    sendLocked({}, message);
}

void Outbox::sendLatest(const QString &kind, const QJsonObject &message)
{
    const std::scoped_lock lock(m_mutex);
    sendLocked(kind, message);
}

void Outbox::sendLocked(const QString &kind, const QJsonObject &message)
{
    if (flushLocked()) {
        const Result<void> sent = m_socket.send(message);
        if (sent || sent.error().code != ErrorCode::Busy)
            return; // a peer that is gone is noticed by whoever reads the socket
    }
    if (!kind.isEmpty()) {
        // Moved to the end: an acknowledgement must not come before what was sent in between.
        std::erase_if(m_waiting, [&kind](const Waiting &w) { return w.kind == kind; });
    }
    m_waiting.push_back({kind, message});
}

bool Outbox::flush()
{
    const std::scoped_lock lock(m_mutex);
    return flushLocked();
}

bool Outbox::flushLocked()
{
    while (!m_waiting.empty()) {
        const Result<void> sent = m_socket.send(m_waiting.front().body);
        if (!sent && sent.error().code == ErrorCode::Busy)
            return false;
        m_waiting.pop_front();
    }
    return true;
}

} // namespace continuo
