// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ctime>

namespace continuo {

/// What the calling thread has used of a processor so far, in ms: unlike the time that passes, it
/// does not grow while others have the processor.
inline long threadCpuMs()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1'000'000;
}

} // namespace continuo
