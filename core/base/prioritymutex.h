// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <pthread.h>

namespace continuo {

/// A mutex whose holder runs with the priority of the most urgent thread that waits for it, so that
/// a clock thread in real time does not wait for a preview thread that the scheduler has put aside
/// (priority inheritance, pthread_mutexattr_setprotocol(3)). std::mutex has no way to ask for it.
/// For std::lock_guard, std::unique_lock and std::condition_variable_any.
class PriorityMutex final {
public:
    PriorityMutex();
    ~PriorityMutex();
    PriorityMutex(const PriorityMutex &) = delete;
    PriorityMutex &operator=(const PriorityMutex &) = delete;

    void lock() { ::pthread_mutex_lock(&m_mutex); }
    bool try_lock() { return ::pthread_mutex_trylock(&m_mutex) == 0; }
    void unlock() { ::pthread_mutex_unlock(&m_mutex); }

private:
    pthread_mutex_t m_mutex;
};

} // namespace continuo
