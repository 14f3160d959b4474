// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/rpcclient.h"

#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <chrono>
#include <functional>
#include <memory>

namespace continuo {

/// A real station for a test: keeper, engine and all, in a folder of its own. Any call that the
/// station refuses throws std::runtime_error with its words, which QtTest reports.
class TestStation final {
public:
    /// Starts the keeper with \p engineArguments for the engine and waits until it answers.
    explicit TestStation(const QStringList &engineArguments = {});
    /// Shuts the station down and waits for it to end.
    ~TestStation();

    QJsonObject call(const QString &method, const QJsonObject &params = {},
                     std::chrono::milliseconds timeout = std::chrono::seconds(20));
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
    /// Connects to the engine again after the test has ended it; waits up to 10 s.
    void reconnect();

    QString folder() const { return m_folder.path(); }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    RpcClient &client() { return m_client; }
    /// All text that the station has logged, for messages of failed tests.
    QString logs() const;

private:
    QTemporaryDir m_folder;
    QProcess m_keeper;
    RpcClient m_client;
    bool m_isDown = false;
};

/// Runs \p test and turns an exception (a call that the station refused) into a failure.
void guarded(const std::function<void()> &test);

/// A folder of the build for \p name, emptied; test output that a person may want to look at.
QString outputFolder(const QString &name);

} // namespace continuo
