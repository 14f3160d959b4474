// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/control/rpcclient.h"

#include <QJsonObject>
#include <QObject>
#include <QTimer>

#include <functional>

namespace continuo {

/// The console's line to the engine: finds it by its socket, starts the station when none answers,
/// and comes back by itself whenever the line ends. Never blocks. Lives on the GUI thread.
class StationLink final : public QObject {
    Q_OBJECT
public:
    enum class State {
        Searching, ///< asking the socket for the first time
        StartingStation, ///< nothing answered; the keeper was started and is awaited
        Connected,
        Reconnecting, ///< the line ended; the keeper brings the engine back
        NotRunning, ///< the engine has not come back; a person may start it (startStation())
        CannotStart, ///< the keeper could not be started, or no engine came; still trying
    };
    Q_ENUM(State)

    /// \p stateFolder as given to --state; empty for the XDG folders.
    StationLink(const QString &stateFolder, QObject *parent = nullptr);

    /// Begins to look for the engine; call once.
    void open();
    State state() const { return m_state; }
    const StationPaths &paths() const { return m_paths; }
    /// Starts the keeper, which starts the engine. Done by itself only at the beginning: an engine
    /// that went away may have been shut down on purpose, and one that died is the keeper's.
    void startStation();
    /// English: why the station cannot be started, or what is there cannot be talked to.
    QString problem() const { return m_problem; }

    using Done = std::function<void(const Result<QJsonObject> &)>;
    /// Asks the engine; \p done is called on the GUI thread as long as \p context lives, with
    /// Closed at once when there is no line.
    void call(const QString &method, const QJsonObject &params, QObject *context, Done done);

Q_SIGNALS:
    void stateChanged();
    void notification(const QString &method, const QJsonObject &params);

private:
    void onConnected(const QJsonObject &greeting);
    void onConnectionFailed(const Error &error);
    void onLineEnded();
    void waitForEngine(State state);
    void setState(State state);

    QString m_stateFolder;
    StationPaths m_paths;
    RpcClient m_client;
    QTimer m_patience; ///< how long the engine may take to come (back)
    State m_state = State::Searching;
    QString m_problem;
};

} // namespace continuo
