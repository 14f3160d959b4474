// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QString>

namespace continuo {

/// A listening stream socket at \p path, mode 0700, non-blocking, close-on-exec. A socket file that
/// nobody listens to any more (after kill -9) is replaced. Paths of any length.
/// Errors: AlreadyExists (another engine listens there), PermissionDenied, NotFound (folder), Io.
Result<UniqueFd> listenLocally(const QString &path);

/// A connected stream socket, non-blocking. Does not wait: a full backlog is Busy.
/// Errors: NotFound (no socket there), Refused (nobody listens), PermissionDenied, Busy, Io.
Result<UniqueFd> connectLocally(const QString &path);

/// The next waiting connection, invalid when none waits. Peers of another user (but root) are
/// closed at once: PermissionDenied. Other errors: NoSpace (out of descriptors), Io.
Result<UniqueFd> acceptLocally(int listener);

} // namespace continuo
