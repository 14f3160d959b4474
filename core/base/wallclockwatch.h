// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace continuo {

/// The three clocks at one moment.
struct ClockReadings {
    std::chrono::nanoseconds realtime{}; ///< CLOCK_REALTIME: can be set
    std::chrono::nanoseconds monotonic{}; ///< CLOCK_MONOTONIC: stands still while suspended
    std::chrono::nanoseconds boottime{}; ///< CLOCK_BOOTTIME: never stands still

    static ClockReadings now();
};

/// Finds out what happened to the clocks between two looks at them. Value type.
class ClockComparison final {
public:
    struct Findings {
        std::optional<std::chrono::nanoseconds> stepped; ///< the wall clock was set on by so much
        std::optional<std::chrono::nanoseconds> suspended; ///< nobody looked for so much longer
    };

    /// A look is due each \p interval; one that comes more than \p lateness too late means that
    /// machine or process had been stopped.
    ClockComparison(std::chrono::nanoseconds interval, std::chrono::nanoseconds lateness)
        : m_interval(interval)
        , m_lateness(lateness)
    {
    }

    Findings look(const ClockReadings &now);

private:
    std::chrono::nanoseconds m_interval;
    std::chrono::nanoseconds m_lateness;
    std::optional<ClockReadings> m_last;
};

/// Says when somebody sets the wall clock (date -s, an NTP step) and when the machine was suspended
/// or the process stopped. Looks once a second, and at once when the kernel says that the clock was
/// set (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET), from a thread of its own: the main thread may
/// be held up by a disk for seconds, and that is no suspend. Slewing (adjtime, at most 0.5 ms a
/// second) is no step.
class WallClockWatch final : public QObject {
    Q_OBJECT
public:
    struct Options {
        std::chrono::milliseconds interval{1000};
        std::chrono::milliseconds lateness{2000};
        std::function<ClockReadings()> read = &ClockReadings::now; ///< any thread
    };

    /// Begins to watch. Owner thread: main.
    WallClockWatch();
    explicit WallClockWatch(Options options);
    ~WallClockWatch() override;

Q_SIGNALS:
    /// Emitted on the owner's thread. Negative: it was set back.
    void wallClockStepped(std::chrono::nanoseconds by);
    /// Machine or process stood still for about so long; pacing goes on by CLOCK_MONOTONIC, which
    /// did not count a suspend of the machine, but did count a stop of the process.
    void wasSuspended(std::chrono::nanoseconds time);

private:
    void run(const std::stop_token &stop);

    const Options m_options;
    std::optional<EventFd> m_end; // wakes the thread to end
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
