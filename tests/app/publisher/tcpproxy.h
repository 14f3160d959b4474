// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTcpServer>
#include <QTcpSocket>

#include <memory>
#include <vector>

namespace continuo::test {

/// A way to a server on this machine that can go bad: passes bytes both ways until told otherwise.
/// Lives from the event loop.
class TcpProxy final : public QObject {
public:
    explicit TcpProxy(int serverPort);

    int port() const { return m_server.serverPort(); }
    /// From now on nothing comes through in either direction, and no end of a connection; new ones
    /// are taken by the system and go no further.
    void beginBlackHole();
    /// Passes on what waited.
    void endBlackHole();
    /// Cuts the clients off; the server is told nothing, and hears nothing more.
    void loseClients();

private:
    struct Pair {
        std::unique_ptr<QTcpSocket> client;
        std::unique_ptr<QTcpSocket> server;
        bool isHalfOpen = false;
    };

    void accept();
    void move(Pair &pair);
    void moveAll();

    QTcpServer m_server;
    const int m_serverPort;
    bool m_isBlackHole = false;
    std::vector<std::unique_ptr<Pair>> m_pairs;
};

} // namespace continuo::test
