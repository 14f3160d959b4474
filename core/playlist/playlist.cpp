// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlist.h"

#include <QSet>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error unknown(const QString &id)
{
    return Error{ErrorCode::NotFound, u"no item %1 in the list"_s.arg(id)};
}

PlaylistChange removal(const QList<PlaylistItem> &items)
{
    PlaylistChange change;
    for (const PlaylistItem &item : items)
        change.removed.append(item.id);
    return change;
}

Result<PlaylistChange> insertion(const Playlist &list, int row, const QList<PlaylistItem> &items)
{
    const int target = row < 0 ? list.size() : row;
    if (row < -1 || target > list.size())
        return invalidArgument(u"row %1 is outside of the list of %2"_s.arg(row).arg(list.size()));
    PlaylistChange change;
    for (const PlaylistItem &item : items) {
        if (list.contains(item.id))
            return Error{ErrorCode::AlreadyExists,
                         u"item %1 is in the list already"_s.arg(item.id)};
        change.placed.append({target + int(change.placed.size()), item});
    }
    return change;
}

Result<PlaylistChange> movement(const Playlist &list, const MoveEdit &move)
{
    if (move.row < 0 || move.row > list.size())
        return invalidArgument(
            u"row %1 is outside of the list of %2"_s.arg(move.row).arg(list.size()));
    int before = 0; // moved rows that stand before the target now
    for (const QString &id : move.ids) {
        const int row = list.rowOf(id);
        if (row < 0)
            return unknown(id);
        if (row < move.row)
            ++before;
    }
    PlaylistChange change;
    for (const QString &id : move.ids)
        change.placed.append({move.row - before + int(change.placed.size()), *list.item(id)});
    return change;
}

} // namespace

Result<Playlist> Playlist::restored(const QList<PlaylistItem> &items, quint64 version)
{
    Playlist list;
    const Result<PlaylistChange> change = insertion(list, 0, items);
    if (!change)
        return change.error();
    if (const Result<EditOutcome> outcome = list.commit(change.value()); !outcome)
        return Error{ErrorCode::Corrupt, outcome.error().detail};
    list.m_version = version;
    return list;
}

Result<QList<PlaylistItem>> Playlist::completed(QList<PlaylistItem> items) const
{
    QSet<QString> taken;
    for (PlaylistItem &item : items) {
        if (item.id.isEmpty()) {
            do
                item.id = makeItemId();
            while (taken.contains(item.id) || m_rows.contains(item.id));
        }
        if (taken.contains(item.id))
            return invalidArgument(u"item %1 is named twice"_s.arg(item.id));
        taken.insert(item.id);
        if (item.title.isEmpty())
            item.title = titleFromPath(item.path);
    }
    return items;
}

Result<PlaylistChange> Playlist::prepare(const Edit &edit) const
{
    Result<PlaylistChange> change = PlaylistChange();
    if (const auto *insert = std::get_if<InsertEdit>(&edit)) {
        const Result<QList<PlaylistItem>> items = completed(insert->items);
        if (!items)
            return items.error();
        change = insertion(*this, insert->row, items.value());
    } else if (const auto *remove = std::get_if<RemoveEdit>(&edit)) {
        change.value().removed = remove->ids;
    } else if (const auto *move = std::get_if<MoveEdit>(&edit)) {
        change = movement(*this, *move);
    } else if (std::holds_alternative<ClearEdit>(edit)) {
        change = removal(m_items);
    } else if (const auto *replace = std::get_if<ReplaceEdit>(&edit)) {
        const Result<QList<PlaylistItem>> items = completed(replace->items);
        if (!items)
            return items.error();
        change = changeBetween(m_items, items.value());
    } else if (const auto *update = std::get_if<UpdateEdit>(&edit)) {
        change.value().updated = update->items;
    } else {
        change = std::get<PlaylistChange>(edit);
    }
    if (!change)
        return change;
    const Result<QList<PlaylistItem>> result = changed(m_items, change.value());
    if (!result)
        return result.error();
    if (result.value().size() > kMaxItems)
        return Error{ErrorCode::NoSpace,
                     u"the list would have %1 items, more than %2"_s.arg(result.value().size())
                         .arg(kMaxItems)};
    return change;
}

Result<EditOutcome> Playlist::apply(const Edit &edit)
{
    const Result<PlaylistChange> change = prepare(edit);
    if (!change)
        return change.error();
    const PlaylistChange inverse = inverted(m_items, change.value());
    Result<EditOutcome> outcome = commit(change.value());
    if (outcome) {
        m_undo.append(inverse);
        if (m_undo.size() > kMaxUndo)
            m_undo.removeFirst();
    }
    return outcome;
}

Result<PlaylistChange> Playlist::prepareUndo() const
{
    if (m_undo.isEmpty())
        return Error{ErrorCode::NotFound, u"there is no edit to undo"_s};
    return m_undo.last();
}

Result<EditOutcome> Playlist::undo()
{
    const Result<PlaylistChange> change = prepareUndo();
    if (!change)
        return change.error();
    return replayUndo(change.value());
}

Result<EditOutcome> Playlist::replayUndo(const PlaylistChange &change)
{
    Result<EditOutcome> outcome = commit(change);
    if (outcome && !m_undo.isEmpty())
        m_undo.removeLast();
    return outcome;
}

Result<EditOutcome> Playlist::commit(const PlaylistChange &change)
{
    Result<QList<PlaylistItem>> result = changed(m_items, change);
    if (!result)
        return result.error();
    EditOutcome outcome;
    outcome.change = change;
    for (const PlacedItem &placed : change.placed) {
        if (!m_rows.contains(placed.item.id))
            outcome.insertedIds.append(placed.item.id);
    }
    outcome.before = std::exchange(m_items, std::move(result).value());
    m_rows.clear();
    m_rows.reserve(m_items.size());
    for (int row = 0; row < size(); ++row)
        m_rows.insert(m_items[row].id, row);
    outcome.version = ++m_version;
    return outcome;
}

const PlaylistItem *Playlist::item(const QString &id) const
{
    const int row = rowOf(id);
    return row < 0 ? nullptr : &m_items.at(row);
}

} // namespace continuo
