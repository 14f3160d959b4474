// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

#include <cstdint>
#include <optional>

namespace continuo {

/// What a process may still use once it is in its cell.
struct CellPlan {
    std::uint64_t memoryBytes = 3ULL << 30; ///< heap, stacks and other private memory
    std::optional<int> cpuSeconds; ///< of work that has an end; else it may last
    /// How much it may still write into each file that it has open; nothing: no bound.
    std::optional<std::int64_t> fileBytes;
};

/// Which walls stand. Each is independent of the others: what this kernel, container or user may
/// not do is missing, with the reason.
struct CellReport {
    Result<void> seccomp; ///< refuses system calls; alone enough for all that a cell promises
    Result<int> landlock = 0; ///< the version of its interface that is used
    Result<void> namespaces; ///< no network, no files
    Result<void> limits; ///< memory, descriptors, processor time, core dumps

    /// It can open nothing, connect to nothing and start nothing.
    bool isClosed() const { return bool(seccomp); }
    /// {"closed":bool,"seccomp":W,"landlock":W,"namespaces":W,"limits":W}; W is true, or a text
    /// that says why not; of Landlock the version in place of true.
    QJsonObject toJson() const;
};

/// From here on this process can read and write what it has open, compute and start threads: no
/// other file, no network, no process, no more descriptors. For a process that has one thread; for
/// good. Whoever may be ended by PR_SET_PDEATHSIG stays so.
CellReport enterCell(const CellPlan &plan);

} // namespace continuo
