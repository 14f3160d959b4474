// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/messagemodel.h"

using namespace Qt::StringLiterals;

namespace continuo {

void MessageModel::add(MessageLevel level, const Wording::Message &words, const QDateTime &time)
{
    if (!m_entries.empty() && m_entries.front().level == level
        && m_entries.front().words.headline == words.headline
        && m_entries.front().words.detail == words.detail) {
        m_entries.front().time = time;
        ++m_entries.front().repeats;
        Q_EMIT dataChanged(index(0), index(0));
        return;
    }
    beginInsertRows({}, 0, 0);
    m_entries.push_front({time, level, words, 1});
    endInsertRows();
    if (int(m_entries.size()) > kMaxMessages) {
        beginRemoveRows({}, kMaxMessages, int(m_entries.size()) - 1);
        m_entries.resize(kMaxMessages);
        endRemoveRows();
    }
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
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole) {
        QString text = entry->words.headline;
        if (!entry->words.detail.isEmpty())
            text += u' ' + entry->words.detail;
        return text;
    }
    return {};
}

} // namespace continuo
