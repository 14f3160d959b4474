// SPDX-License-Identifier: GPL-3.0-or-later
// cell-tryout WALLS FOLDER: enters a cell of these walls (all, or names joined by commas) and tries
// what a decoder that was taken over would try, in FOLDER, where "secret" lies. Prints
// {"cell":{…},"tries":{NAME:"done" or the errno's name}}; last, it becomes another program (status
// 0), or is refused that (status 3).
#include "core/base/error.h"
#include "core/cell/walls.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <thread>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

constexpr int kRefusedToRun = 3;
constexpr std::size_t kTooMuch = 1ULL << 30; // against a bound of half of it
constexpr std::size_t kEnough = 64ULL << 20;

// What is open when the door closes, as a player's clip, frame store and wake-up are.
struct Held {
    int file = -1;
    int store = -1;
    int wakeUp = -1;
    void *memory = nullptr;
};

struct Try {
    const char *name;
    std::function<long()> act; ///< negative, with errno, where it is refused
};

long openAndClose(const QByteArray &path, int flags)
{
    const int fd = ::open(path.constData(), flags, 0600);
    if (fd >= 0)
        ::close(fd);
    return fd;
}

long connectTo(const char *address)
{
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0)
        return -1;
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(53);
    ::inet_pton(AF_INET, address, &there.sin_addr);
    const int result = ::connect(fd, reinterpret_cast<const sockaddr *>(&there), sizeof there);
    const int why = errno;
    ::close(fd);
    errno = why;
    return result;
}

long startProcess(unsigned long flags)
{
    const long child = ::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr);
    if (child == 0)
        ::_exit(0);
    if (child > 0)
        ::waitpid(pid_t(child), nullptr, 0);
    return child;
}

long startThread()
{
    bool hasRun = false;
    std::thread([&hasRun] { hasRun = true; }).join(); // throws where it is refused
    return hasRun ? 0 : -1;
}

long useMemory(std::size_t bytes)
{
    void *memory
        = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -1;
    std::memset(memory, 1, std::min(bytes, kEnough));
    ::munmap(memory, bytes);
    return 0;
}

long mountOn(const QByteArray &folder)
{
    const long result = ::mount("none", folder.constData(), "tmpfs", 0, nullptr);
    if (result == 0)
        ::umount(folder.constData());
    return result;
}

long makeCode()
{
    void *memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : 0;
}

std::array<Try, 31> tries(const QByteArray &folder, const Held &held)
{
    const QByteArray secret = folder + "/secret";
    const QByteArray made = folder + "/made";
    static char byte = 0;
    return {{
        // What a player needs.
        {"read-the-clip", [=] { return ::pread(held.file, &byte, 1, 0); }},
        {"write-a-frame", [=] { return std::memset(held.memory, 2, 4096) ? 0L : -1L; }},
        {"wake-the-engine", [=] { return ::eventfd_write(held.wakeUp, 1); }},
        {"start-a-thread", startThread},
        {"use-memory", [] { return useMemory(kEnough); }},
        // What it does not.
        {"read-a-file", [=] { return openAndClose(secret, O_RDONLY); }},
        {"read-the-machine", [] { return openAndClose("/etc/passwd", O_RDONLY); }},
        {"read-its-own-memory", [] { return openAndClose("/proc/self/mem", O_RDWR); }},
        {"list-a-folder", [=] { return openAndClose(folder, O_RDONLY | O_DIRECTORY); }},
        {"write-a-file", [=] { return openAndClose(secret, O_WRONLY); }},
        {"make-a-file", [=] { return openAndClose(made, O_WRONLY | O_CREAT | O_EXCL); }},
        {"make-a-folder", [=] { return ::mkdir(made.constData(), 0700); }},
        {"rename-a-file", [=] { return ::rename(secret.constData(), made.constData()); }},
        {"remove-a-file", [=] { return ::unlink((folder + "/clip").constData()); }},
        {"connect-here", [] { return connectTo("127.0.0.1"); }},
        {"connect-away", [] { return connectTo("192.0.2.1"); }},
        {"listen", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
        {"fork", [] { return startProcess(SIGCHLD); }},
        {"vfork", [] { return startProcess(CLONE_VM | CLONE_VFORK | SIGCHLD); }},
        {"signal-the-engine", [] { return ::kill(::getppid(), 0); }},
        {"trace-the-engine", [] { return ::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr); }},
        {"read-the-engine",
         [] {
             const iovec here{&byte, 1};
             return ::process_vm_readv(::getppid(), &here, 1, &here, 1, 0);
         }},
        {"mount", [=] { return mountOn(folder); }},
        {"make-namespaces", [] { return ::unshare(CLONE_NEWUSER); }},
        {"make-code", makeCode},
        {"make-a-ring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
        {"block-the-wake-up", [=] { return ::fcntl(held.wakeUp, F_SETFL, O_ASYNC); }},
        {"empty-the-store", [=] { return ::madvise(held.memory, 4096, MADV_REMOVE); }},
        {"grow-the-store", [=] { return ::ftruncate(held.store, 1 << 20); }},
        {"have-another-descriptor", [] { return ::fcntl(STDIN_FILENO, F_DUPFD, 0); }},
        {"use-too-much-memory", [] { return useMemory(kTooMuch); }},
    }};
}

QJsonObject enter(const QStringList &walls)
{
    CellPlan plan;
    plan.memoryBytes = kTooMuch / 2;
    if (walls.contains(u"all"_s))
        return enterCell(plan).toJson();
    CellReport report;
    if (walls.contains(u"namespaces"_s))
        report.namespaces = enterNamespaces();
    if (walls.contains(u"landlock"_s))
        report.landlock = enterLandlock();
    if (walls.contains(u"landlock-of-6.1"_s)) // Debian 12's kernel
        report.landlock = enterLandlock(2);
    if (walls.contains(u"limits"_s))
        report.limits = setLimits(plan);
    if (walls.contains(u"seccomp"_s))
        report.seccomp = enterSeccomp();
    return report.toJson();
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const QByteArray folder = argv[2];
    Held held;
    held.file = ::open((folder + "/clip").constData(), O_RDONLY | O_CLOEXEC);
    held.store = int(::memfd_create("store", MFD_CLOEXEC));
    held.wakeUp = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (held.file < 0 || ::ftruncate(held.store, 4096) < 0)
        return 2;
    held.memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, held.store, 0);
    const auto all = tries(folder, held);
    const QJsonObject cell = enter(QString::fromLatin1(argv[1]).split(u','));
    QJsonObject outcomes;
    for (const Try &one : all) {
        errno = 0;
        const bool isDone = one.act() >= 0;
        outcomes.insert(QString::fromLatin1(one.name),
                        isDone ? u"done"_s : QString::fromLatin1(::strerrorname_np(errno)));
    }
    const QByteArray text
        = QJsonDocument(QJsonObject{{u"cell"_s, cell}, {u"tries"_s, outcomes}}).toJson();
    std::fputs(text.constData(), stdout);
    if (std::fflush(stdout) != 0)
        return 2;
    char *const none[] = {nullptr};
    ::execve("/bin/true", none, none);
    return kRefusedToRun;
}
