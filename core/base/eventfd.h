// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <chrono>

namespace continuo {

/// A wake-up that can be polled beside other descriptors. Any thread may notify.
class EventFd final {
public:
    /// A new non-blocking, close-on-exec eventfd. Errors: Io.
    static Result<EventFd> create();
    /// Wraps a descriptor that was inherited.
    explicit EventFd(UniqueFd fd)
        : m_fd(std::move(fd))
    {
    }

    void notify() const;
    /// Takes all pending notifications; false when there was none. Never blocks.
    bool clear() const;
    /// Waits for a notification and clears it; false after \p timeout.
    bool wait(std::chrono::milliseconds timeout) const;
    int fd() const { return m_fd.get(); }

private:
    UniqueFd m_fd;
};

} // namespace continuo
