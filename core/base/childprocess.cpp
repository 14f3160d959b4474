// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/childprocess.h"

#include "core/base/logging.h"

#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <memory>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

UniqueFd openPidFd(pid_t pid)
{
    return UniqueFd(int(::syscall(SYS_pidfd_open, pid, 0)));
}

// posix_spawn's action list and attributes, freed on every way out.
struct SpawnSetup {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnSetup()
    {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnSetup()
    {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup &) = delete;
    SpawnSetup &operator=(const SpawnSetup &) = delete;
};

} // namespace

Result<ChildProcess> ChildProcess::start(const ChildRequest &request)
{
    SpawnSetup setup;
    // Descriptors are first copied above every target number, so that no dup2 overwrites one that
    // is still needed (3 -> 4 and 4 -> 3 at once).
    int highest = 2;
    for (const auto &[ours, theirs] : request.fds)
        highest = std::max({highest, ours, theirs});
    std::vector<UniqueFd> copies;
    for (const auto &[ours, theirs] : request.fds) {
        copies.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, highest + 1));
        if (!copies.back().isValid())
            return errorFromErrno(errno, u"pass a descriptor to "_s + request.program);
        ::posix_spawn_file_actions_adddup2(&setup.actions, copies.back().get(), theirs);
    }
    ::posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
    const QByteArray log
        = request.logFile.isEmpty() ? QByteArray("/dev/null") : QFile::encodeName(request.logFile);
    if (!request.inheritOutput) {
        boundLog(request.logFile);
        ::posix_spawn_file_actions_addopen(&setup.actions, 1, log.constData(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::posix_spawn_file_actions_adddup2(&setup.actions, 1, 2);
    }
    // Everything else is close-on-exec by our own rule; closefrom guards against libraries that
    // forget it. It must come after the dup2s and start above the highest target.
    int lastTarget = 2;
    for (const auto &[ours, theirs] : request.fds)
        lastTarget = std::max(lastTarget, theirs);
    ::posix_spawn_file_actions_addclosefrom_np(&setup.actions, lastTarget + 1);

    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int number : {SIGPIPE, SIGHUP, SIGTERM, SIGINT, SIGCHLD})
        sigaddset(&defaults, number);
    ::posix_spawnattr_setsigmask(&setup.attributes, &none);
    ::posix_spawnattr_setsigdefault(&setup.attributes, &defaults);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (request.newSession)
        flags |= POSIX_SPAWN_SETSID;
    ::posix_spawnattr_setflags(&setup.attributes, flags);

    const QByteArray program = QFile::encodeName(request.program);
    std::vector<QByteArray> texts{program};
    texts.reserve(std::size_t(request.arguments.size()) + 1);
    for (const QString &argument : request.arguments)
        texts.push_back(QFile::encodeName(argument));
    std::vector<char *> argv;
    argv.reserve(texts.size() + 1);
    for (QByteArray &text : texts)
        argv.push_back(text.data());
    argv.push_back(nullptr);

    ChildProcess child;
    const int failed = ::posix_spawnp(&child.m_pid, program.constData(), &setup.actions,
                                      &setup.attributes, argv.data(), environ);
    if (failed) {
        return errorFromErrno(failed, u"start "_s + request.program);
    }
    child.m_pidFd = openPidFd(child.m_pid);
    if (!child.m_pidFd.isValid())
        return errorFromErrno(errno, u"watch "_s + request.program);
    return child;
}

Result<ChildProcess> ChildProcess::adopt(pid_t pid)
{
    ChildProcess child;
    child.m_pid = pid;
    child.m_pidFd = openPidFd(pid);
    if (!child.m_pidFd.isValid())
        return Error{ErrorCode::NotFound, u"process %1 does not run"_s.arg(pid), errno};
    return child;
}

Result<ChildProcess> ChildProcess::adopt(UniqueFd pidFd)
{
    ChildProcess child;
    QFile facts(u"/proc/self/fdinfo/%1"_s.arg(pidFd.get()));
    if (pidFd.isValid() && facts.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : facts.readAll().split('\n')) {
            if (line.startsWith("Pid:"))
                child.m_pid = line.mid(4).trimmed().toInt(); // -1 once it is reaped
        }
    }
    child.m_pidFd = std::move(pidFd);
    if (child.m_pid <= 0 || child.hasEnded())
        return Error{ErrorCode::NotFound, u"the process has ended"_s, ESRCH};
    return child;
}

bool ChildProcess::hasEnded() const
{
    pollfd entry{m_pidFd.get(), POLLIN, 0};
    return m_exit || !m_pidFd.isValid() || ::poll(&entry, 1, 0) > 0;
}

void ChildProcess::signal(int signal) const
{
    if (m_pidFd.isValid() && !m_exit)
        ::syscall(SYS_pidfd_send_signal, m_pidFd.get(), signal, nullptr, 0);
}

QString ChildExit::words(const QString &who) const
{
    if (!isKnown)
        return u"%1 has ended"_s.arg(who);
    return wasKilled ? u"%1 was killed by signal %2"_s.arg(who).arg(code)
                     : u"%1 ended with code %2"_s.arg(who).arg(code);
}

std::optional<ChildExit> ChildProcess::wait(std::chrono::milliseconds timeout)
{
    if (m_exit || !m_pidFd.isValid())
        return m_exit;
    pollfd entry{m_pidFd.get(), POLLIN, 0};
    if (::poll(&entry, 1, int(timeout.count())) <= 0)
        return std::nullopt;
    siginfo_t info{};
    // ECHILD: adopted, so its parent gets the status.
    ChildExit ended{false, 0, false};
    if (::waitid(P_PIDFD, id_t(m_pidFd.get()), &info, WEXITED) == 0)
        ended = {info.si_code != CLD_EXITED, info.si_status, true};
    m_exit = ended;
    return m_exit;
}

// What /proc/PID/stat says behind the name, which stands in brackets and may hold anything; nothing
// once the process has ended. See proc(5).
QList<QByteArray> ChildProcess::statFields() const
{
    QFile stat(u"/proc/%1/stat"_s.arg(m_pid));
    if (hasEnded() || !stat.open(QIODevice::ReadOnly))
        return {};
    const QByteArray text = stat.readAll();
    return text.mid(text.lastIndexOf(')') + 2).split(' ');
}

std::int64_t ChildProcess::cpuTicks() const
{
    const QList<QByteArray> fields = statFields(); // utime and stime are 11 and 12
    return fields.size() > 12 ? fields[11].toLongLong() + fields[12].toLongLong() : 0;
}

bool ChildProcess::isStopped() const
{
    const QByteArray state = statFields().value(0);
    return state == "T" || state == "t";
}

void ChildProcess::stop(std::chrono::milliseconds grace)
{
    if (!isValid() || m_exit)
        return;
    signal(SIGTERM);
    if (wait(grace))
        return;
    signal(SIGKILL);
    wait(std::chrono::seconds(2));
}

QString stationProgram(const QString &name)
{
    const QString own = QFile::symLinkTarget(u"/proc/self/exe"_s);
    const QFileInfo beside(QFileInfo(own).absolutePath() + u'/' + name);
    if (beside.isExecutable())
        return beside.absoluteFilePath();
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? name : found;
}

} // namespace continuo
