// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlistchange.h"

namespace continuo {

/// Three-way merge: the change on \p ours that brings in what \p theirs did to \p base.
///
/// Who is who: an item of \p theirs with an id that \p base or \p ours knows, and the same path, is
/// that item. One without an id is the first item of \p base with the same path that no other line
/// claims. Anything else is a new item (and gets a new id if its id is that of another path).
///
/// What is in the result: what both kept and what either added. What one side removed is gone,
/// whatever the other did to it. Values: theirs where they changed them, else ours.
///
/// Order: that of \p ours, with each item that \p theirs moved or added put right below the item
/// that stands above it in \p theirs. So with \p ours unchanged since \p base the result has
/// exactly the order of \p theirs, and with \p theirs unchanged exactly that of \p ours.
PlaylistChange mergePlaylist(const QList<PlaylistItem> &base, const QList<PlaylistItem> &ours,
                             const QList<PlaylistItem> &theirs);

} // namespace continuo
