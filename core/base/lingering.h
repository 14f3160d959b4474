// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace continuo {

/// Whether the station ends with the last logout of its user: systemd then removes /run/user/UID,
/// where \p runtimeFolder is, and what runs for the user, unless lingering is on. \p lingerFolder:
/// where `loginctl enable-linger` notes it; reading it needs no bus.
bool endsWithLastLogout(const QString &runtimeFolder,
                        const QString &lingerFolder = QStringLiteral("/var/lib/systemd/linger"));

/// The name of the user who runs this; the number where there is no name.
QString userName();

} // namespace continuo
