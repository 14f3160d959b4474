// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/keeper/keeper.h"

#include "core/base/lockfile.h"
#include "core/base/logging.h"
#include "core/base/stationsocket.h"

#include <QJsonArray>

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kFirstBeat = 10s; // reading journals and taking over may take that long
// An engine told to end: encoder (twice 10 s) and publisher (13 s) finish first, see
// Chain::finish().
constexpr auto kGrace = 40s;
constexpr auto kCallInterval = 200ms; // to an engine whose link to us broke
// So often we look at least. Two looks further apart than both: we were stopped or starved
// ourselves, and so may the engine have been, whenever in its second that began.
constexpr auto kLook = 250ms;
constexpr auto kLate = 250ms;
constexpr auto kDeathWindow = 60s;
constexpr std::size_t kDeathsAllowed = 3;
constexpr auto kFirstBackOff = 5s;
constexpr auto kLastBackOff = 30s;
constexpr std::size_t kDescriptorsPerMessage = 16; // what MessageSocket takes
constexpr std::size_t kMaxHeld = 4096;

} // namespace

Keeper::Keeper(KeeperOptions options, StationPaths paths)
    : m_options(std::move(options))
    , m_paths(std::move(paths))
{
}

Result<void> Keeper::prepare()
{
    // Encoders and publishers of a dead engine become ours, so that init does not get them and the
    // next engine finds them under a known parent.
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return errorFromErrno(errno, u"become subreaper"_s);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files); // what it was before serves most stations too
    }
    ::signal(SIGCHLD, SIG_DFL); // where it is ignored, nobody learns how an engine ended
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN); // the terminal that started us may close
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGCHLD})
        sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    m_signals = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!m_signals.isValid())
        return errorFromErrno(errno, u"watch signals"_s);
    return {};
}

int Keeper::run()
{
    if (const Result<void> prepared = prepare(); !prepared) {
        qCCritical(lcStation, "%s", qUtf8Printable(prepared.error().detail));
        return 1;
    }
    if (!adoptEngine())
        startEngine();
    auto lookedAt = Clock::now();
    while (!m_isFinished) {
        // A closed link is a negative descriptor, which poll() passes over.
        std::array<pollfd, 3> entries{pollfd{m_signals.get(), POLLIN, 0},
                                      pollfd{m_engine.isValid() ? m_engine.pidFd() : -1, POLLIN, 0},
                                      pollfd{m_link.fd(), POLLIN, 0}};
        const auto next = isCalling() ? std::min(m_deadline, m_nextCall) : m_deadline;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
        const auto wait = std::clamp<std::chrono::milliseconds>(left, 0ms, kLook);
        ::poll(entries.data(), entries.size(), int(wait.count()));
        const auto now = Clock::now();
        const bool wasLate = now - std::exchange(lookedAt, now) > kLook + kLate;
        // In this order: what the engine said before it ended counts (bye), and what it said while
        // we were stopped counts before it is judged.
        readMessages();
        onSignal();
        if (m_engine.isValid() && m_engine.hasEnded())
            onEngineEnded();
        reapOrphans();
        if (isCalling() && Clock::now() >= m_nextCall)
            callAgain();
        judge(wasLate);
    }
    return m_exitStatus;
}

// An engine whose keeper died hands everything to the next one that calls.
bool Keeper::adoptEngine()
{
    Result<std::pair<MessageSocket, pid_t>> found
        = AdoptionSocket::connect(m_paths.adoptionSocket());
    if (!found)
        return false;
    Result<ChildProcess> engine = ChildProcess::adopt(found->second);
    if (!engine)
        return false;
    m_engine = std::move(engine).value();
    m_origin = Origin::Adopted;
    m_link = std::move(found->first);
    m_phase = Phase::Running;
    m_startedAt = Clock::now();
    m_deadline = m_startedAt + kFirstBeat;
    qCInfo(lcStation, "the engine that runs, pid %d, is ours now", m_engine.pid());
    return true;
}

void Keeper::startEngine()
{
    m_held.merge(std::exchange(m_heldBefore, {})); // nobody came to say what of it was dropped
    m_isEngineLost = false;
    Result<std::pair<MessageSocket, MessageSocket>> pair = MessageSocket::createPair();
    if (!pair) {
        qCCritical(lcStation, "%s", qUtf8Printable(pair.error().detail));
        scheduleStart();
        return;
    }
    ChildRequest request;
    request.program = m_options.engineProgram;
    if (!m_options.stateFolder.isEmpty())
        request.arguments << u"--state"_s << m_options.stateFolder;
    request.arguments << u"--keeper"_s << u"3"_s << m_options.engineArguments;
    request.fds = {{pair->second.fd(), 3}};
    request.logFile = m_paths.logs + u"/engine.log"_s;
    Result<ChildProcess> started = ChildProcess::start(request);
    if (!started) {
        qCCritical(lcStation, "%s", qUtf8Printable(started.error().detail));
        scheduleStart();
        return;
    }
    m_engine = std::move(started).value();
    m_origin = Origin::Started;
    m_link = std::move(pair->first);
    m_phase = Phase::Starting;
    m_startedAt = Clock::now();
    m_deadline = m_startedAt + kFirstBeat;
    qCInfo(lcStation, "engine started, pid %d, %zu descriptors held", m_engine.pid(),
           m_held.size());
}

void Keeper::scheduleStart()
{
    const auto now = Clock::now();
    if (now - m_startedAt > kDeathWindow)
        m_backOff = 0ms; // it lived; before that, a rest stays a rest
    m_deaths.push_back(now);
    std::erase_if(m_deaths, [&](auto death) { return now - death > kDeathWindow; });
    if (m_backOff > 0ms || m_deaths.size() >= kDeathsAllowed) {
        m_backOff
            = std::clamp<std::chrono::milliseconds>(m_backOff * 2, kFirstBackOff, kLastBackOff);
        qCWarning(lcStation, "%zu deaths within a minute: the next start is in %lld s",
                  m_deaths.size(), static_cast<long long>(m_backOff / 1s));
    }
    m_phase = Phase::BackingOff;
    m_deadline = now + m_backOff;
}

void Keeper::onEngineEnded()
{
    readMessages(); // what it said behind the last look
    const ChildExit ended = m_engine.wait(0ms).value_or(ChildExit{});
    const bool hadBegun = m_phase != Phase::Starting;
    m_engine = ChildProcess();
    m_link.close();
    // An engine ends with 0 when it was told to, also if it could not say so (bye). Of an adopted
    // one, which is not our child, nobody knows.
    const bool wasMeant = m_origin == Origin::Started && !ended.wasKilled && ended.code == 0;
    if (m_isLeaving || wasMeant) {
        qCInfo(lcStation, "engine ended (%s %d)", ended.wasKilled ? "signal" : "status",
               ended.code);
        return finish(ended.wasKilled ? 1 : ended.code);
    }
    qCWarning(lcStation, "engine died (%s %d)", ended.wasKilled ? "signal" : "status", ended.code);
    if (!hadBegun && isEndFinal(ended))
        return finish(ended.code);
    scheduleStart();
}

// Whether an engine that ended before its first beat would end like that every time.
bool Keeper::isEndFinal(const ChildExit &ended)
{
    if (ended.wasKilled)
        return false;
    if (ended.code == kWrongUse) {
        // It will not understand its command line the next time either.
        qCCritical(lcStation, "the engine refuses its options: see %s/engine.log",
                   qUtf8Printable(m_paths.logs));
        return true;
    }
    // Not at the first time: the other may be ending. Whoever started us is told then, and decides
    // whether to wait for the end of the other (systemd does).
    if (ended.code != kStationTaken || ++m_turnedAway < kDeathsAllowed)
        return false;
    qCCritical(lcStation, "another engine has the data of this station: see %s/engine.log",
               qUtf8Printable(m_paths.logs));
    return true;
}

void Keeper::finish(int status)
{
    m_exitStatus = status;
    m_isFinished = true;
}

void Keeper::onSignal()
{
    signalfd_siginfo info{};
    while (::read(m_signals.get(), &info, sizeof info) == ssize_t(sizeof info)) {
        if (info.ssi_signo == SIGCHLD || m_isLeaving)
            continue;
        m_isLeaving = true;
        if (!m_engine.isValid()) {
            m_isFinished = true;
            return;
        }
        qCInfo(lcStation, "signal %u: the engine is told to end", info.ssi_signo);
        m_engine.signal(SIGTERM);
        m_engine.signal(SIGCONT); // a stopped engine would not hear it
        m_phase = Phase::Killing;
        m_deadline = Clock::now() + kGrace;
    }
}

void Keeper::readMessages()
{
    while (m_link.isOpen()) {
        Result<std::optional<Message>> received = m_link.receive();
        if (!received) {
            if (received.error().code == ErrorCode::Corrupt) {
                qCWarning(lcStation, "engine: %s", qUtf8Printable(received.error().detail));
                continue;
            }
            onLinkLost();
            return;
        }
        if (!received.value())
            return;
        handle(*received.value());
    }
}

// The engine has died, which its pidfd tells; or it is on air and has no keeper now, which it
// listens for. It is given time to come back before it is judged by beats that cannot come.
void Keeper::onLinkLost()
{
    m_link.close();
    if (isCalling() && !std::exchange(m_isEngineLost, true))
        m_deadline = Clock::now() + kFirstBeat;
}

bool Keeper::isCalling() const
{
    const bool isJudged = m_phase == Phase::Starting || m_phase == Phase::Running;
    return isJudged && m_engine.isValid() && !m_link.isOpen();
}

void Keeper::callAgain()
{
    m_nextCall = Clock::now() + kCallInterval;
    Result<std::pair<MessageSocket, pid_t>> found
        = AdoptionSocket::connect(m_paths.adoptionSocket());
    if (!found || found->second != m_engine.pid())
        return;
    m_link = std::move(found->first);
    // It hands over all that it wants held now, before its next beat; what it dropped meanwhile
    // would otherwise be held for ever. Should it die before that, this is what there is.
    m_held.merge(m_heldBefore);
    m_heldBefore = std::exchange(m_held, {});
    qCWarning(lcStation, "the engine had lost us and was called again");
}

void Keeper::handle(Message &message)
{
    const QJsonObject &body = message.body;
    m_isEngineLost = false;
    // So that the engine knows a stopped keeper from one that listens, also while it ends, which
    // may take a while. It may not be reading now.
    if (body.contains("beat"_L1))
        (void)m_link.send({{u"heard"_s, body.value("beat"_L1)}});
    if (m_phase == Phase::Starting || m_phase == Phase::Running) {
        if (body.contains("beat"_L1)) {
            m_phase = Phase::Running;
            m_turnedAway = 0;
            m_heldBefore.clear();
            m_reached = body.value("frames"_L1).toObject();
        }
        if (m_phase == Phase::Running)
            m_deadline = Clock::now() + m_options.patience;
    }
    if (body.contains("hold"_L1)) {
        const QString name = body.value("hold"_L1).toString();
        if (message.fds.size() != 1 || name.isEmpty() || m_held.size() >= kMaxHeld)
            qCWarning(lcStation, "cannot hold '%s': %zu descriptors came, %zu are held",
                      qUtf8Printable(name), message.fds.size(), m_held.size());
        else
            m_held[name] = std::move(message.fds.front());
    } else if (body.contains("drop"_L1)) {
        m_held.erase(body.value("drop"_L1).toString());
    } else if (body.contains("fetch"_L1)) {
        answerFetch();
    } else if (body.contains("bye"_L1)) {
        m_isLeaving = true;
        m_phase = Phase::Killing;
        m_deadline = Clock::now() + kGrace;
    }
}

void Keeper::answerFetch() const
{
    auto next = m_held.begin();
    do {
        QJsonArray names;
        std::vector<int> fds;
        for (; next != m_held.end() && fds.size() < kDescriptorsPerMessage; ++next) {
            names.append(next->first);
            fds.push_back(next->second.get());
        }
        QJsonObject body{{u"held"_s, names}};
        if (next != m_held.end())
            body.insert("more"_L1, true);
        if (const Result<void> sent = m_link.send(body, fds); !sent) {
            qCWarning(lcStation, "fetch: %s", qUtf8Printable(sent.error().detail));
            return;
        }
    } while (next != m_held.end());
}

void Keeper::judge(bool wasLate)
{
    const bool isJudged = m_phase == Phase::Starting || m_phase == Phase::Running;
    if (wasLate && isJudged)
        m_deadline = std::max(m_deadline, Clock::now() + m_options.patience);
    if (m_isFinished || Clock::now() < m_deadline)
        return;
    switch (m_phase) {
    case Phase::BackingOff:
        startEngine();
        return;
    case Phase::Starting:
    case Phase::Running:
        killEngine("the engine's heartbeat stopped");
        return;
    case Phase::Killing:
        killEngine("the engine does not end");
        return;
    }
}

void Keeper::killEngine(const char *why)
{
    QStringList reached;
    for (auto frame = m_reached.begin(); frame != m_reached.end(); ++frame)
        reached.append(u"%1 at frame %2"_s.arg(frame.key()).arg(frame.value().toInteger()));
    qCWarning(lcStation, "%s (%s): it is killed", why, qUtf8Printable(reached.join(u", "_s)));
    m_engine.signal(SIGKILL);
    m_phase = Phase::Killing;
    m_deadline = Clock::now() + kGrace; // its end is seen by its pidfd
}

void Keeper::reapOrphans() const
{
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        if (m_engine.isValid() && info.si_pid == m_engine.pid())
            return; // its status is taken by onEngineEnded(), next time round
        ::waitid(P_PID, id_t(info.si_pid), &info, WEXITED | WNOHANG);
    }
}

} // namespace continuo
