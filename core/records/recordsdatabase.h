// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/records/airing.h"
#include "core/records/alarm.h"

#include <QSqlDatabase>
#include <QVariantList>

#include <memory>
#include <vector>

class QSqlQuery;

namespace continuo {

/// The SQLite file behind as-run log and alarms: write-ahead log, synchronous=FULL, so what was
/// committed is there after a power cut. Every call may block for as long as the disk does, and all
/// are for one thread, that of RecordWriter. Errors of each: NoSpace, Io, PermissionDenied, Busy
/// (all worth another try), Corrupt (the file is damaged), Internal (the statement).
class RecordsDatabase final {
public:
    explicit RecordsDatabase(QString file);
    ~RecordsDatabase();
    RecordsDatabase(const RecordsDatabase &) = delete;
    RecordsDatabase &operator=(const RecordsDatabase &) = delete;

    /// Opens the file, makes or updates its tables.
    Result<void> open();
    void close();
    bool isOpen() const { return m_database.isOpen(); }
    bool isThere() const; ///< the file has not been deleted
    /// Renames a damaged file away; what it is called now.
    QString setAside();

    Result<void> begin();
    Result<void> commit();
    void rollback();

    /// Opens a row; one that is still open for that channel is closed as "interrupted".
    /// \p mayContinue: when the channel's row of that frame is of the same item, no new one is
    /// made. If that row was interrupted, it goes on, with the reason "engine-restarted"; if it had
    /// ended by itself (its last frames are made again), it stays as it is.
    Result<void> beginAiring(const Airing &airing, bool mayContinue);
    /// Notes how far the open row of \p channel has got.
    Result<void> noteProgress(const QString &channel, const AiringProgress &progress);
    /// Closes the open row of \p channel.
    Result<void> endAiring(const QString &channel, const AiringProgress &progress,
                           const QStringList &reasons, const QString &detail);
    /// A row that is closed from the start: what never came on air.
    Result<void> addAiring(const Airing &airing);
    /// Closes all rows that are open, as "interrupted": for the start.
    Result<void> closeInterrupted();
    Result<AiringList> airings(const AiringQuery &query);

    Result<void> saveAlarm(const Alarm &alarm);
    /// Those that were not cleared, oldest first.
    Result<std::vector<Alarm>> alarms();

    /// How long rows are kept. Errors: as all.
    Result<int> keepDays();
    Result<void> setKeepDays(int days);
    /// Deletes at most \p limit rows that ended before \p time; how many it were.
    Result<int> prune(WallTime time, int limit);

private:
    Result<void> createTables();
    Result<QSqlQuery> run(const QString &statement, const QVariantList &values = {});
    Result<void> execute(const QString &statement, const QVariantList &values = {});
    Result<bool> continueAiring(const Airing &airing);

    const QString m_file;
    const QString m_connection;
    QSqlDatabase m_database;
};

} // namespace continuo
