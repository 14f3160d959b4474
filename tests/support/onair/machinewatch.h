// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <sched.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace continuo {

/// What a MachineWatch had seen at some moment.
struct MachineTally {
    int stalls = 0;
    std::vector<int> lateFrames; ///< by processor; none: nothing
};

/// A witness of the machine: on each processor a thread, in real time where that is permitted, that
/// does nothing but sleep for 10 ms. When it wakes 25 ms late, nothing else on that processor can
/// have been in time: a virtual machine that its host has put aside, or a kernel busy with itself.
class MachineWatch final {
public:
    MachineWatch();
    ~MachineWatch() = default; // the threads end with it

    int stalls() const { return m_stalls; } ///< how often the machine stood still
    std::chrono::milliseconds longest() const { return std::chrono::milliseconds(m_longestMs); }
    MachineTally tally() const;
    /// How many frames of 30 a second can be late by what it has seen since \p then.
    int lateFramesSince(const MachineTally &then) const;
    /// Whether its threads run in real time. Where they may not (an ordinary user), they wait for
    /// what else runs: a load then looks like a machine that stands still.
    bool isInRealTime() const { return m_isInRealTime; }
    std::vector<qint64> stoodMs() const; ///< for how long in all, each processor by itself

private:
    void watch(const std::stop_token &stop, int processor);

    std::atomic<int> m_stalls = 0;
    std::atomic<int> m_longestMs = 0;
    std::atomic<bool> m_isInRealTime = true;
    std::array<std::atomic<qint64>, CPU_SETSIZE> m_stoodMs{};
    std::array<std::atomic<int>, CPU_SETSIZE> m_lateFrames{};
    std::vector<std::jthread> m_threads; // last: they use the above
};

} // namespace continuo
