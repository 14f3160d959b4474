// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/wallclockwatch.h"

#include "core/base/logging.h"
#include "core/base/uniquefd.h"

#include <poll.h>
#include <pthread.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <limits>

using namespace std::chrono_literals;

namespace continuo {

namespace {

// Slewing moves the clock by 0.5 ms a second; reading three clocks one after the other may be
// interrupted for some milliseconds. No step that matters to a schedule is smaller.
constexpr auto kStep = 50ms;
constexpr auto kSuspend = 50ms; // of the machine: what CLOCK_MONOTONIC did not count

std::chrono::nanoseconds read(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Becomes readable (ECANCELED) when the wall clock is set. Without one the look once a second is
// left.
void arm(const UniqueFd &timer)
{
    itimerspec far{};
    far.it_value.tv_sec = std::numeric_limits<time_t>::max();
    if (timer.isValid()
        && ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
                             nullptr)
            < 0
        && errno != ECANCELED)
        qCWarning(lcStation) << "a step of the clock will be noticed a second late:"
                             << errorFromErrno(errno, QStringLiteral("timerfd_settime")).detail;
}

} // namespace

ClockReadings ClockReadings::now()
{
    // Monotonic in the middle: an interruption shifts both differences by half.
    const auto realtime = continuo::read(CLOCK_REALTIME);
    const auto monotonic = continuo::read(CLOCK_MONOTONIC);
    return {realtime, monotonic, continuo::read(CLOCK_BOOTTIME)};
}

ClockComparison::Findings ClockComparison::look(const ClockReadings &now)
{
    Findings findings;
    if (m_last) {
        const auto gap = now.boottime - m_last->boottime;
        const auto step = now.realtime - m_last->realtime - gap;
        const auto notCounted = gap - (now.monotonic - m_last->monotonic);
        if (step > kStep || step < -kStep)
            findings.stepped = step;
        if (gap > m_interval + m_lateness)
            findings.suspended = gap - m_interval;
        else if (notCounted > kSuspend)
            findings.suspended = notCounted;
    }
    m_last = now;
    return findings;
}

WallClockWatch::WallClockWatch()
    : WallClockWatch(Options())
{
}

WallClockWatch::WallClockWatch(Options options)
    : m_options(std::move(options))
{
    Result<EventFd> end = EventFd::create();
    if (!end) {
        qCWarning(lcStation) << "steps of the clock are not noticed:" << end.error().detail;
        return;
    }
    m_end = std::move(end).value();
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

WallClockWatch::~WallClockWatch()
{
    m_thread.request_stop();
    if (m_end)
        m_end->notify();
    if (m_thread.joinable())
        m_thread.join();
}

void WallClockWatch::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "clock-watch");
    const UniqueFd timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    arm(timer);
    ClockComparison comparison(m_options.interval, m_options.lateness);
    comparison.look(m_options.read());
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> entries{pollfd{m_end->fd(), POLLIN, 0},
                                      pollfd{timer.get(), POLLIN, 0}};
        ::poll(entries.data(), entries.size(), int(m_options.interval.count()));
        if (entries[1].revents != 0) {
            std::uint64_t expirations = 0;
            // Fails with ECANCELED: that is the message.
            [[maybe_unused]] const auto got
                = ::read(timer.get(), &expirations, sizeof(expirations));
            arm(timer);
        }
        const ClockComparison::Findings findings = comparison.look(m_options.read());
        if (!findings.suspended && !findings.stepped)
            continue;
        QMetaObject::invokeMethod(
            this,
            [this, findings] {
                if (findings.suspended)
                    Q_EMIT wasSuspended(*findings.suspended);
                if (findings.stepped)
                    Q_EMIT wallClockStepped(*findings.stepped);
            },
            Qt::QueuedConnection);
    }
}

} // namespace continuo
