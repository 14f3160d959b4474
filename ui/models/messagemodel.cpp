// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/messagemodel.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

void MessageModel::add(MessageLevel level, const Wording::Message &words, const QDateTime &time,
                       int times)
{
    const MessageEntry entry{time, level, words, times};
    if (countRepeat(entry))
        return;
    const int row = rowFor(time);
    beginInsertRows({}, row, row);
    m_entries.insert(m_entries.begin() + row, entry);
    endInsertRows();
    if (int(m_entries.size()) > kMaxMessages)
        dropOne();
}

// Above all that are not newer: of two at the same time the later one is the newer.
int MessageModel::rowFor(const QDateTime &time) const
{
    const auto found
        = std::find_if(m_entries.begin(), m_entries.end(),
                       [&time](const MessageEntry &entry) { return entry.time <= time; });
    return int(found - m_entries.begin());
}

// One that is older than the row of the same words is a row of its own: it belongs at its time.
bool MessageModel::countRepeat(const MessageEntry &entry)
{
    const auto end = m_entries.begin() + std::min(kRepeatRows, int(m_entries.size()));
    const auto same = std::find_if(m_entries.begin(), end, [&entry](const MessageEntry &other) {
        return other.level == entry.level && other.words.headline == entry.words.headline
            && other.words.detail == entry.words.detail && other.time <= entry.time;
    });
    if (same == end)
        return false;
    const int from = int(same - m_entries.begin());
    const int to = rowFor(entry.time); // at most from: the row itself is not newer
    same->time = entry.time;
    same->repeats += entry.repeats;
    if (to < from) {
        beginMoveRows({}, from, from, {}, to);
        std::rotate(m_entries.begin() + to, m_entries.begin() + from, m_entries.begin() + from + 1);
        endMoveRows();
    }
    Q_EMIT dataChanged(index(to), index(to));
    return true;
}

void MessageModel::dropOne()
{
    const auto oldestInfo
        = std::find_if(m_entries.rbegin(), m_entries.rend(),
                       [](const MessageEntry &entry) { return entry.level == MessageLevel::Info; });
    const int last = int(m_entries.size()) - 1;
    const int row
        = oldestInfo == m_entries.rend() ? last : last - int(oldestInfo - m_entries.rbegin());
    beginRemoveRows({}, row, row);
    m_entries.erase(m_entries.begin() + row);
    endRemoveRows();
}

const MessageEntry *MessageModel::entryAt(int row) const
{
    return row >= 0 && row < int(m_entries.size()) ? &m_entries[std::size_t(row)] : nullptr;
}

int MessageModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_entries.size());
}

QVariant MessageModel::data(const QModelIndex &index, int role) const
{
    const MessageEntry *entry = index.isValid() ? entryAt(index.row()) : nullptr;
    if (!entry)
        return {};
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole || role == Qt::AccessibleTextRole) {
        QString text = entry->words.headline;
        if (role == Qt::AccessibleTextRole) { // with what is painted beside it
            if (entry->level == MessageLevel::Fault)
                text = tr("Fault: %1", "%1: a message").arg(text);
            else if (entry->level == MessageLevel::Warning)
                text = tr("Warning: %1", "%1: a message").arg(text);
            if (entry->repeats > 1)
                text += u" ×%1"_s.arg(entry->repeats);
        }
        if (!entry->words.detail.isEmpty())
            text += u' ' + entry->words.detail;
        if (role == Qt::ToolTipRole)
            text = QLocale().toString(entry->time.date(), QLocale::LongFormat)
                + entry->time.toString(u" HH:mm:ss\n"_s) + text;
        return text;
    }
    return {};
}

} // namespace continuo
