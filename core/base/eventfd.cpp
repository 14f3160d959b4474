// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/eventfd.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

using namespace Qt::StringLiterals;

namespace continuo {

Result<EventFd> EventFd::create()
{
    UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!fd.isValid())
        return errorFromErrno(errno, u"create a wake-up descriptor"_s);
    return EventFd(std::move(fd));
}

void EventFd::notify() const
{
    const std::uint64_t one = 1;
    // EAGAIN means that the counter is full, so the other side is woken anyway.
    while (::write(m_fd.get(), &one, sizeof one) < 0 && errno == EINTR) { }
}

bool EventFd::clear() const
{
    std::uint64_t count = 0;
    ssize_t got = 0;
    do {
        got = ::read(m_fd.get(), &count, sizeof count);
    } while (got < 0 && errno == EINTR);
    return got == ssize_t(sizeof count);
}

bool EventFd::wait(std::chrono::milliseconds timeout) const
{
    pollfd entry{m_fd.get(), POLLIN, 0};
    ::poll(&entry, 1, int(timeout.count()));
    return clear();
}

} // namespace continuo
