// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/messagesocket.h"
#include "core/base/uniquefd.h"

#include <QJsonObject>
#include <QString>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>

namespace continuo {

/// The engine's side of its conversation with continuo-keeper (docs/protocols.md, section 4): what
/// must outlive the engine is held there by name, and given back to the next engine. Duplicates
/// stay here, so that another keeper can be given all of it. Any thread; every call but fetch()
/// returns at once. Errors of each: Closed (the keeper has gone; what was to be held or dropped is
/// known to the next one), Busy (it does not read: treat it as gone after some beats), Io.
class KeeperLink final {
public:
    explicit KeeperLink(MessageSocket socket);

    /// Another keeper has come, or the same once more: it is handed everything. After an error the
    /// socket is closed.
    Result<void> rebind(MessageSocket socket);

    /// Has a duplicate of \p fd held under \p name (which replaces an older one); \p fd stays the
    /// caller's. InvalidArgument: empty name or no descriptor.
    Result<void> hold(const QString &name, int fd);
    /// Has it closed; a name that is not held is fine.
    Result<void> drop(const QString &name);
    /// Everything that is held for an engine before us, as duplicates of ours; to be dropped by
    /// name when it is not needed. Waits at most two seconds: Timeout. Used once, at the start.
    Result<std::map<QString, UniqueFd>> fetch();
    /// The heartbeat, four a second, with the frame that each channel has got to; without one for a
    /// second the keeper kills and restarts us.
    Result<void> beat(const QJsonObject &frames);
    /// Says that we end on purpose and shall not be started again.
    Result<void> bye();

    /// The keeper's process.
    pid_t peer() const;
    /// Readable when the keeper has answered a beat, or has gone.
    int fd() const;
    /// Takes in which beats it has heard. Errors: Closed (it has gone), Corrupt, Io.
    Result<void> readAnswers();
    /// For how long the keeper has answered no beat though it was sent one; 0 when it has answered
    /// all of them.
    std::chrono::milliseconds silence() const;
    /// It was we who stood still: its silence counts from now on.
    void excuseSilence();

private:
    mutable std::mutex m_mutex;
    MessageSocket m_socket; // guarded by m_mutex
    std::map<QString, UniqueFd> m_held; // guarded by m_mutex; duplicates
    std::int64_t m_beats = 0; // guarded by m_mutex
    std::int64_t m_heard = 0; // the last beat that was answered; guarded by m_mutex
    std::chrono::steady_clock::time_point m_silentSince; // guarded by m_mutex
};

} // namespace continuo
