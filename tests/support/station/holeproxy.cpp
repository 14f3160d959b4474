// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/station/holeproxy.h"

#include <QByteArray>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kPatienceMs = 10; // how soon a hole opens, closes, or the proxy ends
constexpr qsizetype kMaxHeld = 64 * 1024;

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// One direction of one connection.
struct Way {
    int from = -1;
    int to = -1;
    QByteArray held;

    bool wantsToRead() const { return held.size() < kMaxHeld; }
    bool wantsToWrite() const { return !held.isEmpty(); }

    // False when either side has closed.
    bool read()
    {
        std::array<char, 16384> buffer;
        const ssize_t got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0)
            held.append(buffer.data(), qsizetype(got));
        return got > 0 || (got < 0 && errno == EAGAIN);
    }
    bool write()
    {
        const ssize_t put
            = ::send(to, held.constData(), std::size_t(held.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put > 0)
            held.remove(0, qsizetype(put));
        return put > 0 || errno == EAGAIN;
    }
};

struct Connection {
    Way out; // client to server
    Way back;
};

// Moves what can be moved; false when the connection has ended.
bool serve(Connection &connection)
{
    for (Way *way : {&connection.out, &connection.back}) {
        if (way->wantsToRead() && !way->read()) {
            way->write(); // what is left, as far as it goes
            return false;
        }
        if (way->wantsToWrite() && !way->write())
            return false;
    }
    return true;
}

void closeWithReset(int socket)
{
    const linger atOnce{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
    ::close(socket);
}

} // namespace

HoleProxy::HoleProxy(int targetPort)
    : m_targetPort(targetPort)
    , m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto *const any = reinterpret_cast<sockaddr *>(&address);
    if (::bind(m_listener, any, size) < 0 || ::listen(m_listener, 16) < 0
        || ::getsockname(m_listener, any, &size) < 0) {
        ::close(m_listener);
        m_listener = -1;
        return;
    }
    m_port = ntohs(address.sin_port);
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

HoleProxy::~HoleProxy()
{
    m_thread = {}; // asks it to stop and waits
    if (m_listener >= 0)
        ::close(m_listener);
}

QString HoleProxy::url() const
{
    return u"rtmp://127.0.0.1:%1/live"_s.arg(m_port);
}

void HoleProxy::run(const std::stop_token &stop)
{
    std::vector<Connection> connections;
    std::vector<int> forgotten; // of the server's side: open, and silent
    while (!stop.stop_requested()) {
        if (m_losesClients.exchange(false)) {
            for (const Connection &connection : std::exchange(connections, {})) {
                closeWithReset(connection.out.from);
                forgotten.push_back(connection.out.to);
            }
        }
        std::vector<pollfd> watched;
        if (!m_isHole) {
            watched.push_back({m_listener, POLLIN, 0});
            for (const Connection &connection : connections) {
                for (const Way *way : {&connection.out, &connection.back}) {
                    if (way->wantsToRead())
                        watched.push_back({way->from, POLLIN, 0});
                    if (way->wantsToWrite())
                        watched.push_back({way->to, POLLOUT, 0});
                }
            }
        }
        ::poll(watched.data(), watched.size(), kPatienceMs);
        if (m_isHole)
            continue;
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) {
            const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const sockaddr_in address = loopback(m_targetPort);
            if (::connect(server, reinterpret_cast<const sockaddr *>(&address), sizeof address)
                == 0) {
                connections.push_back({{client, server, {}}, {server, client, {}}});
            } else {
                ::close(server);
                ::close(client);
            }
        }
        std::erase_if(connections, [](Connection &connection) {
            if (serve(connection))
                return false;
            ::close(connection.out.from);
            ::close(connection.out.to);
            return true;
        });
    }
    for (const Connection &connection : connections) {
        ::close(connection.out.from);
        ::close(connection.out.to);
    }
    for (const int server : forgotten)
        ::close(server);
}

} // namespace continuo
