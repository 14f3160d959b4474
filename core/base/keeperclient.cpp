// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/keeperclient.h"

#include <QJsonArray>

#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

KeeperLink::KeeperLink(MessageSocket socket)
    : m_socket(std::move(socket))
{
}

Result<void> KeeperLink::hold(const QString &name, int fd)
{
    if (name.isEmpty() || fd < 0)
        return Error{ErrorCode::InvalidArgument, u"nothing to hold as '%1'"_s.arg(name), 0};
    return m_socket.send({{u"hold"_s, name}}, {fd});
}

Result<void> KeeperLink::drop(const QString &name)
{
    return m_socket.send({{u"drop"_s, name}});
}

Result<std::map<QString, UniqueFd>> KeeperLink::fetch()
{
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
        const QJsonArray names = message.body.value("held"_L1).toArray();
        if (std::size_t(names.size()) != message.fds.size()) {
            return Error{ErrorCode::Corrupt,
                         u"the keeper names %1 descriptors and sends %2"_s.arg(names.size())
                             .arg(message.fds.size()),
                         0};
        }
        for (qsizetype i = 0; i < names.size(); ++i)
            held[names.at(i).toString()] = std::move(message.fds[std::size_t(i)]);
        if (!message.body.value("more"_L1).toBool())
            return held;
    }
}

Result<void> KeeperLink::beat()
{
    return m_socket.send({{u"beat"_s, qint64(++m_beats)}});
}

Result<void> KeeperLink::bye()
{
    return m_socket.send({{u"bye"_s, true}});
}

} // namespace continuo
