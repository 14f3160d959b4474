// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QString>

#include <algorithm>
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

/// What may be used for \p many paths, in ms, when it does not grow with their square: 1.5 s, or
/// twenty times what a set of them takes here and now (a sanitizer, a slow processor).
inline long linearCpuMs(int many)
{
    const long before = threadCpuMs();
    QSet<QString> paths;
    for (int i = 0; i < many; ++i)
        paths.insert(QStringLiteral("/nowhere/%1").arg(i));
    return std::max(1500L, 20 * (threadCpuMs() - before));
}

} // namespace continuo
