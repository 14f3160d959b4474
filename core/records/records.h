// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/records/recordwriter.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace continuo {

/// As-run log and alarms of a station, in one SQLite file. Owner thread: main. No call waits for
/// the disk: a thread of its own writes (RecordWriter), and what is answered comes by the event
/// loop.
class Records final : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds kPatience{2000};

    /// \p patience: how long alarms wait for those of before, and whenKept() for the disk. Tests
    /// have more.
    explicit Records(const QString &file, std::chrono::milliseconds patience = kPatience);
    ~Records() override;

    // As-run log. What is on air in a channel is its open row; there is at most one.

    /// \p mayContinue: a new engine took over; if the row of that frame is of that item, it goes
    /// on.
    void beginAiring(const Airing &airing, bool mayContinue = false);
    /// How far it has got: what is left of the row if the power goes now.
    void noteProgress(const QString &channel, const AiringProgress &progress);
    void endAiring(const QString &channel, const AiringProgress &progress,
                   const QStringList &reasons, const QString &detail);
    /// An item that never came on air: start and end are the same.
    void addAiring(const Airing &airing);
    /// Calls \p answer when all that was recorded so far is kept, or cannot be kept now (full
    /// disk), or after the patience (a disk that hangs): a command is answered behind it.
    void whenKept(std::function<void()> answer);
    /// Errors of the answer: those of RecordsDatabase.
    void listAirings(const AiringQuery &query,
                     std::function<void(const Result<AiringList> &)> answer);
    /// How many days rows are kept; 0: for ever. \p days -1 only asks.
    void keepDays(int days, std::function<void(const Result<int> &)> answer);

    // Alarms.

    /// A message as channels and station give it: "warning" and "fault" raise an alarm, "info" with
    /// a code that ends in "-over" ends the lasting alarm before that ending.
    void onMessage(const QString &channel, const QString &level, const QString &code,
                   const QString &text);
    void raiseAlarm(const QString &channel, const QString &subject, const QString &code,
                    const QString &level, const QString &text);
    void endAlarm(const QString &channel, const QString &subject, const QString &code);
    /// Newest first.
    std::vector<Alarm> alarms(const QString &channel) const { return m_alarms.list(channel); }
    /// Clears what is not active; how many it were.
    std::size_t clearAlarms(const QString &channel);

Q_SIGNALS:
    void alarmChanged(const QJsonObject &alarm);
    /// A message of the records themselves: log, clients and alarms are the receiver's.
    void message(const QString &level, const QString &code, const QString &text);

private:
    void loadAlarms();
    void onAlarmsLoaded(std::vector<Alarm> alarms);
    void changed(const Alarm *alarm);
    void save(const Alarm &alarm);
    /// Runs \p function on the main thread, if we are still there.
    void later(std::function<void()> function);
    Q_INVOKABLE void runLater();

    const std::chrono::milliseconds m_patience;
    std::int64_t m_begun = 0; // rows
    AlarmBook m_alarms;
    bool m_areAlarmsLoaded = false;
    std::vector<std::function<void()>> m_untilLoaded; // in order
    std::mutex m_laterMutex;
    std::vector<std::function<void()>> m_later; // guarded by m_laterMutex
    std::unique_ptr<RecordWriter> m_writer; // last: its thread calls later()
};

} // namespace continuo
