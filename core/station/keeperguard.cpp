// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/station/keeperguard.h"

#include "core/base/logging.h"
#include "core/base/stationsocket.h"

#include <poll.h>
#include <signal.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kServicePatience = 3s; // for the service manager to start a keeper
constexpr auto kRetry = 2s; // a keeper that was started and did not call
constexpr auto kLook = 1s;
constexpr auto kSilence = 5s; // of a keeper that is sent four beats a second
constexpr auto kAway = 2s; // so long between two looks, it was we who stood still

} // namespace

KeeperGuard::KeeperGuard(KeeperLink *link, Options options)
    : m_link(link)
    , m_options(std::move(options))
{
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, &KeeperGuard::startKeeper);
    connect(&m_look, &QTimer::timeout, this, &KeeperGuard::judge);
    Result<UniqueFd> listener = AdoptionSocket::listen(m_options.paths.adoptionSocket());
    if (listener) {
        m_listener = std::move(listener).value();
        m_callers = std::make_unique<QSocketNotifier>(m_listener.get(), QSocketNotifier::Read);
        connect(m_callers.get(), &QSocketNotifier::activated, this, &KeeperGuard::onCaller);
    } else {
        qCWarning(lcStation) << "a keeper that dies cannot be replaced:" << listener.error().detail;
    }
    watch();
}

void KeeperGuard::watch()
{
    m_answers = std::make_unique<QSocketNotifier>(m_link->fd(), QSocketNotifier::Read);
    connect(m_answers.get(), &QSocketNotifier::activated, this, &KeeperGuard::onReadable);
    m_lookedAt = std::chrono::steady_clock::now();
    m_look.start(kLook);
}

void KeeperGuard::onReadable()
{
    const Result<void> read = m_link->readAnswers();
    if (!read && read.error().code != ErrorCode::Corrupt)
        onLost();
}

// A keeper that is stopped holds what it holds, but starts no engine again.
void KeeperGuard::judge()
{
    const auto now = std::chrono::steady_clock::now();
    const bool wasAway = now - std::exchange(m_lookedAt, now) > kAway;
    if (m_isLost || m_wasSilent)
        return;
    onReadable(); // what it said while we did not look
    if (wasAway)
        m_link->excuseSilence();
    if (m_isLost || m_link->silence() < kSilence || !m_listener.isValid())
        return;
    const pid_t keeper = m_link->peer();
    if (keeper <= 1)
        return; // not known: 0 would be all of us
    qCWarning(lcStation) << "the keeper, pid" << keeper << "has answered no heartbeat for"
                         << kSilence.count() << "s: it is killed";
    m_wasSilent = true;
    ::kill(keeper, SIGKILL);
}

void KeeperGuard::onLost()
{
    m_answers->setEnabled(false);
    m_look.stop();
    if (!m_listener.isValid() || std::exchange(m_isLost, true))
        return;
    qCWarning(lcStation) << "the keeper has gone";
    if (qEnvironmentVariableIsSet("INVOCATION_ID"))
        m_patience.start(kServicePatience);
    else
        startKeeper();
}

void KeeperGuard::startKeeper()
{
    m_started.wait(0ms); // reaps the one before
    ChildRequest request;
    request.program = stationProgram(u"continuo-keeper"_s);
    if (!m_options.stateFolder.isEmpty())
        request.arguments << u"--state"_s << m_options.stateFolder;
    request.arguments << u"--"_s << m_options.engineArguments;
    request.logFile = m_options.paths.logs + u"/keeper.log"_s;
    Result<ChildProcess> started = ChildProcess::start(request);
    if (started)
        m_started = std::move(started).value();
    else
        qCWarning(lcStation) << "no keeper can be started:" << started.error().detail;
    m_patience.start(kRetry);
}

void KeeperGuard::onCaller()
{
    MessageSocket socket = AdoptionSocket::accept(m_listener.get());
    if (!socket.isOpen()) { // out of descriptors, say: who still waits would wake us at once
        m_callers->setEnabled(false);
        QTimer::singleShot(1s, m_callers.get(), [this] { m_callers->setEnabled(true); });
        return;
    }
    // Both may have come in while we were busy: the end of the old one, and the call of the new.
    pollfd old{m_link->fd(), POLLIN, 0};
    if (!m_isLost && ::poll(&old, 1, 0) > 0)
        onLost();
    if (!m_isLost)
        return; // there is a keeper: the caller is told by the end of its socket
    if (Result<void> bound = m_link->rebind(std::move(socket)); !bound) {
        qCWarning(lcStation) << "the new keeper did not take all:" << bound.error().detail;
        m_patience.start(kRetry);
        return;
    }
    m_patience.stop();
    m_isLost = false;
    qCInfo(lcStation) << "another keeper holds all again";
    watch();
    Q_EMIT replaced(std::exchange(m_wasSilent, false));
}

} // namespace continuo
