// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/control/rpcclient.h"

#include <QString>

#include <chrono>

namespace continuo {

/// Finds, starts and ends the station of one state folder, for programs that may wait.
class StationConnection final {
public:
    /// \p stateFolder absolute, or empty for the XDG folders.
    explicit StationConnection(const QString &stateFolder);

    RpcClient &client() { return m_client; }
    const StationPaths &paths() const { return m_paths; }

    /// Connects to a station that runs; \p timeout is for its greeting. Errors: NotFound or Refused
    /// (it does not run), PermissionDenied, Timeout, Unsupported.
    Result<void> connect(std::chrono::milliseconds timeout = std::chrono::seconds(5));
    /// Connects; when nothing runs, starts the keeper in the background and waits for the engine,
    /// at most ten seconds, with words on standard error. Errors: as connect(), Io.
    Result<void> connectOrStart();
    /// Waits until keeper and engine have ended, at most 45 s: Timeout.
    Result<void> waitForEnd();
    /// There is a keeper: an engine that is not there is started again.
    bool isKeeperRunning() const;
    /// Ends a station whose engine does not answer: SIGTERM to the keeper. False: none runs.
    bool endKeeper() const;

    /// True for the errors that mean "there is no station".
    static bool meansNotRunning(const Error &error);

private:
    Result<void> startKeeper() const;
    QString lockPath() const;

    QString m_stateFolder;
    StationPaths m_paths;
    RpcClient m_client;
};

} // namespace continuo
