// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/cell/cell.h"

namespace continuo {

// What finds faults needs more than what it looks at: terabytes of shadow memory, and pipes, by
// which UBSan asks whether memory can be read.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

// The walls of a cell one by one, in the order in which they can be built. Each for the calling
// thread, or for the whole process where the kernel can.

/// Namespaces of its own, without privileges where the system allows that: no network device but a
/// loopback that is down, an empty root, and no capability, whoever runs it. Errors:
/// PermissionDenied, Unsupported, with what could not be had.
Result<void> enterNamespaces();

/// No path leads to a file or folder any more. The version of the interface that is used: what the
/// kernel has, at most \p newest (1 to 3). Errors: Unsupported.
Result<int> enterLandlock(int newest = 3);

/// Bounds for memory, processor time, descriptors (those that are open) and files; no core dump,
/// and the first to go when the machine's memory is full. Errors: the first that could not be set.
Result<void> setLimits(const CellPlan &plan);

/// Only the system calls that decoding needs; all others are refused with EPERM. Errors:
/// Unsupported.
Result<void> enterSeccomp();

} // namespace continuo
