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
    int repeats = 1; ///< the same message again among the newest is one row that counts
};

/// What happened, newest first by its time, at most kMaxMessages: beyond that the oldest Info goes,
/// so that chatter does not push out what went wrong.
class MessageModel final : public QAbstractListModel {
    Q_OBJECT
public:
    static constexpr int kMaxMessages = 500;
    static constexpr int kRepeatRows = 20; ///< the newest, among which a repeat is counted

    using QAbstractListModel::QAbstractListModel;

    void add(MessageLevel level, const Wording::Message &words,
             const QDateTime &time = QDateTime::currentDateTime(), int times = 1);
    const MessageEntry *entryAt(int row) const; ///< nullptr out of range

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    int rowFor(const QDateTime &time) const;
    bool countRepeat(const MessageEntry &entry);
    void dropOne();

    std::deque<MessageEntry> m_entries;
};

} // namespace continuo
