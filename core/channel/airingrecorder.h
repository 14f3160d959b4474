// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/frameclock.h"
#include "core/records/airing.h"

#include <QHash>
#include <QSet>

namespace continuo {

class Records;

/// Makes rows of the as-run log out of what happens in one channel: what was planned, what was
/// aired, and why the two differ. Owner thread: main.
class AiringRecorder final {
public:
    /// Something went on air.
    struct Begin {
        QString itemId; ///< empty: the slate
        QString path;
        QString title;
        std::int64_t frame = 0;
        QString reason; ///< "follow", "skip", "take", "slate"
        std::int64_t frames = -1; ///< its length; -1: not known
        std::int64_t from = 0; ///< frame of the item itself at which it went on air
        std::int64_t held = 0; ///< of the channel, before that frame
        std::int64_t dropped = 0; ///< the same
    };

    AiringRecorder(QString channel, FrameRate rate);

    /// Where rows go; without it nothing is recorded.
    void setRecords(Records *records) { m_records = records; }
    /// Frames from now on are due by this epoch.
    void setEpoch(const Epoch &epoch) { m_epoch = epoch; }
    /// A new engine goes on where its predecessor stood. What begins at \p frame or before may have
    /// a row already, and then that one goes on.
    void continueAfterRestart(std::int64_t frame) { m_continuesTo = frame; }

    void begin(const Begin &begin);
    /// Something happened to an item that is on air or will be: it stands in the reasons of its
    /// row.
    void note(const QString &itemId, const QString &reason, const QString &detail);
    /// An item that was passed over: a row without frames, once until something else was on air.
    void missed(const QString &itemId, const QString &path, const QString &title,
                std::int64_t frame, const QString &detail);
    /// Every few seconds, so that a power cut leaves a row that is nearly right.
    void progress(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped);
    /// Off air: \p reason "channel-stopped" or "engine-ended".
    void end(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped,
             const QString &reason);

private:
    struct Note {
        QStringList reasons;
        QString detail;
    };

    WallTime wallTime(std::int64_t frame) const;
    AiringProgress progressAt(std::int64_t frame, std::int64_t held, std::int64_t dropped) const;
    void endCurrent(std::int64_t nextFrame, std::int64_t held, std::int64_t dropped,
                    const QString &reason);

    const QString m_channel;
    const FrameRate m_rate;
    Records *m_records = nullptr;
    Epoch m_epoch;
    std::int64_t m_continuesTo = -1; // what begins later has no row yet

    bool m_isOnAir = false; // what follows is about what is on air
    QString m_itemId;
    std::int64_t m_heldBefore = 0;
    std::int64_t m_droppedBefore = 0;
    std::optional<WallTime> m_plannedNext; // when what follows was to begin
    QHash<QString, Note> m_notes; // by item
    QSet<QString> m_missed; // since something was on air
};

} // namespace continuo
