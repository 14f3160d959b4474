// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playlist/playlist.h"

namespace continuo {

enum class Looping { Off, On };

/// Where a channel stands in its list, and so what follows. The whole rule (tests replay accepted
/// edits with code of their own, so it is kept simple and complete here):
///
/// 1. An item named by setNext() follows, if it is (still) in the list. Removed from the list it is
///    forgotten; going on air uses it up. What follows *it* comes from its own row.
/// 2. Else, if the item on air is in the list, the item in the row below it follows, wherever
///    edits have moved either.
/// 3. Else (it was removed, or nothing is on air) the place is kept as the item above it:
///    the item in the row below that one follows. If an edit removes or moves that item too, the
///    place goes up to the nearest item above (in the list before the edit) that the edit neither
///    removes nor moves; if there is none, to the top of the list. So what took the place of a
///    removed item follows, and so does what is inserted at its row.
/// 4. When the row below does not exist: the first row if looping, else nothing. An item that is
///    added behind the end later follows then, by 3.
///
/// An item "placed" by a change (PlaylistChange::placed) counts as moved. A value; one thread.
class PlaylistCursor final {
public:
    /// \p id goes on air; the place follows it. Uses up setNext() when that was it.
    void putOnAir(const QString &id);
    /// The item on air has ended and nothing followed: its place is kept. Also for slate.
    void finish();
    /// Back to the top of the list, nothing on air, no choice of what is next.
    void reset();
    /// \p id is to follow; empty: what the rule says. The caller checks that it is in the list.
    void setNext(const QString &id) { m_next = id; }
    /// Takes note of an edit that has been done. Call for each, in order.
    void follow(const EditOutcome &outcome);

    const QString &onAirId() const { return m_onAir; } ///< empty: nothing of the list
    const QString &nextId() const { return m_next; } ///< as set by setNext()
    /// The item that follows; empty: nothing.
    QString followingId(const Playlist &list, Looping looping) const;
    /// The next \p count items in order (fewer when the list ends), the following one first.
    QStringList following(const Playlist &list, Looping looping, int count) const;

    QJsonObject toJson() const;
    static PlaylistCursor fromJson(const QJsonObject &object);

private:
    QString m_onAir;
    QString m_above; // item above the place when the item on air is not in the list; empty: top
    QString m_next;
};

} // namespace continuo
