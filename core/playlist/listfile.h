// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QString>

namespace continuo {

/// What stands in a list file. Whatever was put in its place, this neither waits for it nor reads
/// more than 64 MiB: a list of Playlist::kMaxItems with paths of 1 KiB.
///
/// Errors, whose detail does not repeat the path: Unsupported (a pipe, a folder, a device: what no
/// waiting turns into a list), NoSpace (too large), NotFound, PermissionDenied, Io.
Result<QByteArray> readListFile(const QString &path);

} // namespace continuo
