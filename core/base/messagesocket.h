// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QJsonObject>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace continuo {

/// A JSON object and the descriptors that travel with it.
struct Message {
    QJsonObject body;
    std::vector<UniqueFd> fds;
};

/// One end of a SOCK_SEQPACKET pair between two processes of a station: whole JSON objects of at
/// most 128 KiB, with descriptors (SCM_RIGHTS). Used by one thread for sending and one for
/// receiving at a time. Secrets may pass here: it is never written to disk or log.
class MessageSocket final {
public:
    MessageSocket() = default;
    explicit MessageSocket(UniqueFd fd)
        : m_fd(std::move(fd))
    {
    }

    /// Two connected ends, both close-on-exec and non-blocking. Errors: Io.
    static Result<std::pair<MessageSocket, MessageSocket>> createPair();

    /// Sends one message; the descriptors in \p fds stay the caller's. Never blocks.
    /// Errors: Closed (peer gone), Busy (its queue is full), Io.
    Result<void> send(const QJsonObject &body, const std::vector<int> &fds = {}) const;
    /// The next message, nothing when none is waiting. Never blocks.
    /// Errors: Closed (peer gone), Corrupt (not a JSON object), Io.
    Result<std::optional<Message>> receive() const;
    /// Waits until a message or the end can be read; false after \p timeout.
    bool waitReadable(std::chrono::milliseconds timeout) const;

    int fd() const { return m_fd.get(); }
    bool isOpen() const { return m_fd.isValid(); }
    void close() { m_fd.reset(); }
    UniqueFd takeFd() { return std::move(m_fd); }

private:
    UniqueFd m_fd;
};

} // namespace continuo
