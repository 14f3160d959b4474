// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistmerge.h"

#include "core/playlist/longestrising.h"

#include <QHash>
#include <QSet>

#include <list>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using Rows = QHash<QString, int>;

/// \p theirs with an id in every item: see mergePlaylist().
QList<PlaylistItem> identified(QList<PlaylistItem> theirs, const QList<PlaylistItem> &base,
                               const Rows &baseRows, const QList<PlaylistItem> &ours,
                               const Rows &ourRows)
{
    QSet<QString> taken;
    for (PlaylistItem &item : theirs) {
        if (item.id.isEmpty())
            continue;
        const int row = baseRows.value(item.id, -1);
        const int ourRow = ourRows.value(item.id, -1);
        const bool sameInBase = row >= 0 && base[row].path == item.path;
        const bool sameInOurs = ourRow >= 0 && ours[ourRow].path == item.path;
        const bool isNew = row < 0 && ourRow < 0;
        if (taken.contains(item.id) || !(sameInBase || sameInOurs || isNew))
            item.id.clear();
        else
            taken.insert(item.id);
    }
    QHash<QString, QList<int>> unclaimed; // path to rows of base, first row last
    for (int row = int(base.size()) - 1; row >= 0; --row) {
        if (!taken.contains(base[row].id))
            unclaimed[base[row].path].append(row);
    }
    for (PlaylistItem &item : theirs) {
        if (!item.id.isEmpty())
            continue;
        const auto rows = unclaimed.find(item.path);
        if (rows != unclaimed.end() && !rows->isEmpty()) {
            item.id = base[rows->takeLast()].id;
        } else {
            do
                item.id = makeItemId();
            while (taken.contains(item.id) || baseRows.contains(item.id)
                   || ourRows.contains(item.id));
        }
        taken.insert(item.id);
    }
    return theirs;
}

template <typename T> T merged(const T &base, const T &ours, const T &theirs)
{
    return theirs == base ? ours : theirs;
}

PlaylistItem mergedItem(const PlaylistItem &base, const PlaylistItem &ours,
                        const PlaylistItem &theirs)
{
    PlaylistItem item = ours;
    // A plain list of paths says nothing about titles: that takes none away.
    item.title = theirs.title.isEmpty() ? ours.title : merged(base.title, ours.title, theirs.title);
    item.duration
        = theirs.duration ? merged(base.duration, ours.duration, theirs.duration) : ours.duration;
    item.in = merged(base.in, ours.in, theirs.in);
    item.out = merged(base.out, ours.out, theirs.out);
    item.category = merged(base.category, ours.category, theirs.category);
    item.sound = merged(base.sound, ours.sound, theirs.sound);
    item.attributes = merged(base.attributes, ours.attributes, theirs.attributes);
    item.tags = merged(base.tags, ours.tags, theirs.tags);
    return item;
}

/// Ids of \p theirs that stand elsewhere than in \p base, relative to each other, or are new.
QSet<QString> movedOrAdded(const QList<PlaylistItem> &theirs, const Rows &baseRows)
{
    std::vector<int> rows;
    for (const PlaylistItem &item : theirs) {
        if (const auto row = baseRows.constFind(item.id); row != baseRows.constEnd())
            rows.push_back(*row);
    }
    const std::vector<bool> stays = longestRising(rows);
    QSet<QString> ids;
    std::size_t common = 0;
    for (const PlaylistItem &item : theirs) {
        if (!baseRows.contains(item.id) || !stays[common++])
            ids.insert(item.id);
    }
    return ids;
}

} // namespace

PlaylistChange mergePlaylist(const QList<PlaylistItem> &base, const QList<PlaylistItem> &ours,
                             const QList<PlaylistItem> &theirs)
{
    const Rows baseRows = rowsById(base);
    const Rows ourRows = rowsById(ours);
    const QList<PlaylistItem> theirItems = identified(theirs, base, baseRows, ours, ourRows);
    const Rows theirRows = rowsById(theirItems);
    const QSet<QString> moved = movedOrAdded(theirItems, baseRows);

    const auto isKept = [&](const QString &id) {
        const bool inOurs = ourRows.contains(id);
        const bool inTheirs = theirRows.contains(id);
        return (inOurs && inTheirs) || !baseRows.contains(id);
    };
    // The spine: ours without what they removed or moved (a list, for insertions in its middle).
    std::list<PlaylistItem> result;
    QHash<QString, std::list<PlaylistItem>::iterator> places;
    for (const PlaylistItem &item : ours) {
        // An id that both sides added is the same item (a file read back after an edit of ours).
        const bool addedByBoth = !baseRows.contains(item.id) && theirRows.contains(item.id);
        if (isKept(item.id) && (!moved.contains(item.id) || addedByBoth))
            places.insert(item.id, result.insert(result.end(), item));
    }
    auto place = result.begin(); // where the next item of theirs goes: right below the last one
    for (const PlaylistItem &item : theirItems) {
        if (!isKept(item.id))
            continue;
        if (const auto known = places.constFind(item.id); known != places.constEnd()) {
            place = std::next(*known);
            continue;
        }
        place = std::next(result.insert(place, item));
    }

    QList<PlaylistItem> list;
    list.reserve(qsizetype(result.size()));
    for (PlaylistItem &item : result) {
        const int theirRow = theirRows.value(item.id, -1);
        const int ourRow = ourRows.value(item.id, -1);
        if (theirRow >= 0 && ourRow >= 0) {
            const int row = baseRows.value(item.id, -1);
            const PlaylistItem &mine = ours[ourRow];
            item = mergedItem(row < 0 ? mine : base[row], mine, theirItems[theirRow]);
        } else if (item.title.isEmpty()) {
            item.title = titleFromPath(item.path);
        }
        list.append(std::move(item));
    }
    return changeBetween(ours, list);
}

} // namespace continuo
