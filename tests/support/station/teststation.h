// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/rpcclient.h"
#include "tests/support/station/stationprocesses.h"

#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>

#include <chrono>
#include <functional>
#include <memory>

namespace continuo {

struct StationSetup {
    QStringList engineArguments;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    /// Called with the station's empty folder before anything is started in it.
    std::function<void(const QString &folder)> prepare;
};

/// A real station for a test: keeper, engine and all, in a folder of its own. Any call that the
/// station refuses throws std::runtime_error with its words, which QtTest reports.
class TestStation final {
public:
    /// Starts the keeper with \p engineArguments for the engine and waits until it answers.
    explicit TestStation(const QStringList &engineArguments = {});
    explicit TestStation(const StationSetup &setup);
    /// Shuts the station down and waits for it to end.
    ~TestStation();

    /// A channel that is created without a loudness leaves its items as they are: what a test
    /// judges to the sample is what was in the clip. The station's own default is that of client().
    QJsonObject call(const QString &method, const QJsonObject &params = {},
                     std::chrono::milliseconds timeout = std::chrono::seconds(60));
    /// The answer or the error, for refusals that the test wants.
    Result<QJsonObject> tryCall(const QString &method, const QJsonObject &params = {});
    QJsonObject status(const QString &channel);
    /// Waits (events are handled meanwhile) until the channel's status satisfies \p condition;
    /// throws with the last status after \p timeout.
    QJsonObject waitForStatus(const QString &channel,
                              const std::function<bool(const QJsonObject &)> &condition,
                              std::chrono::milliseconds timeout);
    /// Ids of \p files, added to the end of the list.
    QStringList add(const QString &channel, const QStringList &files);
    QString addDestination(const QString &channel, const QString &target,
                           const QJsonObject &more = {});
    void shutDown();
    /// Connects to the engine again after the test has ended it.
    void reconnect();
    /// Starts a keeper again in the same folder, and waits until the engine answers: after the
    /// test has killed all, or both of those that would start the other again.
    void startAgain();

    /// What runs of the station, by /proc.
    QList<StationProcess> processes() const { return stationProcesses(folder()); }
    /// The youngest process with that role; 0 when there is none.
    pid_t pidOf(const QString &role) const;
    /// Sends \p signal to all of that role, or to every process of the station when it is empty.
    void signalAll(int signal, const QString &role = {}) const;

    QString folder() const { return m_folder.path(); }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    RpcClient &client() { return m_client; }
    /// All text that the station has logged, for messages of failed tests.
    QString logs() const;

private:
    void startKeeper();
    void waitUntilGone();

    QTemporaryDir m_folder;
    QStringList m_arguments; // of the keeper
    QProcess m_keeper;
    RpcClient m_client;
    bool m_isDown = false;
};

/// Runs \p test and turns an exception (a call that the station refused) into a failure.
void guarded(const std::function<void()> &test);

/// A folder of the build for \p name, emptied; test output that a person may want to look at.
QString outputFolder(const QString &name);

} // namespace continuo
