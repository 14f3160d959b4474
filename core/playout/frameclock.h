// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QString>

#include <chrono>
#include <cstdint>

namespace continuo {

/// From when on which frame number is due at which time. Frame n is due at
/// monotonic + (n - frame)/fps on CLOCK_MONOTONIC.
struct Epoch {
    std::int64_t frame = kFirstFrame;
    std::chrono::nanoseconds monotonic{}; ///< CLOCK_MONOTONIC
    std::chrono::microseconds wall{}; ///< UTC since 1970 at the same instant
    QString bootId;
    QString reason; ///< "start", "drop", "pause", "clock"
    std::chrono::nanoseconds stood{}; ///< "pause": how long nothing had run
};

/// Turns frame numbers into due times. Value type.
class FrameClock final {
public:
    explicit FrameClock(FrameRate rate)
        : m_rate(rate)
    {
    }

    /// Begins a new epoch: \p frame is due at \p monotonic.
    void begin(std::int64_t frame, const QString &reason, std::chrono::nanoseconds monotonic);
    /// Goes on in an epoch that another engine began on this machine since it was started.
    void resume(const Epoch &epoch) { m_epoch = epoch; }
    /// CLOCK_MONOTONIC at which \p frame is due.
    std::chrono::nanoseconds due(std::int64_t frame) const;
    /// UTC microseconds since 1970 at which \p frame is due.
    std::chrono::microseconds wallTime(std::int64_t frame) const;
    const Epoch &epoch() const { return m_epoch; }

    static std::chrono::nanoseconds now(); ///< CLOCK_MONOTONIC
    /// Sleeps until \p monotonic (absolute, so that no error adds up).
    static void sleepUntil(std::chrono::nanoseconds monotonic);

private:
    FrameRate m_rate;
    Epoch m_epoch;
};

} // namespace continuo
