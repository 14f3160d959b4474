// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/onair/machinewatch.h"

#include <pthread.h>

#include <algorithm>

using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kSleep = 10ms;
constexpr auto kFrame = 33ms; // at 30 a second
constexpr auto kStall = 23ms; // with the sleep before it: a frame

} // namespace

MachineWatch::MachineWatch()
{
    cpu_set_t ours;
    if (::sched_getaffinity(0, sizeof ours, &ours) < 0)
        return;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
        if (CPU_ISSET(std::size_t(processor), &ours))
            m_threads.emplace_back(
                [this, processor](const std::stop_token &stop) { watch(stop, processor); });
    }
}

std::vector<qint64> MachineWatch::stoodMs() const
{
    return std::vector<qint64>(m_stoodMs.begin(), m_stoodMs.end());
}

MachineTally MachineWatch::tally() const
{
    return {m_stalls, std::vector<int>(m_lateFrames.begin(), m_lateFrames.end())};
}

// Each frame that was due while a processor stood still is late. Processors that stand still at the
// same time are one machine: the worst counts, and a stall of any is one frame at least.
int MachineWatch::lateFramesSince(const MachineTally &then) const
{
    int most = m_stalls - then.stalls;
    for (std::size_t i = 0; i < m_lateFrames.size(); ++i) {
        const int before = i < then.lateFrames.size() ? then.lateFrames[i] : 0;
        most = std::max(most, m_lateFrames[i].load() - before);
    }
    return most;
}

void MachineWatch::watch(const std::stop_token &stop, int processor)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(std::size_t(processor), &one);
    ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
    const sched_param first{1};
    if (::pthread_setschedparam(::pthread_self(), SCHED_RR, &first) != 0)
        m_isInRealTime = false;
    auto due = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
        due += kSleep;
        std::this_thread::sleep_until(due);
        const auto now = std::chrono::steady_clock::now();
        if (now - due < kStall)
            continue;
        ++m_stalls;
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - due);
        m_longestMs = std::max(m_longestMs.load(), int(took.count()));
        m_stoodMs[std::size_t(processor)] += took.count();
        m_lateFrames[std::size_t(processor)] += int(took / kFrame) + 1;
        due = now;
    }
}

} // namespace continuo
