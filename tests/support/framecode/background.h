// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <utility>

namespace framecode {

/// Does \p work on a thread of low priority (processes and threads that it starts included) and
/// waits for it: making and judging clips must not take the processor from a station that is
/// on air for another test.
template <typename Work> auto inBackground(const Work &work)
{
    constexpr int kNice = 10;
    std::optional<decltype(work())> result;
    std::thread thread([&] {
        ::setpriority(PRIO_PROCESS, id_t(::syscall(SYS_gettid)), kNice);
        result.emplace(work());
    });
    thread.join();
    return *std::move(result);
}

} // namespace framecode
