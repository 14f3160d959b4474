// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/eventfd.h"
#include "core/base/uniquefd.h"

#include <QString>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace continuo {

/// How full a pipe is, in bytes.
struct PipeLevel {
    int bytes = 0;
    int capacity = 0;
};

/// The pipe size that we ask for: as fast as 1 MiB, and an unprivileged user may have 256 of them
/// (64 MiB of pipe pages in all).
constexpr int kPipeBytes = 256 * 1024;

/// Makes a FIFO (0600) at \p path; a stale one of that name is removed first.
/// Errors: PermissionDenied, NoSpace, Io.
Result<void> createFifo(const QString &path);

/// How much waits in the pipe behind \p fd (either end). Zeros for a closed descriptor.
PipeLevel pipeLevel(int fd);

/// The same of the FIFO at \p path, for somebody who has neither end. Zeros when nobody has it open
/// or it is gone.
PipeLevel fifoLevel(const QString &path);

/// The write end of a FIFO. One owner thread. Never O_RDWR: with no reader it would swallow data
/// unseen. SIGPIPE must be ignored by the program.
class FifoWriter final {
public:
    /// Opens \p path for writing once a reader has it open; asks every 2 ms.
    /// Errors: Timeout, Closed (\p stop was notified), NotFound (FIFO deleted), Io.
    static Result<FifoWriter> open(const QString &path, const EventFd &stop,
                                   std::chrono::milliseconds timeout);

    /// Goes on with a write end that is open already (of an engine that died).
    static FifoWriter adopt(UniqueFd fd) { return FifoWriter(std::move(fd)); }

    /// Writes all bytes, waiting for room as long as it takes.
    /// Errors: Closed (reader gone, native EPIPE; or \p stop was notified, native ECANCELED), Io.
    Result<void> write(const std::uint8_t *bytes, std::size_t count, const EventFd &stop);

    /// The same without a copy: the pipe holds the very pages until the reader has read them, so
    /// \p bytes must not change until then (vmsplice(2)). At 720p30 it spares the engine half of
    /// its CPU time. Blocking and errors as write().
    Result<void> lend(const std::uint8_t *bytes, std::size_t count, const EventFd &stop);

    int fd() const { return m_fd.get(); }

private:
    explicit FifoWriter(UniqueFd fd)
        : m_fd(std::move(fd))
    {
    }

    template <typename Take>
    Result<void> hand(const std::uint8_t *bytes, std::size_t count, const EventFd &stop, Take take);

    UniqueFd m_fd;
};

} // namespace continuo
