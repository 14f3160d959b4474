// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/keeperclient.h"
#include "core/base/paths.h"

#include <QObject>
#include <QSocketNotifier>
#include <QStringList>
#include <QTimer>

#include <chrono>
#include <memory>

namespace continuo {

/// Sees to it that the engine always has a keeper: one that died is replaced, and the new one is
/// handed everything that has to be held. One that answers no heartbeat is killed first. Owner
/// thread: main.
///
/// A keeper that is a service's main process is started again by the service manager; the engine
/// gives it three seconds to come before it starts one by itself.
class KeeperGuard final : public QObject {
    Q_OBJECT
public:
    struct Options {
        StationPaths paths;
        QString stateFolder; ///< as the engine was given it; empty: the XDG folders
        QStringList engineArguments; ///< for engines that the new keeper starts
    };

    KeeperGuard(KeeperLink *link, Options options);

Q_SIGNALS:
    /// A keeper died, or was killed because it was silent; another holds all again.
    void replaced(bool wasSilent);

private:
    void watch();
    void onReadable();
    void judge();
    void onLost();
    void onCaller();
    void startKeeper();

    KeeperLink *const m_link;
    const Options m_options;
    UniqueFd m_listener;
    std::unique_ptr<QSocketNotifier> m_callers;
    std::unique_ptr<QSocketNotifier> m_answers; // and the end of the link
    ChildProcess m_started; // by us
    QTimer m_patience;
    QTimer m_look;
    std::chrono::steady_clock::time_point m_lookedAt;
    bool m_isLost = false;
    bool m_wasSilent = false; // and was killed
};

} // namespace continuo
