// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/listmodel/listmodel.h"

#include <algorithm>

namespace listmodel {

namespace {

void applyTo(QStringList &list, const Edit &edit)
{
    switch (edit.kind) {
    case Edit::Kind::Insert:
        for (qsizetype i = 0; i < edit.ids.size(); ++i)
            list.insert(std::min(edit.row + i, list.size()), edit.ids[i]);
        break;
    case Edit::Kind::Remove:
        list.removeIf([&](const QString &id) { return edit.ids.contains(id); });
        break;
    case Edit::Kind::Move: {
        // The row counts those that are moved away from above it.
        qsizetype row = edit.row;
        for (qsizetype i = 0; i < std::min<qsizetype>(edit.row, list.size()); ++i)
            row -= edit.ids.contains(list[i]) ? 1 : 0;
        list.removeIf([&](const QString &id) { return edit.ids.contains(id); });
        for (qsizetype i = 0; i < edit.ids.size(); ++i)
            list.insert(row + i, edit.ids[i]);
        break;
    }
    case Edit::Kind::Order:
        list = edit.ids;
        break;
    }
}

} // namespace

ListModel::ListModel(QStringList list, qint64 safeZoneFrames, QHash<QString, qint64> framesOfItem)
    : m_list(std::move(list))
    , m_safeZone(safeZoneFrames)
    , m_frames(std::move(framesOfItem))
{
}

void ListModel::note(const Edit &edit)
{
    m_edits.push_back(edit);
}

void ListModel::Place::apply(const Edit &edit)
{
    const QStringList before = list;
    applyTo(list, edit);
    const auto isTouched = [&](const QString &id) {
        return !list.contains(id) || (edit.kind == Edit::Kind::Move && edit.ids.contains(id));
    };
    QString anchor;
    if (before.contains(onAir) && !list.contains(onAir))
        anchor = onAir;
    else if (!before.contains(onAir) && above && isTouched(*above))
        anchor = *above;
    else
        return;
    above.reset();
    for (qsizetype row = before.indexOf(anchor) - 1; row >= 0 && !above; --row) {
        if (!isTouched(before[row]))
            above = before[row];
    }
}

QString ListModel::Place::following() const
{
    if (list.isEmpty())
        return {};
    qsizetype row = 0;
    if (list.contains(onAir))
        row = list.indexOf(onAir) + 1;
    else if (above)
        row = list.indexOf(*above) + 1;
    return list[row % list.size()];
}

void ListModel::Place::putOnAir(const QString &id)
{
    // An item that was removed after its turn was settled plays all the same, in the place of the
    // one before it.
    if (!list.contains(id) && list.contains(onAir))
        above = onAir;
    else if (list.contains(id))
        above.reset();
    onAir = id;
}

std::vector<Airing> ListModel::airings(qint64 firstFrame, qint64 endFrame) const
{
    Place place;
    place.list = m_list;
    std::vector<Airing> result;
    std::size_t nextEdit = 0;
    std::size_t nextHeld = 0;
    const auto applyBefore = [&](qint64 frame) {
        while (nextEdit < m_edits.size() && m_edits[nextEdit].frame < frame)
            place.apply(m_edits[nextEdit++]);
    };
    qint64 start = firstFrame;
    QString id = place.following();
    while (start < endFrame && !id.isEmpty()) {
        qint64 frames = m_frames.value(id);
        for (; nextHeld < m_held.size() && m_held[nextHeld].frame < start + frames; ++nextHeld)
            frames += m_held[nextHeld].frames;
        // Edits answered before the join happened while the item before was still on air.
        applyBefore(start);
        place.putOnAir(id);
        result.push_back({id, start, frames});
        applyBefore(std::max(start, start + frames - m_safeZone));
        id = place.following();
        start += frames;
    }
    return result;
}

QStringList ListModel::list() const
{
    QStringList list = m_list;
    for (const Edit &edit : m_edits)
        applyTo(list, edit);
    return list;
}

} // namespace listmodel
