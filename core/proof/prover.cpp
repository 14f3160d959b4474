// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/prover.h"

#include "core/base/childprocess.h"

#include <QFile>
#include <QJsonDocument>

#include <linux/ioprio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <sched.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kMostTicks = 6000; // a minute of processor time, in clock ticks of 10 ms
constexpr qint64 kLongestLine = 1 << 20; // those of a proof take 50 kB
constexpr auto kLookedAway = 1s; // so long between two looks, it was we who stood still

// In the child, before the program: its start costs as much as a small file does.
void stepBack(Prover::Reads reads)
{
    ::setpriority(PRIO_PROCESS, 0, 19);
    // Not SCHED_IDLE: it is to end before its file's turn, whatever else runs.
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_BATCH, &none);
    const int disk = reads == Prover::Reads::WhenIdle ? IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)
                                                      : IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7);
    ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, disk);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

qint64 bytesRead(qint64 pid)
{
    QFile file(u"/proc/%1/io"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    return file.readLine().mid(7).trimmed().toLongLong(); // "rchar: N"
}

struct Work {
    char state = '?';
    qint64 ticks = -1;
};

Work workOf(qint64 pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray text = file.readAll();
    // Behind the name, which may hold anything: state is the first, user and system time follow.
    const QList<QByteArray> fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    if (fields.size() < 13)
        return {};
    return {fields[0].at(0), fields[11].toLongLong() + fields[12].toLongLong()};
}

} // namespace

Prover::Prover(const QString &path, const QString &tiers, Reads reads, QObject *parent)
    : QObject(parent)
    , m_path(path)
    , m_tiers(tiers)
    , m_process(std::make_unique<QProcess>())
{
    m_process->setProcessChannelMode(QProcess::SeparateChannels);
    m_process->setStandardErrorFile(QProcess::nullDevice());
    m_process->setChildProcessModifier([reads] { stepBack(reads); });
    connect(m_process.get(), &QProcess::readyReadStandardOutput, this, &Prover::onOutput);
    connect(m_process.get(), &QProcess::finished, this, &Prover::onFinished);
    // Queued: it may be said inside of start().
    connect(
        m_process.get(), &QProcess::errorOccurred, this,
        [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart)
                Q_EMIT notStarted();
        },
        Qt::QueuedConnection);
}

Prover::~Prover()
{
    m_process->disconnect(this);
    if (m_process->state() == QProcess::NotRunning)
        return;
    m_process->kill();
    m_process->waitForFinished(200);
    if (m_process->state() == QProcess::NotRunning)
        return;
    // A kill does not get it out of its dead share: QProcess's destructor would wait half a minute.
    QProcess *stuck = m_process.release();
    connect(stuck, &QProcess::finished, stuck, &QObject::deleteLater);
}

void Prover::start()
{
    m_movedAt = m_askedAt = std::chrono::steady_clock::now();
    m_process->start(stationProgram(u"continuo-player"_s),
                     {u"--prove"_s, m_path, u"--tiers"_s, m_tiers});
}

void Prover::rest()
{
    if (m_isResting || m_process->processId() <= 0)
        return;
    m_isResting = true;
    ::kill(pid_t(m_process->processId()), SIGSTOP);
}

void Prover::goOn()
{
    if (!std::exchange(m_isResting, false) || m_process->processId() <= 0)
        return;
    ::kill(pid_t(m_process->processId()), SIGCONT);
    m_movedAt = std::chrono::steady_clock::now();
}

Prover::Pace Prover::pace(std::chrono::milliseconds patience)
{
    const auto now = std::chrono::steady_clock::now();
    const bool isAnew = now - std::exchange(m_askedAt, now) > kLookedAway;
    const qint64 bytes = bytesRead(pid());
    const Work work = workOf(pid());
    if (bytes != m_bytes)
        m_ticksAtBytes = work.ticks;
    // Ready to run, and kept from it by all that comes first, it is no fault of its file.
    if (m_isResting || isAnew || bytes != m_bytes || work.ticks != m_ticks || work.state == 'R')
        m_movedAt = now;
    m_bytes = bytes;
    m_ticks = work.ticks;
    if (now - m_movedAt >= patience)
        return Pace::NoBytes;
    return m_ticks - m_ticksAtBytes > kMostTicks ? Pace::NoProgress : Pace::Moving;
}

void Prover::onOutput()
{
    while (m_process->canReadLine())
        Q_EMIT told(QJsonDocument::fromJson(m_process->readLine()).object());
    // It parses what strangers send, and may have been made to fill our memory.
    if (m_process->bytesAvailable() > kLongestLine)
        m_process->kill();
}

void Prover::onFinished(int code, QProcess::ExitStatus status)
{
    onOutput();
    if (status == QProcess::CrashExit)
        Q_EMIT crashed(u"was killed by signal %1"_s.arg(code));
    else if (code > 1)
        Q_EMIT crashed(u"ended with status %1"_s.arg(code));
    else
        Q_EMIT ended();
}

} // namespace continuo
