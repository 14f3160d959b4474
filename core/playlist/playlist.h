// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlistchange.h"

#include <QHash>

#include <variant>

namespace continuo {

/// Puts items before \p row (the row behind the last: at the end; -1: at the end).
struct InsertEdit {
    int row = -1;
    QList<PlaylistItem> items; ///< an empty id is filled in, an empty title made from the path
};
struct RemoveEdit {
    QStringList ids;
};
/// Puts the items, in the order of \p ids, before \p row, counted in the list before the move.
struct MoveEdit {
    QStringList ids;
    int row = 0;
};
struct ClearEdit { };
/// The whole list anew; items whose id is kept are the same items.
struct ReplaceEdit {
    QList<PlaylistItem> items;
};
/// New values for items, found by id, where they stand.
struct UpdateEdit {
    QList<PlaylistItem> items;
};

/// One edit as a client asks for it.
using Edit = std::variant<InsertEdit, RemoveEdit, MoveEdit, ClearEdit, ReplaceEdit, UpdateEdit,
                          PlaylistChange>;

/// An edit that has been done.
struct EditOutcome {
    quint64 version = 0; ///< of the list after it
    PlaylistChange change; ///< what it came down to, ids filled in
    QList<PlaylistItem> before; ///< the list before it (shared, costs nothing)
    QStringList insertedIds; ///< items that were not in the list before, in order
};

/// An ordered list of items with a version that rises by one with every edit. A value; used by one
/// thread (the engine's main thread). Ids are unique in it.
class Playlist final {
public:
    static constexpr int kMaxItems = 50000;
    static constexpr int kMaxUndo = 200;

    Playlist() = default;
    /// A list as it was kept, nothing to undo. Errors: Corrupt (an id twice, a bad item).
    static Result<Playlist> restored(const QList<PlaylistItem> &items, quint64 version);

    /// What \p edit comes down to, without doing it. Errors: NotFound (an id that is not in the
    /// list), AlreadyExists (an inserted id that is), InvalidArgument (row out of range, an id
    /// twice, a bad path), NoSpace (more than kMaxItems).
    Result<PlaylistChange> prepare(const Edit &edit) const;
    /// Does \p edit; can be undone. Errors as prepare(); then nothing has changed.
    Result<EditOutcome> apply(const Edit &edit);
    /// Takes back the last edit that was not taken back yet. Itself a new version; the change to
    /// journal is in the outcome. Errors: NotFound (nothing to undo).
    Result<EditOutcome> undo();
    /// Does \p change, which undo() made once, again: never puts anything onto the stack of what
    /// can be undone, and takes its top off if there is one (there is none where the undone edit is
    /// older than restored()). Errors: as changed(); then nothing has changed.
    Result<EditOutcome> replayUndo(const PlaylistChange &change);
    /// The change that undo() would make. Errors: NotFound.
    Result<PlaylistChange> prepareUndo() const;
    bool canUndo() const { return !m_undo.isEmpty(); }

    quint64 version() const { return m_version; }
    const QList<PlaylistItem> &items() const { return m_items; }
    int size() const { return int(m_items.size()); }
    bool isEmpty() const { return m_items.isEmpty(); }
    /// The row of an item, -1 when it is not there.
    int rowOf(const QString &id) const { return m_rows.value(id, -1); }
    bool contains(const QString &id) const { return m_rows.contains(id); }
    /// The item, nullptr when it is not there. Valid until the next edit.
    const PlaylistItem *item(const QString &id) const;

private:
    Result<EditOutcome> commit(const PlaylistChange &change);
    Result<QList<PlaylistItem>> completed(QList<PlaylistItem> items) const;

    QList<PlaylistItem> m_items;
    QHash<QString, int> m_rows; // id to row
    quint64 m_version = 0;
    QList<PlaylistChange> m_undo; // inverses, oldest first
};

} // namespace continuo
