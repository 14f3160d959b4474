// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/playlistmodel.h"

#include "ui/models/wording.h"

#include <QMimeData>
#include <QSet>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// The ids that keep their place: a longest increasing run of old rows in the new order. All others
// move, so that one dragged row is one move and not a shift of everything after it.
QSet<QString> idsThatStay(const std::vector<PlaylistEntry> &entries,
                          const QHash<QString, int> &oldRows)
{
    std::vector<int> rows; // old row of each common id, in the new order
    std::vector<const QString *> ids;
    for (const PlaylistEntry &entry : entries) {
        const auto found = oldRows.constFind(entry.id);
        if (found != oldRows.constEnd()) {
            rows.push_back(*found);
            ids.push_back(&entry.id);
        }
    }
    std::vector<std::size_t> tails; // tails[k]: index of the smallest end of a run of k+1
    std::vector<std::size_t> previous(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto place
            = std::lower_bound(tails.begin(), tails.end(), rows[i],
                               [&rows](std::size_t tail, int row) { return rows[tail] < row; });
        previous[i] = place == tails.begin() ? i : *(place - 1);
        if (place == tails.end())
            tails.push_back(i);
        else
            *place = i;
    }
    QSet<QString> stay;
    if (!tails.empty()) {
        std::size_t i = tails.back();
        for (std::size_t n = tails.size(); n > 0; --n) {
            stay.insert(*ids[i]);
            i = previous[i];
        }
    }
    return stay;
}

} // namespace

PlaylistModel::PlaylistModel(QObject *parent)
    : QAbstractTableModel(parent)
{
}

void PlaylistModel::setEntries(std::vector<PlaylistEntry> entries)
{
    QHash<QString, int> wanted;
    for (std::size_t i = 0; i < entries.size(); ++i)
        wanted.insert(entries[i].id, int(i));
    if (wanted.size() != qsizetype(entries.size())) {
        resetEntries(std::move(entries)); // ids twice: nothing to compare by
        return;
    }
    removeAbsent(wanted);
    placeInOrder(entries);
    updateValues(std::move(entries));
}

void PlaylistModel::resetEntries(std::vector<PlaylistEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

void PlaylistModel::removeAbsent(const QHash<QString, int> &wanted)
{
    for (int last = int(m_entries.size()) - 1; last >= 0; --last) {
        if (wanted.contains(m_entries[std::size_t(last)].id))
            continue;
        int first = last;
        while (first > 0 && !wanted.contains(m_entries[std::size_t(first) - 1].id))
            --first;
        beginRemoveRows({}, first, last);
        m_entries.erase(m_entries.begin() + first, m_entries.begin() + last + 1);
        endRemoveRows();
        last = first;
    }
}

// Left to right: what does not stay is put directly behind its predecessor in the new order. Rows
// still waiting for their turn may stand in between; they leave when their turn comes.
void PlaylistModel::placeInOrder(std::vector<PlaylistEntry> &entries)
{
    QHash<QString, int> oldRows;
    for (std::size_t i = 0; i < m_entries.size(); ++i)
        oldRows.insert(m_entries[i].id, int(i));
    const QSet<QString> stay = idsThatStay(entries, oldRows);

    const int count = int(entries.size());
    for (int i = 0; i < count;) {
        const QString &id = entries[std::size_t(i)].id;
        if (stay.contains(id)) {
            ++i;
            continue;
        }
        const int target = i == 0 ? 0 : currentRowOf(entries[std::size_t(i) - 1].id) + 1;
        if (!oldRows.contains(id)) {
            int end = i + 1;
            while (end < count && !oldRows.contains(entries[std::size_t(end)].id))
                ++end;
            beginInsertRows({}, target, target + end - i - 1);
            m_entries.insert(m_entries.begin() + target, entries.begin() + i,
                             entries.begin() + end);
            endInsertRows();
            i = end;
            continue;
        }
        const int from = currentRowOf(id);
        int length = 1; // rows that go together move together
        while (i + length < count && from + length < int(m_entries.size())
               && m_entries[std::size_t(from + length)].id == entries[std::size_t(i + length)].id
               && !stay.contains(entries[std::size_t(i + length)].id))
            ++length;
        if (target < from || target > from + length) {
            beginMoveRows({}, from, from + length - 1, {}, target);
            const auto begin = m_entries.begin();
            if (target < from)
                std::rotate(begin + target, begin + from, begin + from + length);
            else
                std::rotate(begin + from, begin + from + length, begin + target);
            endMoveRows();
        }
        i += length;
    }
}

void PlaylistModel::updateValues(std::vector<PlaylistEntry> entries)
{
    const int count = int(entries.size());
    for (int first = 0; first < count; ++first) {
        int end = first;
        while (end < count && m_entries[std::size_t(end)] != entries[std::size_t(end)]) {
            m_entries[std::size_t(end)] = std::move(entries[std::size_t(end)]);
            ++end;
        }
        if (end > first) {
            Q_EMIT dataChanged(index(first, 0), index(end - 1, ColumnCount - 1));
            first = end;
        }
    }
}

void PlaylistModel::setOnAirStart(const QString &id, qint64 startedAtMs)
{
    m_onAirId = id;
    m_onAirStartMs = startedAtMs;
    const int row = rowOf(id);
    if (row >= 0)
        Q_EMIT dataChanged(index(row, StartsColumn), index(row, StartsColumn));
}

void PlaylistModel::setNextCued(bool isCued)
{
    if (m_isNextCued == isCued)
        return;
    m_isNextCued = isCued;
    for (int row = 0; row < rowCount(); ++row) {
        if (m_entries[std::size_t(row)].state == EntryState::Next)
            Q_EMIT dataChanged(index(row, StateColumn), index(row, StateColumn));
    }
}

void PlaylistModel::setSlateInPlaceOf(const QString &id, bool isEmergency)
{
    if (m_replacedId == id && m_isEmergency == isEmergency)
        return;
    m_isEmergency = isEmergency;
    for (const QString &changed : {std::exchange(m_replacedId, id), id}) {
        const int row = rowOf(changed);
        if (row >= 0)
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

bool PlaylistModel::isReplacedBySlate(const PlaylistEntry &entry) const
{
    return entry.state == EntryState::OnAir && entry.id == m_replacedId;
}

QString PlaylistModel::stateOf(const PlaylistEntry &entry) const
{
    if (isReplacedBySlate(entry))
        return m_isEmergency
            ? tr("Emergency", "state of a row: it is its turn, and the emergency clip is shown")
            : tr("Slate", "state of a row: it is its turn, and the slate is shown");
    if (entry.state == EntryState::Next && m_isNextCued)
        return tr("Next · cued", "state of a row: its first frames are decoded");
    if (entry.state == EntryState::Queued && entry.proof == EntryProof::Warning)
        return tr("Has flaws", "state of a row: it plays, and viewers will notice something");
    if (entry.state == EntryState::Queued && entry.proof == EntryProof::Pending)
        return tr("Checking", "state of a row: its file is looked through");
    return Wording::entryState(entry.state);
}

QString PlaylistModel::factsOf(const PlaylistEntry &entry) const
{
    if (isReplacedBySlate(entry))
        return m_isEmergency ? tr("It gives no pictures. The emergency clip is in its place.")
                             : tr("It gives no pictures. The slate is shown in its place.");
    // Of what is still to come a flaw is worth more than its size, which the tool tip says.
    const bool isToCome = entry.state == EntryState::Queued || entry.state == EntryState::Next;
    const QString note = isToCome && entry.proof == EntryProof::Warning && entry.reason.isEmpty()
        ? Wording::proofNote(entry)
        : QString();
    return note.isEmpty() ? Wording::entryFacts(entry) : note;
}

int PlaylistModel::currentRowOf(const QString &id) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&id](const PlaylistEntry &entry) { return entry.id == id; });
    return found == m_entries.end() ? -1 : int(found - m_entries.begin());
}

const PlaylistEntry *PlaylistModel::entryAt(int row) const
{
    return row >= 0 && row < int(m_entries.size()) ? &m_entries[std::size_t(row)] : nullptr;
}

int PlaylistModel::rowOf(const QString &id) const
{
    return currentRowOf(id);
}

qint64 PlaylistModel::totalDurationMs() const
{
    qint64 total = 0;
    for (const PlaylistEntry &entry : m_entries)
        total += std::max<qint64>(0, entry.durationMs);
    return total;
}

qint64 PlaylistModel::endsAtMs() const
{
    if (m_entries.empty() || m_entries.back().startsAtMs < 0 || m_entries.back().durationMs < 0)
        return -1;
    return m_entries.back().startsAtMs + m_entries.back().durationMs;
}

int PlaylistModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_entries.size());
}

int PlaylistModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant PlaylistModel::data(const QModelIndex &index, int role) const
{
    const PlaylistEntry *entry = index.isValid() ? entryAt(index.row()) : nullptr;
    if (!entry)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case StateColumn:
            return stateOf(*entry);
        case TitleColumn:
            return entry->title;
        case StartsColumn:
            return Wording::dayAndTime(entry->state == EntryState::OnAir && entry->id == m_onAirId
                                           ? m_onAirStartMs
                                           : entry->startsAtMs);
        case LengthColumn:
            return Wording::duration(entry->durationMs);
        default:
            return {};
        }
    case Qt::TextAlignmentRole:
        return int(index.column() >= StartsColumn ? Qt::AlignRight | Qt::AlignVCenter
                                                  : Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::ToolTipRole: { // all that may be elided, then the engine's own English
        QStringList lines{
            entry->title, factsOf(*entry), Wording::proofNote(*entry), Wording::entryFacts(*entry),
            entry->path,  entry->reason};
        lines.removeAll(QString());
        lines.removeDuplicates();
        return lines.join(u'\n');
    }
    case Qt::AccessibleDescriptionRole:
    case FactsRole:
        return index.column() == TitleColumn ? factsOf(*entry) : QString();
    case IdRole:
        return entry->id;
    case PathRole:
        return entry->path;
    case IsSoundOnlyRole:
        return entry->videoCodec.isEmpty() && !entry->audioCodec.isEmpty();
    case ThumbnailRole:
        return entry->thumbnail;
    case StateRole:
        return int(entry->state);
    case IsFaultRole:
        return entry->state == EntryState::Missing || entry->state == EntryState::Failed;
    case IsWarningRole:
        return entry->state == EntryState::Queued && entry->proof == EntryProof::Warning;
    default:
        return {};
    }
}

QVariant PlaylistModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section >= StartsColumn ? Qt::AlignRight | Qt::AlignVCenter
                                           : Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case StateColumn:
        return tr("State", "column of the playlist");
    case TitleColumn:
        return tr("Title", "column of the playlist");
    case StartsColumn:
        return tr("Starts", "column of the playlist: expected time of day");
    case LengthColumn:
        return tr("Length", "column of the playlist");
    default:
        return {};
    }
}

Qt::ItemFlags PlaylistModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled
        | Qt::ItemNeverHasChildren;
}

Qt::DropActions PlaylistModel::supportedDropActions() const
{
    return Qt::CopyAction | Qt::MoveAction;
}

QStringList PlaylistModel::mimeTypes() const
{
    return {QString(kRowsMimeType), u"text/uri-list"_s};
}

QMimeData *PlaylistModel::mimeData(const QModelIndexList &indexes) const
{
    QSet<int> rows;
    for (const QModelIndex &index : indexes)
        rows.insert(index.row());
    QByteArray ids;
    for (int row = 0; row < rowCount(); ++row) { // in the order of the list, not of the clicks
        if (rows.contains(row))
            ids += m_entries[std::size_t(row)].id.toUtf8() + '\n';
    }
    auto *data = new QMimeData;
    data->setData(QString(kRowsMimeType), ids);
    return data;
}

} // namespace continuo
