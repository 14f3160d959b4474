// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistchange.h"

#include "core/playlist/longestrising.h"

#include <QDir>
#include <QHash>
#include <QJsonArray>
#include <QSet>

#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Result<void> checkItem(const PlaylistItem &item)
{
    if (!isValidItemId(item.id))
        return invalidArgument(u"\"%1\" is no item id"_s.arg(item.id));
    if (!QDir::isAbsolutePath(item.path))
        return invalidArgument(u"the path \"%1\" is not absolute"_s.arg(item.path));
    if (item.path.contains(QChar(u'\0')))
        return invalidArgument(u"a path holds a NUL"_s);
    return {};
}

/// Ids that leave their place; checks what \p change says about items of \p rows.
Result<QSet<QString>> touchedIds(const QHash<QString, int> &rows, const PlaylistChange &change)
{
    QSet<QString> touched;
    for (const QString &id : change.removed) {
        if (!rows.contains(id))
            return Error{ErrorCode::NotFound, u"no item %1 in the list"_s.arg(id)};
        if (touched.contains(id))
            return invalidArgument(u"item %1 is named twice"_s.arg(id));
        touched.insert(id);
    }
    for (const PlacedItem &placed : change.placed) {
        if (Result<void> good = checkItem(placed.item); !good)
            return good.error();
        if (touched.contains(placed.item.id))
            return invalidArgument(u"item %1 is named twice"_s.arg(placed.item.id));
        touched.insert(placed.item.id);
    }
    return touched;
}

} // namespace

Result<QList<PlaylistItem>> changed(const QList<PlaylistItem> &items, const PlaylistChange &change)
{
    const QHash<QString, int> rows = rowsById(items);
    const Result<QSet<QString>> touched = touchedIds(rows, change);
    if (!touched)
        return touched.error();

    QList<PlaylistItem> result;
    result.reserve(items.size() + change.placed.size());
    auto kept = items.begin();
    const auto appendKeptUpTo = [&](qsizetype size) {
        for (; kept != items.end() && result.size() < size; ++kept) {
            if (!touched.value().contains(kept->id))
                result.append(*kept);
        }
    };
    for (const PlacedItem &placed : change.placed) {
        if (placed.row < result.size())
            return invalidArgument(u"row %1 is out of order or negative"_s.arg(placed.row));
        appendKeptUpTo(placed.row);
        if (placed.row != result.size())
            return invalidArgument(u"row %1 lies behind the end of the list"_s.arg(placed.row));
        result.append(placed.item);
    }
    appendKeptUpTo(items.size() + change.placed.size());

    if (change.updated.isEmpty())
        return result;
    const QHash<QString, int> newRows = rowsById(result);
    for (const PlaylistItem &item : change.updated) {
        if (Result<void> good = checkItem(item); !good)
            return good.error();
        const auto row = newRows.constFind(item.id);
        if (row == newRows.constEnd())
            return Error{ErrorCode::NotFound, u"no item %1 in the list"_s.arg(item.id)};
        result[*row] = item;
    }
    return result;
}

PlaylistChange inverted(const QList<PlaylistItem> &before, const PlaylistChange &change)
{
    const QHash<QString, int> rows = rowsById(before);
    QSet<QString> toPlace(change.removed.begin(), change.removed.end());
    PlaylistChange inverse;
    for (const PlacedItem &placed : change.placed) {
        if (rows.contains(placed.item.id))
            toPlace.insert(placed.item.id);
        else
            inverse.removed.append(placed.item.id);
    }
    for (int row = 0; row < before.size() && !toPlace.isEmpty(); ++row) {
        if (toPlace.contains(before[row].id))
            inverse.placed.append({row, before[row]});
    }
    for (const PlaylistItem &item : change.updated) {
        if (rows.contains(item.id) && !toPlace.contains(item.id))
            inverse.updated.append(before[rows[item.id]]);
    }
    return inverse;
}

PlaylistChange changeBetween(const QList<PlaylistItem> &from, const QList<PlaylistItem> &to)
{
    const QHash<QString, int> oldRows = rowsById(from);
    const QHash<QString, int> newRows = rowsById(to);
    PlaylistChange change;
    for (const PlaylistItem &item : from) {
        if (!newRows.contains(item.id))
            change.removed.append(item.id);
    }
    std::vector<int> commonOldRows;
    for (const PlaylistItem &item : to) {
        if (const auto row = oldRows.constFind(item.id); row != oldRows.constEnd())
            commonOldRows.push_back(*row);
    }
    const std::vector<bool> stays = longestRising(commonOldRows);
    std::size_t common = 0;
    for (int row = 0; row < to.size(); ++row) {
        const auto old = oldRows.constFind(to[row].id);
        if (old == oldRows.constEnd() || !stays[common++])
            change.placed.append({row, to[row]});
        else if (!(from[*old] == to[row]))
            change.updated.append(to[row]);
    }
    return change;
}

QJsonObject changeToJson(const PlaylistChange &change)
{
    QJsonObject object;
    if (!change.removed.isEmpty())
        object[u"remove"_s] = QJsonArray::fromStringList(change.removed);
    QJsonArray placed;
    for (const PlacedItem &place : change.placed)
        placed.append(QJsonObject{{u"row"_s, place.row}, {u"item"_s, itemToJson(place.item)}});
    if (!placed.isEmpty())
        object[u"place"_s] = placed;
    QJsonArray updated;
    for (const PlaylistItem &item : change.updated)
        updated.append(itemToJson(item));
    if (!updated.isEmpty())
        object[u"update"_s] = updated;
    return object;
}

Result<PlaylistChange> changeFromJson(const QJsonObject &object)
{
    PlaylistChange change;
    const QJsonArray removed = object[u"remove"_s].toArray();
    for (const QJsonValue &id : removed)
        change.removed.append(id.toString());
    const QJsonArray placed = object[u"place"_s].toArray();
    for (const QJsonValue &place : placed) {
        Result<PlaylistItem> item = itemFromJson(place[u"item"_s].toObject());
        if (!item)
            return item.error();
        change.placed.append({place[u"row"_s].toInt(-1), std::move(item).value()});
    }
    const QJsonArray updated = object[u"update"_s].toArray();
    for (const QJsonValue &value : updated) {
        Result<PlaylistItem> item = itemFromJson(value.toObject());
        if (!item)
            return item.error();
        change.updated.append(std::move(item).value());
    }
    return change;
}

} // namespace continuo
