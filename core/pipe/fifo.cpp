// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pipe/fifo.h"

#include "core/base/logging.h"

#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error stopped()
{
    return Error{ErrorCode::Closed, u"told to stop"_s, ECANCELED};
}

} // namespace

Result<void> createFifo(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    ::unlink(name.constData());
    if (::mkfifo(name.constData(), 0600) < 0)
        return errorFromErrno(errno, u"make the named pipe "_s + path);
    return {};
}

PipeLevel pipeLevel(int fd)
{
    PipeLevel level;
    if (fd < 0)
        return level;
    if (::ioctl(fd, FIONREAD, &level.bytes) < 0)
        level.bytes = 0;
    level.capacity = ::fcntl(fd, F_GETPIPE_SZ);
    if (level.capacity < 0)
        level.capacity = 0;
    return level;
}

PipeLevel fifoLevel(const QString &path)
{
    // Open for an instant, and nothing is read. A writer whose reader died meanwhile learns it
    // then.
    const UniqueFd fd(::open(QFile::encodeName(path).constData(),
                             O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    struct stat facts { };
    if (!fd.isValid() || ::fstat(fd.get(), &facts) < 0 || !S_ISFIFO(facts.st_mode))
        return {};
    return pipeLevel(fd.get());
}

Result<FifoWriter> FifoWriter::open(const QString &path, const EventFd &stop,
                                    std::chrono::milliseconds timeout)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const QByteArray name = QFile::encodeName(path);
    for (;;) {
        UniqueFd fd(::open(name.constData(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
        if (fd.isValid()) {
            if (::fcntl(fd.get(), F_SETPIPE_SZ, kPipeBytes) < 0)
                qCInfo(lcEncoder) << "the pipe stays at its default size:" << path;
            return FifoWriter(std::move(fd));
        }
        if (errno != ENXIO && errno != EINTR)
            return errorFromErrno(errno, u"open the named pipe "_s + path);
        if (std::chrono::steady_clock::now() >= deadline)
            return Error{ErrorCode::Timeout, u"nobody opened the named pipe "_s + path, 0};
        if (stop.wait(std::chrono::milliseconds(2)))
            return stopped();
    }
}

template <typename Take>
Result<void> FifoWriter::hand(const std::uint8_t *bytes, std::size_t count, const EventFd &stop,
                              Take take)
{
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = take(bytes + done, count - done);
        if (got > 0) {
            done += std::size_t(got);
            continue;
        }
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return errorFromErrno(errno, u"write to the encoder's pipe"_s);
        std::array<pollfd, 2> entries{{{m_fd.get(), POLLOUT, 0}, {stop.fd(), POLLIN, 0}}};
        ::poll(entries.data(), entries.size(), -1);
        if (entries[1].revents && stop.clear())
            return stopped();
    }
    return {};
}

Result<void> FifoWriter::write(const std::uint8_t *bytes, std::size_t count, const EventFd &stop)
{
    return hand(bytes, count, stop, [this](const std::uint8_t *from, std::size_t left) {
        return ::write(m_fd.get(), from, left);
    });
}

Result<void> FifoWriter::lend(const std::uint8_t *bytes, std::size_t count, const EventFd &stop)
{
    return hand(bytes, count, stop, [this](const std::uint8_t *from, std::size_t left) {
        const iovec rest{const_cast<std::uint8_t *>(from), left}; // it is only read
        return ::vmsplice(m_fd.get(), &rest, 1, SPLICE_F_NONBLOCK);
    });
}

} // namespace continuo
