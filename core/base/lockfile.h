// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QString>

namespace continuo {

/// Exit status of keeper and engine when another has the station's lock.
constexpr int kStationTaken = 3;

/// A lock that only one process can have; it ends with the last descriptor of this open file, so
/// it is kept over fork() and let go however the process ends. The file stays.
/// Errors: AlreadyExists (another has it; names its pid), PermissionDenied, NotFound, Io.
Result<UniqueFd> lockFile(const QString &path);
/// Writes our pid into the file, for people and for the error text of lockFile().
void noteLockOwner(int lock);

} // namespace continuo
