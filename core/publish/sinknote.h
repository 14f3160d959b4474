// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/streamjournal.h"

#include <memory>

namespace continuo {

/// What one destination notes in the channel's journal about its output, so that the next publisher
/// goes on with it. Without a journal nothing is noted. Any thread.
class SinkNote final {
public:
    SinkNote() = default;
    /// \p target is kept in the note: one of another target does not count.
    SinkNote(std::shared_ptr<StreamJournal> journal, QString id, QString target);

    /// Empty when nothing was noted for this target.
    QJsonObject value() const;
    void set(QJsonObject note) const;
    void remove() const;

private:
    std::shared_ptr<StreamJournal> m_journal;
    QString m_id;
    QString m_target;
};

} // namespace continuo
