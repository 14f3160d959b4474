// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/stationconnection.h"

#include "core/base/childprocess.h"
#include "core/base/lockfile.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QThread>

#include <signal.h>
#include <unistd.h>

#include <cstdio>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kStartWait = 10s;
constexpr auto kEndWait = 45s; // more than the keeper gives the engine to finish its files
constexpr auto kPollInterval = 50ms;

QString lastLineOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    file.seek(std::max<qint64>(0, file.size() - 2000));
    return QString::fromUtf8(file.readAll()).trimmed().section(u'\n', -1);
}

} // namespace

StationConnection::StationConnection(const QString &stateFolder)
    : m_stateFolder(stateFolder)
    , m_paths(StationPaths::forState(stateFolder))
{
}

bool StationConnection::meansNotRunning(const Error &error)
{
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::Refused;
}

QString StationConnection::lockPath() const
{
    return m_paths.runtime + u"/keeper.lock"_s;
}

bool StationConnection::isKeeperRunning() const
{
    if (!QFile::exists(lockPath()))
        return false;
    const Result<UniqueFd> lock = lockFile(lockPath());
    return !lock && lock.error().code == ErrorCode::AlreadyExists;
}

Result<void> StationConnection::connect(std::chrono::milliseconds timeout)
{
    return m_client.waitForConnected(m_paths.controlSocket(), timeout);
}

Result<void> StationConnection::startKeeper() const
{
    ChildRequest request;
    request.program = stationProgram(u"continuo-keeper"_s);
    request.arguments << u"--detach"_s;
    if (!m_stateFolder.isEmpty())
        request.arguments << u"--state"_s << m_stateFolder;
    request.inheritOutput = true; // until it is in the background it says here what is wrong
    Result<ChildProcess> started = ChildProcess::start(request);
    if (!started)
        return started.error();
    const std::optional<ChildExit> ended = started->wait(kStartWait);
    constexpr int kAlreadyRuns = 3; // then its engine is just starting: as good
    if (ended && !ended->wasKilled && (ended->code == 0 || ended->code == kAlreadyRuns))
        return {};
    return Error{ErrorCode::Io, u"the station's keeper could not be started"_s, 0};
}

Result<void> StationConnection::connectOrStart()
{
    Result<void> connected = connect();
    if (connected || !meansNotRunning(connected.error()))
        return connected;
    if (!isKeeperRunning()) {
        std::fputs("The station is not running: starting it", stderr);
        if (Result<void> started = startKeeper(); !started) {
            std::fputc('\n', stderr);
            return started;
        }
    } else {
        std::fputs("The station is starting", stderr);
    }
    const QDeadlineTimer deadline(kStartWait);
    for (int tries = 0; !deadline.hasExpired(); ++tries) {
        connected = connect();
        if (connected || !meansNotRunning(connected.error()))
            break;
        if (tries % 10 == 9)
            std::fputc('.', stderr);
        QThread::msleep(kPollInterval.count());
    }
    std::fputs(connected ? ".\n" : " failed.\n", stderr);
    if (!connected && meansNotRunning(connected.error())) {
        const QString log = m_paths.logs + u"/engine.log"_s;
        return Error{
            ErrorCode::NotFound,
            u"the engine did not come up; the last line of %1 is: %2"_s.arg(log, lastLineOf(log)),
            0};
    }
    return connected;
}

Result<void> StationConnection::waitForEnd()
{
    const QDeadlineTimer deadline(kEndWait);
    while (!deadline.hasExpired()) {
        if (m_client.isConnected()) {
            m_client.readFor(kPollInterval);
            continue;
        }
        const Result<void> connected = connect();
        if (!connected && meansNotRunning(connected.error()) && !isKeeperRunning())
            return {};
        m_client.disconnectFromStation();
        QThread::msleep(kPollInterval.count());
    }
    return Error{ErrorCode::Timeout, u"the station has not ended yet"_s, 0};
}

bool StationConnection::endKeeper() const
{
    QFile file(lockPath());
    if (!isKeeperRunning() || !file.open(QIODevice::ReadOnly))
        return false;
    Result<ChildProcess> keeper = ChildProcess::adopt(file.readAll().trimmed().toInt());
    if (!keeper)
        return false;
    keeper->signal(SIGTERM);
    return true;
}

} // namespace continuo
