// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/stationlink.h"

#include "core/base/childprocess.h"
#include "core/base/logging.h"

#include <QProcess>

#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// The keeper brings a dead engine back within about a second; a slow disk may take longer at the
// first start.
constexpr auto kRetryInterval = 200ms;
constexpr auto kPatience = 10s;

} // namespace

StationLink::StationLink(const QString &stateFolder, QObject *parent)
    : QObject(parent)
    , m_stateFolder(stateFolder)
    , m_paths(StationPaths::forState(stateFolder))
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(kPatience);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        if (m_state == State::StartingStation) {
            if (m_problem.isEmpty())
                m_problem = u"no engine answered within 10 s; its log is in "_s + m_paths.logs;
            setState(State::CannotStart);
        } else if (m_state == State::Reconnecting) {
            setState(State::NotRunning);
        }
    });
    connect(&m_client, &RpcClient::connected, this, &StationLink::onConnected);
    connect(&m_client, &RpcClient::connectionFailed, this, &StationLink::onConnectionFailed);
    connect(&m_client, &RpcClient::disconnected, this, &StationLink::onLineEnded);
    connect(&m_client, &RpcClient::notification, this, &StationLink::notification);
}

void StationLink::open()
{
    m_client.setRetryInterval(kRetryInterval);
    m_client.connectToStation(m_paths.controlSocket());
}

void StationLink::startStation()
{
    QStringList arguments;
    if (!m_stateFolder.isEmpty())
        arguments << u"--state"_s << m_stateFolder;
    QProcess keeper;
    keeper.setProgram(stationProgram(u"continuo-keeper"_s));
    keeper.setArguments(arguments);
    keeper.setStandardInputFile(QProcess::nullDevice());
    keeper.setStandardOutputFile(QProcess::nullDevice());
    keeper.setStandardErrorFile(QProcess::nullDevice());
    m_problem.clear();
    // Detached: the station outlives the console (that is its point).
    if (!keeper.startDetached()) {
        m_problem = keeper.program() + u": "_s + keeper.errorString();
        qCWarning(lcConsole).noquote() << "cannot start the station:" << m_problem;
        setState(State::CannotStart);
        return;
    }
    qCInfo(lcConsole).noquote() << "no engine answered; started" << keeper.program();
    waitForEngine(State::StartingStation);
}

void StationLink::call(const QString &method, const QJsonObject &params, QObject *context,
                       Done done)
{
    m_client.call(method, params, context, std::move(done));
}

void StationLink::onConnected(const QJsonObject &greeting)
{
    qCInfo(lcConsole).noquote() << "connected to the engine, pid"
                                << greeting.value("pid"_L1).toInteger();
    m_patience.stop();
    m_problem.clear();
    setState(State::Connected);
}

void StationLink::onConnectionFailed(const Error &error)
{
    const bool isAbsent = error.code == ErrorCode::NotFound || error.code == ErrorCode::Refused;
    if (!isAbsent)
        m_problem = error.detail;
    else if (m_state == State::Reconnecting)
        m_problem.clear(); // what could not be talked to has gone
    if (m_state != State::Searching)
        return; // the client tries again by itself
    if (isAbsent)
        startStation();
    else
        setState(State::CannotStart); // somebody is there whom we cannot talk to: start no second
}

void StationLink::onLineEnded()
{
    qCInfo(lcConsole) << "the connection to the engine ended";
    waitForEngine(State::Reconnecting);
}

void StationLink::waitForEngine(State state)
{
    m_patience.start();
    setState(state);
}

void StationLink::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace continuo
