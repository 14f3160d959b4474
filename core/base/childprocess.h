// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace continuo {

/// How to start a child: every descriptor but those named here is closed in it.
struct ChildRequest {
    QString program; ///< absolute path, or a name looked up in PATH
    QStringList arguments;
    /// (ours, theirs): our descriptor appears in the child under the second number (>= 3).
    std::vector<std::pair<int, int>> fds;
    /// Standard error (and output) are appended here, see boundLog(); empty: /dev/null.
    QString logFile;
    bool newSession = true; ///< setsid, so that no terminal signal reaches it
    bool inheritOutput = false; ///< keep our standard output and error instead of logFile
};

/// How a child ended.
struct ChildExit {
    bool wasKilled = false; ///< by a signal
    int code = 0; ///< exit code, or the signal's number
    bool isKnown = true; ///< false: of an adopted process only its parent learns how it ended

    /// "\p who was killed by signal 9", for logs and messages.
    QString words(const QString &who) const;
};

/// A child (or adopted) process held by pid and pidfd. Owned by one thread.
/// The destructor neither kills nor waits: what outlives us is decided by the owner.
class ChildProcess final {
public:
    ChildProcess() = default;
    /// Starts the program. Errors: NotFound, PermissionDenied, Io.
    static Result<ChildProcess> start(const ChildRequest &request);
    /// Takes over a running process that is (or is not) our child. Errors: NotFound.
    static Result<ChildProcess> adopt(pid_t pid);
    /// The same by a pidfd that somebody kept. Errors: NotFound (it has ended).
    static Result<ChildProcess> adopt(UniqueFd pidFd);

    bool isValid() const { return m_pid > 0; }
    pid_t pid() const { return m_pid; }
    int pidFd() const { return m_pidFd.get(); } ///< readable once the process has ended
    bool hasEnded() const;
    /// Sends \p signal through the pidfd, so that a re-used pid is never hit.
    void signal(int signal) const;
    /// Waits for the end; nothing after \p timeout. Reaps a child of ours (code stays 0 for
    /// others).
    std::optional<ChildExit> wait(std::chrono::milliseconds timeout);
    /// User and system time that it has used, in clock ticks; 0 once it has ended.
    std::int64_t cpuTicks() const;
    /// Whether a signal or a debugger has stopped it: it lives and does nothing.
    bool isStopped() const;
    /// SIGTERM, wait up to \p grace, SIGKILL, wait.
    void stop(std::chrono::milliseconds grace);

private:
    QList<QByteArray> statFields() const;

    pid_t m_pid = 0;
    UniqueFd m_pidFd;
    std::optional<ChildExit> m_exit;
};

/// The absolute path of a program of this station: beside our own executable, else from PATH.
QString stationProgram(const QString &name);

} // namespace continuo
