// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistcursor.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString below(const Playlist &list, int row, Looping looping)
{
    if (row + 1 < list.size())
        return list.items().at(row + 1).id;
    return looping == Looping::On && !list.isEmpty() ? list.items().constFirst().id : QString();
}

int rowIn(const QList<PlaylistItem> &items, const QString &id)
{
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const PlaylistItem &item) { return item.id == id; });
    return found == items.end() ? -1 : int(found - items.begin());
}

} // namespace

void PlaylistCursor::putOnAir(const QString &id)
{
    m_onAir = id;
    m_above = id;
    if (m_next == id)
        m_next.clear();
}

void PlaylistCursor::finish()
{
    // m_above is the item itself while it is in the list, else the place that it left.
    m_onAir.clear();
}

void PlaylistCursor::reset()
{
    *this = PlaylistCursor();
}

void PlaylistCursor::follow(const EditOutcome &outcome)
{
    const PlaylistChange &change = outcome.change;
    if (change.removed.contains(m_next))
        m_next.clear();
    // The item on air takes its place along when it moves; any other item does not.
    QSet<QString> touched(change.removed.begin(), change.removed.end());
    for (const PlacedItem &placed : change.placed) {
        if (placed.item.id != m_onAir)
            touched.insert(placed.item.id);
        else
            m_above = m_onAir; // put back by an undo, or moved
    }
    if (!touched.contains(m_above))
        return;
    for (int row = rowIn(outcome.before, m_above) - 1; row >= 0; --row) {
        m_above = outcome.before.at(row).id;
        if (!touched.contains(m_above))
            return;
    }
    m_above.clear();
}

QString PlaylistCursor::followingId(const Playlist &list, Looping looping) const
{
    if (!m_next.isEmpty() && list.contains(m_next))
        return m_next;
    return below(list, list.rowOf(m_above), looping);
}

QStringList PlaylistCursor::following(const Playlist &list, Looping looping, int count) const
{
    QStringList ids;
    QString id = followingId(list, looping);
    while (!id.isEmpty() && ids.size() < count) {
        ids.append(id);
        id = below(list, list.rowOf(id), looping);
    }
    return ids;
}

QJsonObject PlaylistCursor::toJson() const
{
    return {{u"onAir"_s, m_onAir}, {u"above"_s, m_above}, {u"next"_s, m_next}};
}

PlaylistCursor PlaylistCursor::fromJson(const QJsonObject &object)
{
    PlaylistCursor cursor;
    cursor.m_onAir = object[u"onAir"_s].toString();
    cursor.m_above = object[u"above"_s].toString();
    cursor.m_next = object[u"next"_s].toString();
    return cursor;
}

} // namespace continuo
