// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/stationsocket.h"

#include <QFile>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Result<sockaddr_un> addressOf(const QString &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path);
    if (std::size_t(name.size()) >= sizeof address.sun_path)
        return Error{ErrorCode::InvalidArgument, u"too long for a socket: "_s + path, 0};
    std::memcpy(address.sun_path, name.constData(), std::size_t(name.size()));
    return address;
}

UniqueFd newSocket()
{
    return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

std::optional<ucred> peerOf(int fd)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != ::geteuid())
        return std::nullopt;
    return peer;
}

} // namespace

Result<UniqueFd> AdoptionSocket::listen(const QString &path)
{
    const Result<sockaddr_un> address = addressOf(path);
    if (!address)
        return address.error();
    UniqueFd fd = newSocket();
    QFile::remove(path);
    const auto *plain = reinterpret_cast<const sockaddr *>(&address.value());
    if (!fd.isValid() || ::bind(fd.get(), plain, sizeof(sockaddr_un)) < 0
        || ::listen(fd.get(), 4) < 0)
        return errorFromErrno(errno, u"listen at "_s + path);
    return fd;
}

MessageSocket AdoptionSocket::accept(int listener)
{
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    return fd.isValid() && peerOf(fd.get()) ? MessageSocket(std::move(fd)) : MessageSocket();
}

Result<std::pair<MessageSocket, pid_t>> AdoptionSocket::connect(const QString &path)
{
    const Result<sockaddr_un> address = addressOf(path);
    if (!address)
        return address.error();
    UniqueFd fd = newSocket();
    const auto *plain = reinterpret_cast<const sockaddr *>(&address.value());
    if (!fd.isValid() || ::connect(fd.get(), plain, sizeof(sockaddr_un)) < 0)
        return errorFromErrno(errno, u"connect to "_s + path);
    const std::optional<ucred> peer = peerOf(fd.get());
    if (!peer)
        return Error{ErrorCode::PermissionDenied, u"another user listens at "_s + path, 0};
    return std::pair(MessageSocket(std::move(fd)), peer->pid);
}

} // namespace continuo
