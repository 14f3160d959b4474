// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/uniquefd.h"
#include "core/cell/walls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;

#if defined(__SANITIZE_ADDRESS__)
// The leak check starts a process that traces this one.
extern "C" int __lsan_is_turned_off()
{
    return 1;
}
#endif

namespace continuo {

namespace {

constexpr char kFirstToGo[] = "500"; // of 1000

bool limit(int what, rlim_t most)
{
    rlimit now{};
    ::getrlimit(__rlimit_resource_t(what), &now);
    const rlim_t bound = std::min(most, now.rlim_max);
    const rlimit wanted{bound, bound};
    return ::setrlimit(__rlimit_resource_t(what), &wanted) == 0;
}

// The largest file that is open (its log, as a rule) and what may still be added to it.
rlim_t fileBound(int descriptors, std::int64_t more)
{
    std::int64_t largest = 0;
    for (int fd = 0; fd < descriptors; ++fd) {
        struct stat info { };
        if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
            && (::fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
            largest = std::max<std::int64_t>(largest, info.st_size);
    }
    return rlim_t(largest + more);
}

} // namespace

Result<void> setLimits(const CellPlan &plan)
{
    {
        const UniqueFd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
        if (score.isValid()) // none in a root without /proc
            static_cast<void>(::write(score.get(), kFirstToGo, sizeof kFirstToGo - 1));
    }
    // The lowest number that is free: no descriptor can be had behind it.
    const UniqueFd free(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    const int descriptors = free.isValid() ? free.get() : 0;
    bool isSet = limit(RLIMIT_CORE, 0);
    if (!kIsSanitized)
        isSet = limit(RLIMIT_DATA, plan.memoryBytes) && isSet;
    if (plan.cpuSeconds)
        isSet = limit(RLIMIT_CPU, rlim_t(*plan.cpuSeconds)) && isSet;
    if (plan.fileBytes) {
        ::signal(SIGXFSZ, SIG_IGN); // a write that fails, not the end
        isSet = limit(RLIMIT_FSIZE, fileBound(descriptors, *plan.fileBytes)) && isSet;
    }
    if (descriptors > 0 && !kIsSanitized)
        isSet = limit(RLIMIT_NOFILE, rlim_t(descriptors)) && isSet;
    if (!isSet)
        return errorFromErrno(errno, u"set the limits"_s);
    return {};
}

} // namespace continuo
