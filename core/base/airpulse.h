// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace continuo {

/// How far the clock of each paced channel has got: what the engine's heartbeat says, and without
/// which it falls silent. A clock that hangs is as bad as an engine that is gone, and the next
/// engine goes on at the frame where it hung. Every function may be called from any thread.
class AirPulse final {
public:
    /// Of one clock, as long as somebody holds it.
    struct Clock {
        QString channel;
        std::atomic<std::int64_t> turns = 0; ///< moves at each frame, also at one that is dropped
        std::atomic<std::int64_t> frame = 0; ///< the last that was aired
    };
    std::shared_ptr<Clock> add(const QString &channel);

    struct Reading {
        QJsonObject frames; ///< by channel
        QString stuck; ///< a channel whose clock has not moved; empty: all do
    };
    /// To be called by the heart at each beat: what has not moved for eight calls (two seconds)
    /// is stuck. Calls are counted and not time, because they stand still with the clocks while the
    /// machine is suspended.
    Reading look();

private:
    struct Watched {
        std::weak_ptr<Clock> clock;
        std::int64_t turns = -1;
        int unmoved = 0;
    };

    std::mutex m_mutex;
    std::vector<Watched> m_clocks; // guarded by m_mutex
};

} // namespace continuo
