// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/messagesocket.h"

#include <QJsonDocument>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kMaxMessageBytes = 128 * 1024;
constexpr std::size_t kMaxDescriptors = 16;

} // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::createPair()
{
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) < 0)
        return errorFromErrno(errno, u"create a socket pair"_s);
    for (const int end : ends) {
        const int size = 1024 * 1024;
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    return std::pair(MessageSocket(UniqueFd(ends[0])), MessageSocket(UniqueFd(ends[1])));
}

Result<void> MessageSocket::send(const QJsonObject &body, const std::vector<int> &fds) const
{
    if (!m_fd.isValid())
        return Error{ErrorCode::Closed, u"the socket is closed"_s, 0};
    QByteArray bytes = QJsonDocument(body).toJson(QJsonDocument::Compact);
    if (std::size_t(bytes.size()) > kMaxMessageBytes || fds.size() > kMaxDescriptors)
        return Error{ErrorCode::InvalidArgument,
                     u"message of %1 bytes is too long"_s.arg(bytes.size()), 0};
    iovec part{bytes.data(), std::size_t(bytes.size())};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
    if (!fds.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        if (cmsghdr *rights = CMSG_FIRSTHDR(&header)) { // as ever, with a buffer of that size
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
            std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
        }
    }
    for (;;) {
        if (::sendmsg(m_fd.get(), &header, MSG_NOSIGNAL) >= 0)
            return {};
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN)
            return Error{ErrorCode::Busy, u"the other process does not read its messages"_s, errno};
        return errorFromErrno(errno, u"send a message"_s);
    }
}

Result<std::optional<Message>> MessageSocket::receive() const
{
    if (!m_fd.isValid())
        return Error{ErrorCode::Closed, u"the socket is closed"_s, 0};
    thread_local std::array<char, kMaxMessageBytes> buffer;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
    iovec part{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t got = 0;
    do {
        got = ::recvmsg(m_fd.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return std::optional<Message>();
    if (got < 0)
        return errorFromErrno(errno, u"receive a message"_s);
    Message message;
    for (cmsghdr *rights = CMSG_FIRSTHDR(&header); rights; rights = CMSG_NXTHDR(&header, rights)) {
        if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof(int), sizeof fd);
            message.fds.emplace_back(fd);
        }
    }
    if (got == 0)
        return Error{ErrorCode::Closed, u"the other process closed the connection"_s, 0};
    QJsonParseError parse{};
    const QJsonDocument document
        = QJsonDocument::fromJson(QByteArray(buffer.data(), qsizetype(got)), &parse);
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !document.isObject())
        return Error{ErrorCode::Corrupt, u"not a JSON object: "_s + parse.errorString(), 0};
    message.body = document.object();
    return std::optional<Message>(std::move(message));
}

bool MessageSocket::waitReadable(std::chrono::milliseconds timeout) const
{
    pollfd entry{m_fd.get(), POLLIN, 0};
    return ::poll(&entry, 1, int(timeout.count())) > 0;
}

} // namespace continuo
