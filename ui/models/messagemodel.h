// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/wording.h"

#include <QAbstractListModel>
#include <QDateTime>

#include <deque>

namespace continuo {

enum class MessageLevel { Info, Warning, Fault };

struct MessageEntry {
    QDateTime time; ///< local
    MessageLevel level = MessageLevel::Info;
    Wording::Message words;
    int repeats = 1; ///< the same message in a row is one row that counts
};

/// What happened, newest first, at most kMaxMessages.
class MessageModel final : public QAbstractListModel {
    Q_OBJECT
public:
    static constexpr int kMaxMessages = 500;

    using QAbstractListModel::QAbstractListModel;

    void add(MessageLevel level, const Wording::Message &words,
             const QDateTime &time = QDateTime::currentDateTime());
    const MessageEntry *entryAt(int row) const; ///< nullptr out of range

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    std::deque<MessageEntry> m_entries;
};

} // namespace continuo
