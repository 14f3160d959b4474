// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded before libc (LD_PRELOAD), it lets every process of a station see the wall clock set by as
// many seconds as stand, as a 64-bit number, in the file that CONTINUO_TEST_CLOCK names. Monotonic
// clocks and what the kernel waits for are the real ones, as with a clock that is truly set.
// (libfaketime also puts itself before the waits for condition variables, and these then never
// end.)
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

std::int64_t shiftSeconds()
{
    static std::int64_t *const shift = [] {
        static std::int64_t none = 0;
        const char *const path = std::getenv("CONTINUO_TEST_CLOCK");
        const int file = path != nullptr ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
        if (file < 0)
            return &none;
        void *const mapped
            = ::mmap(nullptr, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        return mapped == MAP_FAILED ? &none : static_cast<std::int64_t *>(mapped);
    }();
    return std::atomic_ref(*shift).load(std::memory_order_relaxed);
}

template <typename Function> Function next(const char *name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" int clock_gettime(clockid_t clock, timespec *time) noexcept
{
    static const auto real = next<int (*)(clockid_t, timespec *)>("clock_gettime");
    const int status = real(clock, time);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += shiftSeconds();
    return status;
}

extern "C" int gettimeofday(timeval *time, void *zone) noexcept
{
    static const auto real = next<int (*)(timeval *, void *)>("gettimeofday");
    const int status = real(time, zone);
    if (status == 0)
        time->tv_sec += shiftSeconds();
    return status;
}

extern "C" time_t time(time_t *result) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr)
        *result = now.tv_sec;
    return now.tv_sec;
}
