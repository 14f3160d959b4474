// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/localsocket.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A socket's address. sun_path holds 107 bytes only; a longer path is reached through its folder's
// descriptor ("/proc/self/fd/7/control"), which the kernel resolves as any other path.
struct LocalAddress {
    sockaddr_un address{};
    UniqueFd folder; // must live as long as the address is used
    const sockaddr *data() const { return reinterpret_cast<const sockaddr *>(&address); }
};

Result<LocalAddress> localAddress(const QString &path)
{
    LocalAddress local;
    local.address.sun_family = AF_UNIX;
    QByteArray name = QFile::encodeName(path);
    if (std::size_t(name.size()) >= sizeof local.address.sun_path) {
        const QFileInfo info(path);
        local.folder = UniqueFd(::open(QFile::encodeName(info.absolutePath()).constData(),
                                       O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!local.folder.isValid())
            return errorFromErrno(errno, u"open the folder of "_s + path);
        name = "/proc/self/fd/" + QByteArray::number(local.folder.get()) + '/'
            + QFile::encodeName(info.fileName());
        if (std::size_t(name.size()) >= sizeof local.address.sun_path)
            return errorFromErrno(ENAMETOOLONG, path);
    }
    std::memcpy(local.address.sun_path, name.constData(), std::size_t(name.size()));
    return local;
}

UniqueFd newSocket()
{
    return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

} // namespace

Result<UniqueFd> listenLocally(const QString &path)
{
    Result<LocalAddress> local = localAddress(path);
    if (!local)
        return local.error();
    UniqueFd fd = newSocket();
    // The mode of the socket before bind() becomes the mode of the file: no moment at which others
    // could connect, and no process-wide umask to change.
    if (!fd.isValid() || ::fchmod(fd.get(), 0700) < 0)
        return errorFromErrno(errno, u"make the socket "_s + path);
    if (::bind(fd.get(), local->data(), sizeof(sockaddr_un)) < 0) {
        if (errno != EADDRINUSE)
            return errorFromErrno(errno, u"make the socket "_s + path);
        const UniqueFd probe = newSocket();
        if (::connect(probe.get(), local->data(), sizeof(sockaddr_un)) == 0 || errno == EAGAIN) {
            return Error{ErrorCode::AlreadyExists, u"another engine already listens at "_s + path,
                         EADDRINUSE};
        }
        if (errno != ECONNREFUSED)
            return errorFromErrno(errno, u"probe the old socket "_s + path);
        ::unlink(local->address.sun_path);
        if (::bind(fd.get(), local->data(), sizeof(sockaddr_un)) < 0)
            return errorFromErrno(errno, u"make the socket "_s + path);
    }
    if (::listen(fd.get(), 64) < 0)
        return errorFromErrno(errno, u"listen at "_s + path);
    return fd;
}

Result<UniqueFd> connectLocally(const QString &path)
{
    Result<LocalAddress> local = localAddress(path);
    if (!local)
        return local.error();
    UniqueFd fd = newSocket();
    if (!fd.isValid())
        return errorFromErrno(errno, u"make a socket"_s);
    if (::connect(fd.get(), local->data(), sizeof(sockaddr_un)) < 0) {
        if (errno == EAGAIN)
            return errorFromErrno(EBUSY, u"connect to "_s + path);
        return errorFromErrno(errno, u"connect to "_s + path);
    }
    return fd;
}

Result<UniqueFd> acceptLocally(int listener)
{
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.isValid()) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return UniqueFd();
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return Error{ErrorCode::NoSpace, u"no descriptor left for another client"_s, errno};
        return errorFromErrno(errno, u"accept a client"_s);
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return errorFromErrno(errno, u"ask who the client is"_s);
    if (peer.uid != ::geteuid() && peer.uid != 0)
        return Error{ErrorCode::PermissionDenied,
                     u"user %1 is not the user of this station"_s.arg(peer.uid), EACCES};
    return fd;
}

} // namespace continuo
