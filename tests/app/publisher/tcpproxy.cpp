// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/tcpproxy.h"

namespace continuo::test {

namespace {

// Small: what the proxy itself holds would hide that nothing goes through.
constexpr qint64 kBufferBytes = 16 * 1024;

} // namespace

TcpProxy::TcpProxy(int serverPort)
    : m_serverPort(serverPort)
{
    m_server.listen(QHostAddress::LocalHost, 0);
    connect(&m_server, &QTcpServer::newConnection, this, &TcpProxy::accept);
}

void TcpProxy::accept()
{
    while (!m_isBlackHole) {
        std::unique_ptr<QTcpSocket> client(m_server.nextPendingConnection());
        if (!client)
            return;
        client->setParent(nullptr);
        auto pair = std::make_unique<Pair>();
        Pair *moved = pair.get();
        pair->client = std::move(client);
        pair->server = std::make_unique<QTcpSocket>();
        for (QTcpSocket *socket : {pair->client.get(), pair->server.get()}) {
            socket->setReadBufferSize(kBufferBytes);
            connect(socket, &QTcpSocket::readyRead, this, [this, moved] { move(*moved); });
            connect(socket, &QTcpSocket::connected, this, [this, moved] { move(*moved); });
            connect(socket, &QTcpSocket::disconnected, this, [this, moved] { move(*moved); });
        }
        pair->server->connectToHost(QHostAddress::LocalHost, quint16(m_serverPort));
        m_pairs.push_back(std::move(pair));
    }
}

void TcpProxy::move(Pair &pair)
{
    if (m_isBlackHole || pair.isHalfOpen)
        return;
    const auto pass = [](QTcpSocket &from, QTcpSocket &to) {
        if (to.state() == QTcpSocket::ConnectedState && from.bytesAvailable() > 0)
            to.write(from.readAll());
        if (from.state() == QTcpSocket::UnconnectedState && from.bytesAvailable() == 0)
            to.disconnectFromHost();
    };
    pass(*pair.client, *pair.server);
    pass(*pair.server, *pair.client);
}

void TcpProxy::moveAll()
{
    for (const auto &pair : m_pairs)
        move(*pair);
}

void TcpProxy::beginBlackHole()
{
    m_isBlackHole = true;
    m_server.pauseAccepting();
}

void TcpProxy::endBlackHole()
{
    m_isBlackHole = false;
    m_server.resumeAccepting();
    accept();
    moveAll();
}

void TcpProxy::loseClients()
{
    for (const auto &pair : m_pairs) {
        pair->isHalfOpen = true;
        pair->client->abort();
    }
}

} // namespace continuo::test
