// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlistitem.h"

#include <QList>

namespace continuo {

/// An item and the row where it stands after a change.
struct PlacedItem {
    int row = 0;
    PlaylistItem item;

    friend bool operator==(const PlacedItem &, const PlacedItem &) = default;
};

/// What every edit comes down to, and what is journalled: take out `removed` and whatever of
/// `placed` is in the list; put `placed` (rising rows, counted in the finished list) in; the
/// others keep their order. Then `updated` items get new values where they stand.
struct PlaylistChange {
    QStringList removed;
    QList<PlacedItem> placed;
    QList<PlaylistItem> updated;

    bool isEmpty() const { return removed.isEmpty() && placed.isEmpty() && updated.isEmpty(); }
    friend bool operator==(const PlaylistChange &, const PlaylistChange &) = default;
};

/// \p items after \p change. Errors: NotFound (removes or updates an id that is not there),
/// InvalidArgument (rows that do not rise or lie outside, an id named twice, a bad id or path).
Result<QList<PlaylistItem>> changed(const QList<PlaylistItem> &items, const PlaylistChange &change);
/// The change that turns changed(before, change) back into \p before.
PlaylistChange inverted(const QList<PlaylistItem> &before, const PlaylistChange &change);
/// A smallest change (fewest rows moved) that turns \p from into \p to; ids unique in each.
PlaylistChange changeBetween(const QList<PlaylistItem> &from, const QList<PlaylistItem> &to);

QJsonObject changeToJson(const PlaylistChange &change);
/// Errors: Corrupt.
Result<PlaylistChange> changeFromJson(const QJsonObject &object);

} // namespace continuo
