// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace continuo {

/// Beats four times a second from a thread of its own as long as the main thread's event loop has
/// turned within the last five seconds. The main thread writes edits down before it answers them,
/// and a busy disk can hold an fdatasync for seconds: that is no reason to kill an engine whose
/// clock and feed go on. A stopped process or a main thread that hangs still falls silent.
class Heartbeat final {
public:
    /// Made and destroyed on the main thread; \p beat is called on the heart's thread.
    explicit Heartbeat(std::function<void()> beat);
    ~Heartbeat();

private:
    void run(const std::stop_token &stop);

    const std::function<void()> m_beat;
    QTimer m_turn;
    std::atomic<std::chrono::steady_clock::time_point> m_lastTurn;
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
