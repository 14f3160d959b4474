// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/frameclock.h"

#include <QFile>

#include <cerrno>
#include <ctime>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString readBootId()
{
    QFile file(u"/proc/sys/kernel/random/boot_id"_s);
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll().trimmed())
                                          : QString();
}

} // namespace

void FrameClock::begin(std::int64_t frame, const QString &reason,
                       std::chrono::nanoseconds monotonic)
{
    m_epoch.frame = frame;
    m_epoch.monotonic = monotonic;
    m_epoch.wall = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now().time_since_epoch() + (monotonic - now()));
    m_epoch.bootId = readBootId();
    m_epoch.reason = reason;
}

std::chrono::nanoseconds FrameClock::due(std::int64_t frame) const
{
    return m_epoch.monotonic
        + std::chrono::nanoseconds(framesToNanoseconds(frame - m_epoch.frame, m_rate));
}

std::chrono::microseconds FrameClock::wallTime(std::int64_t frame) const
{
    return m_epoch.wall
        + std::chrono::microseconds(framesToNanoseconds(frame - m_epoch.frame, m_rate) / 1000);
}

std::chrono::nanoseconds FrameClock::now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void FrameClock::sleepUntil(std::chrono::nanoseconds monotonic)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(monotonic);
    const timespec until{time_t(seconds.count()), long((monotonic - seconds).count())};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) { }
}

} // namespace continuo
