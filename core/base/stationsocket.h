// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messagesocket.h"

#include <QString>

#include <sys/types.h>

namespace continuo {

/// Where an engine that lost its keeper waits for another one: a SOCK_SEQPACKET socket in the
/// runtime folder, of our own user only.
class AdoptionSocket final {
public:
    /// Listens at \p path in place of whatever stood there. Errors: InvalidArgument (path too
    /// long), Io.
    static Result<UniqueFd> listen(const QString &path);
    /// The next who came; nothing when nobody waits or it is another user.
    static MessageSocket accept(int listener);
    /// The engine that listens at \p path, and its pid. Errors: NotFound (nobody does), Io.
    static Result<std::pair<MessageSocket, pid_t>> connect(const QString &path);
};

} // namespace continuo
