// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/stallfs/stallfs.h"

#include "core/base/eventfd.h"
#include "core/base/uniquefd.h"

#include <QByteArray>
#include <QFile>

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// What the kernel asks for at most, with the largest request that there is.
constexpr std::size_t kRequestBytes = 256 * 1024;
constexpr std::uint32_t kWriteBytes = 128 * 1024;

// Answers to requests have the layout of the kernel's header, and stand in front of each other.
template <typename T> T bodyOf(const std::vector<char> &request)
{
    T body{};
    const std::size_t bytes = std::min(sizeof body, request.size() - sizeof(fuse_in_header));
    std::memcpy(&body, request.data() + sizeof(fuse_in_header), bytes);
    return body;
}

fuse_attr attributesOf(const struct stat &info, std::uint64_t node)
{
    fuse_attr attributes{};
    attributes.ino = node;
    attributes.size = std::uint64_t(info.st_size);
    attributes.blocks = std::uint64_t(info.st_blocks);
    attributes.mtime = std::uint64_t(info.st_mtim.tv_sec);
    attributes.mtimensec = std::uint32_t(info.st_mtim.tv_nsec);
    attributes.mode = info.st_mode;
    attributes.nlink = 1;
    attributes.blksize = 4096;
    return attributes;
}

} // namespace

struct StallFs::Server {
    UniqueFd folder; // what is covered
    UniqueFd device;
    EventFd wake;
    std::map<std::uint64_t, QByteArray> names; // by node
    std::map<std::uint64_t, UniqueFd> files; // open ones
    std::uint64_t next = FUSE_ROOT_ID;
    std::vector<std::vector<char>> waiting;

    Server(UniqueFd covered, UniqueFd kernel, EventFd wakeUp)
        : folder(std::move(covered))
        , device(std::move(kernel))
        , wake(std::move(wakeUp))
    {
    }

    void answer(std::uint64_t unique, int error, const void *body = nullptr,
                std::size_t bytes = 0) const
    {
        fuse_out_header header{};
        header.len = std::uint32_t(sizeof header + bytes);
        header.error = -error;
        header.unique = unique;
        std::array<iovec, 2> parts{iovec{&header, sizeof header},
                                   iovec{const_cast<void *>(body), bytes}};
        // Who asked may be gone by now.
        [[maybe_unused]] const ssize_t written
            = ::writev(device.get(), parts.data(), bytes > 0 ? 2 : 1);
    }

    template <typename T> void answerWith(std::uint64_t unique, const T &body) const
    {
        answer(unique, 0, &body, sizeof body);
    }

    bool lookAt(std::uint64_t node, struct stat *info) const
    {
        if (node == FUSE_ROOT_ID)
            return ::fstat(folder.get(), info) == 0;
        const auto name = names.find(node);
        return name != names.end()
            && ::fstatat(folder.get(), name->second.constData(), info, 0) == 0;
    }

    void lookUp(const std::vector<char> &request, std::uint64_t unique)
    {
        const QByteArray name(request.data() + sizeof(fuse_in_header)); // ends with a zero
        struct stat info { };
        if (::fstatat(folder.get(), name.constData(), &info, 0) < 0 || !S_ISREG(info.st_mode))
            return answer(unique, ENOENT);
        auto known = std::ranges::find_if(
            names, [&name](const auto &entry) { return entry.second == name; });
        if (known == names.end())
            known = names.emplace(++next, name).first;
        fuse_entry_out entry{};
        entry.nodeid = known->first;
        entry.attr = attributesOf(info, known->first);
        answerWith(unique, entry);
    }

    void open(std::uint64_t node, std::uint64_t unique)
    {
        const auto name = names.find(node);
        UniqueFd file(name == names.end()
                          ? -1
                          : ::openat(folder.get(), name->second.constData(), O_RDONLY | O_CLOEXEC));
        if (!file.isValid())
            return answer(unique, ENOENT);
        fuse_open_out opened{};
        opened.fh = ++next;
        opened.open_flags = FOPEN_DIRECT_IO; // each read comes here
        files.emplace(opened.fh, std::move(file));
        answerWith(unique, opened);
    }

    void read(const fuse_read_in &wanted, std::uint64_t unique) const
    {
        const auto file = files.find(wanted.fh);
        if (file == files.end())
            return answer(unique, EBADF);
        std::vector<char> bytes(wanted.size);
        const ssize_t count
            = ::pread(file->second.get(), bytes.data(), bytes.size(), off_t(wanted.offset));
        if (count < 0)
            return answer(unique, errno);
        answer(unique, 0, bytes.data(), std::size_t(count));
    }

    void handle(const std::vector<char> &request)
    {
        fuse_in_header header{};
        std::memcpy(&header, request.data(), sizeof header);
        struct stat info { };
        switch (header.opcode) {
        case FUSE_INIT: {
            const auto asked = bodyOf<fuse_init_in>(request);
            fuse_init_out said{};
            said.major = FUSE_KERNEL_VERSION;
            said.minor = std::min<std::uint32_t>(asked.minor, FUSE_KERNEL_MINOR_VERSION);
            said.max_background = 16;
            said.congestion_threshold = 12;
            said.max_write = kWriteBytes;
            said.time_gran = 1;
            return answerWith(header.unique, said);
        }
        case FUSE_LOOKUP:
            return lookUp(request, header.unique);
        case FUSE_GETATTR: {
            if (!lookAt(header.nodeid, &info))
                return answer(header.unique, ENOENT);
            fuse_attr_out said{};
            said.attr = attributesOf(info, header.nodeid);
            return answerWith(header.unique, said);
        }
        case FUSE_OPEN:
            return open(header.nodeid, header.unique);
        case FUSE_READ:
            return read(bodyOf<fuse_read_in>(request), header.unique);
        case FUSE_RELEASE:
            files.erase(bodyOf<fuse_release_in>(request).fh);
            return answer(header.unique, 0);
        case FUSE_STATFS:
            return answerWith(header.unique, fuse_statfs_out{});
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT: // a dead server hears nothing
            return;
        default:
            return answer(header.unique, ENOSYS);
        }
    }
};

QString StallFs::unavailable()
{
    const UniqueFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    if (!device.isValid())
        return u"/dev/fuse: %1"_s.arg(QString::fromLocal8Bit(std::strerror(errno)));
    return {};
}

StallFs::StallFs(const QString &folder)
    : m_folder(folder)
{
    const QByteArray name = QFile::encodeName(folder);
    UniqueFd covered(::open(name.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    UniqueFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    Result<EventFd> wake = EventFd::create();
    if (!covered.isValid() || !device.isValid() || !wake)
        throw std::runtime_error("no file system of our own can be made");
    const QByteArray options = "fd=" + QByteArray::number(device.get())
        + ",rootmode=40000,user_id=" + QByteArray::number(::geteuid())
        + ",group_id=" + QByteArray::number(::getegid()) + ",allow_other";
    if (::mount("stallfs", name.constData(), "fuse", MS_NOSUID | MS_NODEV | MS_RDONLY,
                options.constData())
        < 0)
        throw std::runtime_error("mount: " + std::string(std::strerror(errno)));
    m_server
        = std::make_unique<Server>(std::move(covered), std::move(device), std::move(wake).value());
    m_thread = std::thread([this] { serve(); });
}

StallFs::~StallFs()
{
    m_isEnding = true;
    goOn();
    ::umount2(QFile::encodeName(m_folder).constData(), MNT_DETACH);
    m_thread.join();
}

void StallFs::stall()
{
    m_isStalled = true;
}

void StallFs::goOn()
{
    m_isStalled = false;
    m_server->wake.notify();
}

void StallFs::serve()
{
    Server &server = *m_server;
    while (!m_isEnding) {
        std::array<pollfd, 2> entries{pollfd{server.device.get(), POLLIN, 0},
                                      pollfd{server.wake.fd(), POLLIN, 0}};
        ::poll(entries.data(), entries.size(), -1);
        server.wake.clear();
        if (!m_isStalled) {
            for (const std::vector<char> &request : std::exchange(server.waiting, {}))
                server.handle(request);
            m_waiting = 0;
        }
        std::vector<char> request(kRequestBytes);
        const ssize_t count = ::read(server.device.get(), request.data(), request.size());
        if (count < ssize_t(sizeof(fuse_in_header))) {
            if (count < 0 && errno == ENODEV)
                return; // unmounted
            continue;
        }
        request.resize(std::size_t(count));
        fuse_in_header header{};
        std::memcpy(&header, request.data(), sizeof header);
        const bool isRead = header.opcode == FUSE_READ;
        if (m_isStalled && (isRead || header.opcode == FUSE_OPEN)) {
            server.waiting.push_back(std::move(request));
            m_waiting = int(server.waiting.size());
            continue;
        }
        server.handle(request);
        m_reads += isRead ? 1 : 0;
    }
    // Closing the device ends what is left: its readers get an error.
}

} // namespace continuo
