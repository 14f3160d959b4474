// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/keeperclient.h"

#include <QJsonArray>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

KeeperLink::KeeperLink(MessageSocket socket)
    : m_socket(std::move(socket))
{
}

Result<void> KeeperLink::rebind(MessageSocket socket)
{
    const std::scoped_lock lock(m_mutex);
    m_socket = std::move(socket);
    m_heard = m_beats; // what the one before was sent, this one has not heard
    for (const auto &[name, fd] : m_held) {
        // A burst that may fill the socket's queue; the keeper reads nothing else meanwhile.
        Result<void> sent = m_socket.send({{u"hold"_s, name}}, {fd.get()});
        for (int tries = 0; !sent && sent.error().code == ErrorCode::Busy && tries < 100; ++tries) {
            pollfd entry{m_socket.fd(), POLLOUT, 0};
            ::poll(&entry, 1, 20);
            sent = m_socket.send({{u"hold"_s, name}}, {fd.get()});
        }
        if (!sent) {
            m_socket.close(); // so that the keeper knows: it calls again, and is handed all anew
            return sent;
        }
    }
    return {};
}

int KeeperLink::fd() const
{
    const std::scoped_lock lock(m_mutex);
    return m_socket.fd();
}

Result<void> KeeperLink::hold(const QString &name, int fd)
{
    UniqueFd ours(fd >= 0 ? ::fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1);
    if (name.isEmpty() || !ours.isValid())
        return Error{ErrorCode::InvalidArgument, u"nothing to hold as '%1'"_s.arg(name), 0};
    const std::scoped_lock lock(m_mutex);
    m_held[name] = std::move(ours);
    return m_socket.send({{u"hold"_s, name}}, {fd});
}

Result<void> KeeperLink::drop(const QString &name)
{
    const std::scoped_lock lock(m_mutex);
    m_held.erase(name);
    return m_socket.send({{u"drop"_s, name}});
}

Result<std::map<QString, UniqueFd>> KeeperLink::fetch()
{
    const std::scoped_lock lock(m_mutex);
    if (Result<void> asked = m_socket.send({{u"fetch"_s, true}}); !asked)
        return asked.error();
    std::map<QString, UniqueFd> held;
    const auto deadline = std::chrono::steady_clock::now() + 2s;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left <= 0ms || !m_socket.waitReadable(left))
            return Error{ErrorCode::Timeout, u"the keeper does not answer"_s, 0};
        Result<std::optional<Message>> received = m_socket.receive();
        if (!received)
            return received.error();
        if (!received.value())
            continue;
        Message &message = *received.value();
        if (!message.body.contains("held"_L1))
            continue; // an answer to something else
        const QJsonArray names = message.body.value("held"_L1).toArray();
        if (std::size_t(names.size()) != message.fds.size()) {
            return Error{ErrorCode::Corrupt,
                         u"the keeper names %1 descriptors and sends %2"_s.arg(names.size())
                             .arg(message.fds.size()),
                         0};
        }
        for (qsizetype i = 0; i < names.size(); ++i)
            held[names.at(i).toString()] = std::move(message.fds[std::size_t(i)]);
        if (message.body.value("more"_L1).toBool())
            continue;
        for (const auto &[name, fd] : held)
            m_held[name] = UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
        return held;
    }
}

Result<void> KeeperLink::beat(const QJsonObject &frames)
{
    const std::scoped_lock lock(m_mutex);
    if (m_heard >= m_beats)
        m_silentSince = std::chrono::steady_clock::now();
    return m_socket.send({{u"beat"_s, qint64(++m_beats)}, {u"frames"_s, frames}});
}

Result<void> KeeperLink::readAnswers()
{
    const std::scoped_lock lock(m_mutex);
    for (;;) {
        Result<std::optional<Message>> received = m_socket.receive();
        if (!received)
            return received.error();
        if (!received.value())
            return {};
        const qint64 heard = (*received.value()).body.value("heard"_L1).toInteger(-1);
        if (heard <= m_heard || heard > m_beats)
            continue;
        m_heard = heard;
        m_silentSince = std::chrono::steady_clock::now();
    }
}

std::chrono::milliseconds KeeperLink::silence() const
{
    const std::scoped_lock lock(m_mutex);
    if (m_heard >= m_beats)
        return 0ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now()
                                                                 - m_silentSince);
}

void KeeperLink::excuseSilence()
{
    const std::scoped_lock lock(m_mutex);
    m_silentSince = std::chrono::steady_clock::now();
}

pid_t KeeperLink::peer() const
{
    const std::scoped_lock lock(m_mutex);
    ucred facts{};
    socklen_t size = sizeof facts;
    return ::getsockopt(m_socket.fd(), SOL_SOCKET, SO_PEERCRED, &facts, &size) == 0 ? facts.pid : 0;
}

Result<void> KeeperLink::bye()
{
    const std::scoped_lock lock(m_mutex);
    return m_socket.send({{u"bye"_s, true}});
}

} // namespace continuo
