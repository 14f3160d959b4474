// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

namespace continuo {

/// The four folders of a station (design: "Where things are").
struct StationPaths {
    QString config; ///< settings and channels
    QString data; ///< playlists, journals, databases
    QString runtime; ///< FIFOs and sockets, 0700
    QString logs;

    /// With \p stateFolder everything stands under it (config, data, run, log); else the XDG
    /// folders. With XDG_RUNTIME_DIR unset, runtime is a 0700 folder inside the XDG state folder.
    static StationPaths forState(const QString &stateFolder);
    /// Makes all four, runtime 0700. Errors: PermissionDenied, NoSpace, Io.
    Result<void> create() const;

    QString controlSocket() const { return runtime + QStringLiteral("/control"); }
    /// Where the engine waits for another keeper.
    QString adoptionSocket() const { return runtime + QStringLiteral("/adopt"); }
    QString channelConfig(const QString &channel) const; ///< folder of one channel's settings
    QString channelData(const QString &channel) const; ///< folder of its playlist and journals
    QString channelRuntime(const QString &channel) const; ///< folder of its FIFOs
};

enum class Lasting {
    UntilPowerCut, ///< what is of use to running processes only
    Always, ///< their names are on the disk before this returns, where the file system can
};
/// Makes \p folder and its parents with \p mode for the last one. Errors as create(). Blocks for
/// the disk where they are to last.
Result<void> makeFolder(const QString &folder, unsigned mode, Lasting lasting = Lasting::Always);
/// Has what was made, renamed or removed in \p folder outlast a power cut, where the file system
/// can. Blocks for the disk.
void syncFolder(const QString &folder);
/// Writes \p bytes so that after a power cut either the old or the new content stands there:
/// temporary file beside it, fsync, rename, fsync of the folder. Errors: NoSpace, PermissionDenied,
/// Io.
Result<void> writeFileDurably(const QString &path, const QByteArray &bytes, unsigned mode = 0644);

} // namespace continuo
