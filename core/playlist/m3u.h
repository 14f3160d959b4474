// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlistitem.h"

#include <QByteArray>
#include <QList>

namespace continuo {

/// A list file as it stands on disk.
struct M3uDocument {
    QList<PlaylistItem> items; ///< ids empty where the file gives none (or gives one twice)
    QStringList header; ///< unknown lines that belong to the whole list (#PLAYLIST, #EXT…)
    QStringList trailer; ///< unknown lines below the last item
    quint64 version = 0; ///< of the list it was written from (#CONTINUO-VERSION), 0: not given
};

/// Reads an (extended) M3U list, UTF-8 with or without byte order mark; lines end
/// with LF, CR LF or CR.
///
/// - `#EXTM3U` is not required: a plain list of paths is accepted. A file without a single line is
///   refused (a program that empties a file is more likely than a person who wants that; `#EXTM3U`
///   alone is an empty list).
/// - Above an item's path may stand, in any order: `#EXTINF:SECONDS[ ATTRIBUTES],TITLE`,
///   `#CONTINUO-ID:`, `#CONTINUO-IN:SECONDS`, `#CONTINUO-OUT:SECONDS`, `#CONTINUO-CATEGORY:`.
///   Every other line that begins with # is kept.
/// - A path is relative to \p folder, absolute, or a file: URL. Any other URL is refused.
///
/// Errors: Corrupt, with "line N: reason" (not UTF-8, NUL, #EXTINF or a number that is malformed,
/// an address that is no file, a line over 16 KiB); NoSpace (more than Playlist::kMaxItems items).
/// Source: https://en.wikipedia.org/wiki/M3U (there is no standard).
Result<M3uDocument> parseM3u(const QByteArray &bytes, const QString &folder);

/// The document as extended M3U; parseM3u() gives the same document back (titles lose line breaks).
QByteArray writeM3u(const M3uDocument &document);

} // namespace continuo
