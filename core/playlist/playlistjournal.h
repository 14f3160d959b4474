// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/uniquefd.h"
#include "core/playlist/playlist.h"

#include <optional>

namespace continuo {

/// A list as it was at one of its versions.
struct PlaylistVersion {
    quint64 version = 0;
    QList<PlaylistItem> items;
};

/// Keeps a playlist on disk so that nothing answered is lost, whatever the instant of a power cut.
///
/// Two files in the folder: `playlist.snapshot` (whole list, replaced atomically) and
/// `playlist.journal`, one line a version. Each line, of the snapshot too, is 16 hex digits of the
/// SHA-256 of the rest, a space, JSON (an older snapshot is the JSON alone).
/// A record is on the disk (fdatasync) before append() returns. When the journal is longer than
/// the list it is folded into a new snapshot; records at or below the snapshot's version count for
/// nothing, so a cut between the two steps does no harm. Not thread-safe.
class PlaylistJournal final {
public:
    enum class Kind { Forward, Undo };
    static constexpr int kKeptVersions = 32; ///< last versions that open() gives back

    struct Opened;
    /// Reads what is there (nothing: an empty list of version 0). A last line that is torn was
    /// never answered and is cut off. A damaged line before others is a disk fault: what stands
    /// before it is used, the damaged file is kept aside and named in `warning`. \p alsoKeep: a
    /// version to give back besides the last ones, if it is not older than the snapshot.
    ///
    /// \p listFile: the list as it stands in another file. It takes the place of a damaged
    /// snapshot, which is replaced, kept aside and named in `warning`: journalled edits after its
    /// version are done on it. Items without id get one. Errors: PermissionDenied, NoSpace, Io;
    /// Corrupt (a damaged snapshot and no list file); then the files are as they were.
    static Result<Opened> open(const QString &folder, std::optional<quint64> alsoKeep = {},
                               const std::optional<PlaylistVersion> &listFile = {});

    /// Writes down that \p change makes \p version. Blocks for one fdatasync. Errors: NoSpace, Io;
    /// then the file is as before and the edit must not be done.
    Result<void> append(quint64 version, const PlaylistChange &change, Kind kind);
    /// True when the journal has outgrown the list.
    bool isCompactionDue() const;
    /// Folds the journal into a snapshot of \p list. Errors: NoSpace, Io (nothing is lost, and the
    /// next edit may try again).
    Result<void> compact(const Playlist &list);

private:
    static Result<void> openRecords(Opened &opened, std::optional<quint64> alsoKeep);
    static void replaceSnapshot(Opened &opened, const Error &damage);

    QString m_folder;
    UniqueFd m_file;
    qint64 m_size = 0; // bytes of whole records
    qint64 m_snapshotSize = 0;
};

struct PlaylistJournal::Opened {
    PlaylistJournal journal;
    Playlist playlist;
    QList<PlaylistVersion> versions; ///< kept ones, oldest first, the present one last
    QString warning; ///< empty, or what was wrong with the files
};

} // namespace continuo
