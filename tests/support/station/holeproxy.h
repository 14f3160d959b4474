// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>
#include <thread>

namespace continuo {

/// A TCP proxy on loopback that can become a black hole: nothing is read or written any more and
/// nothing is closed, as when a route is lost. Runs on a thread of its own.
class HoleProxy final {
public:
    /// Forwards to 127.0.0.1:\p targetPort.
    explicit HoleProxy(int targetPort);
    ~HoleProxy();

    bool isListening() const { return m_listener >= 0; }
    int port() const { return m_port; }
    QString url() const; ///< rtmp://127.0.0.1:PORT/live
    void setHole(bool isHole) { m_isHole = isHole; }
    /// What stands between forgets who is connected: clients are told so, the server never is. Also
    /// in a hole.
    void loseClients() { m_losesClients = true; }

private:
    void run(const std::stop_token &stop);

    int m_targetPort = 0;
    int m_listener = -1;
    int m_port = 0;
    std::atomic<bool> m_isHole = false;
    std::atomic<bool> m_losesClients = false;
    std::jthread m_thread; // last: uses the others
};

} // namespace continuo
