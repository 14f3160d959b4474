// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/records/airing.h"

#include <vector>

namespace continuo {

/// Something that went wrong: what, where, when, how often, and what was done about it.
struct Alarm {
    enum class State {
        Once, ///< it happened and was dealt with at that
        Active, ///< it lasts
        Over, ///< it lasted, and is over
    };

    QString key; ///< unique, of the database row
    QString channel; ///< empty: the station
    QString subject; ///< what of the channel, where that matters: the id of a destination
    QString code;
    QString level; ///< "warning" or "fault"
    QString text; ///< of the last time
    WallTime first{};
    WallTime last{};
    std::int64_t count = 1;
    State state = State::Once;
    WallTime over{}; ///< Over: since when
    bool isCleared = false; ///< seen by the operator; kept, and listed no more

    QJsonObject toJson() const;
};

/// Alarms not cleared that are kept in memory; beyond that the oldest are left out.
constexpr std::size_t kMaxOpenAlarms = 1000;

/// "encoder-replaced" -> what the station did about it; empty for a code without an answer of its
/// own.
QString alarmAction(const QString &code);
/// Whether the code names a condition that lasts until an "info" message "CODE-over" ends it.
bool isLastingAlarm(const QString &code);

/// The alarms that were not cleared yet. In memory, so that they can be raised and read also while
/// the disk is full; the caller writes down what changed. One thread.
class AlarmBook final {
public:
    /// Takes over what was written down, oldest first. What was active then is over: what still
    /// lasts is raised again.
    void load(std::vector<Alarm> alarms);

    /// Counts an alarm: the same code, channel and subject within an hour of the last time is the
    /// same alarm. A lasting one that is active is not counted again. Returns what changed, or
    /// nullptr when there is nothing new in it.
    const Alarm *raise(const QString &channel, const QString &subject, const QString &code,
                       const QString &level, const QString &text, WallTime now);
    /// Ends a lasting alarm; nullptr when it was not active.
    const Alarm *end(const QString &channel, const QString &subject, const QString &code,
                     WallTime now);
    /// Takes out all that are not active (of one channel, when one is named) and returns them.
    std::vector<Alarm> clear(const QString &channel);

    /// Newest first.
    std::vector<Alarm> list(const QString &channel) const;
    const std::vector<Alarm> &all() const { return m_alarms; }

private:
    Alarm *find(const QString &channel, const QString &subject, const QString &code);

    std::vector<Alarm> m_alarms; // oldest first
};

} // namespace continuo
