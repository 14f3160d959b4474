// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/records/recordsdatabase.h"

#include <QDateTime>
#include <QFile>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kSchema = 1;
constexpr int kDefaultKeepDays = 400; // a year, and a month to bill it

// Result codes of SQLite's C interface (sqlite.org/rescode.html); Qt hands them out as text.
ErrorCode codeOf(int sqliteCode)
{
    switch (sqliteCode & 0xff) {
    case 13: // SQLITE_FULL
        return ErrorCode::NoSpace;
    case 3: // SQLITE_PERM
    case 8: // SQLITE_READONLY
        return ErrorCode::PermissionDenied;
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
        return ErrorCode::Busy;
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
        return ErrorCode::Io;
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
        return ErrorCode::Corrupt;
    default:
        return ErrorCode::Internal;
    }
}

Error errorOf(const QSqlError &error, const QString &file)
{
    const int native = error.nativeErrorCode().toInt();
    return {codeOf(native), u"%1: %2"_s.arg(file, error.databaseText()), native};
}

QVariant microseconds(const std::optional<WallTime> &time)
{
    return time ? QVariant(qint64(time->count())) : QVariant();
}

std::optional<WallTime> wallTime(const QVariant &value)
{
    return value.isNull() ? std::nullopt : std::optional(WallTime(value.toLongLong()));
}

// A null text would be bound as NULL.
QVariant text(const QString &value)
{
    return value.isNull() ? u""_s : value;
}

constexpr auto kColumns
    = "id, channel, item, path, title, planned_start, planned_end, start, start_frame, until, "
      "next_frame, held, dropped, is_open, begun, reasons, detail"_L1;

Airing airingOf(const QSqlQuery &row)
{
    Airing airing;
    airing.id = row.value(0).toLongLong();
    airing.channel = row.value(1).toString();
    airing.itemId = row.value(2).toString();
    airing.path = row.value(3).toString();
    airing.title = row.value(4).toString();
    airing.plannedStart = wallTime(row.value(5));
    airing.plannedEnd = wallTime(row.value(6));
    airing.start = WallTime(row.value(7).toLongLong());
    airing.startFrame = row.value(8).toLongLong();
    airing.end = {row.value(10).toLongLong(), WallTime(row.value(9).toLongLong()),
                  row.value(11).toLongLong(), row.value(12).toLongLong()};
    airing.isOnAir = row.value(13).toBool();
    airing.begun = row.value(14).toString();
    airing.reasons = row.value(15).toString().split(u' ', Qt::SkipEmptyParts);
    airing.detail = row.value(16).toString();
    return airing;
}

} // namespace

RecordsDatabase::RecordsDatabase(QString file)
    : m_file(std::move(file))
    , m_connection(u"records-"_s + QUuid::createUuid().toString(QUuid::Id128))
{
}

RecordsDatabase::~RecordsDatabase()
{
    close();
}

Result<void> RecordsDatabase::open()
{
    m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
    m_database.setDatabaseName(m_file);
    // Somebody may look into the file with the sqlite3 program while we write.
    m_database.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=2000"_s);
    const auto give = [this](const Error &error) {
        close();
        return Result<void>(error);
    };
    if (!m_database.isValid())
        return give({ErrorCode::Unsupported, u"Qt has no SQLite plugin (libqt6sql6-sqlite)"_s, 0});
    if (!m_database.open())
        return give(errorOf(m_database.lastError(), m_file));
    // The log is not to stay at the size that a burst gave it.
    for (const QString &pragma : {u"PRAGMA journal_mode=WAL"_s, u"PRAGMA synchronous=FULL"_s,
                                  u"PRAGMA journal_size_limit=4194304"_s}) {
        if (Result<void> set = execute(pragma); !set)
            return give(set.error());
    }
    if (Result<void> created = createTables(); !created)
        return give(created.error());
    return {};
}

void RecordsDatabase::close()
{
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = QSqlDatabase(); // removeDatabase() warns about a handle that is still held
    QSqlDatabase::removeDatabase(m_connection);
}

bool RecordsDatabase::isThere() const
{
    return QFile::exists(m_file);
}

QString RecordsDatabase::setAside()
{
    close();
    const QString name = m_file + u".damaged-"_s
        + QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-HHmmsszzz"_s);
    // The two side files belong to the damaged one: SQLite would replay that log into the new file.
    for (const QString &end : {QString(), u"-wal"_s, u"-shm"_s}) {
        if (QFile::exists(m_file + end) && !QFile::rename(m_file + end, name + end))
            QFile::remove(m_file + end);
    }
    return name;
}

Result<void> RecordsDatabase::createTables()
{
    Result<QSqlQuery> version = run(u"PRAGMA user_version"_s);
    if (!version)
        return version.error();
    const int found = version->next() ? version->value(0).toInt() : 0;
    version->finish();
    if (found == kSchema)
        return {};
    if (found > kSchema) {
        return Error{ErrorCode::Unsupported,
                     u"%1 was written by a newer version (%2)"_s.arg(m_file).arg(found), 0};
    }
    if (Result<void> begun = begin(); !begun)
        return begun;
    for (const QString &statement :
         {u"CREATE TABLE airings(id INTEGER PRIMARY KEY, channel TEXT NOT NULL, item TEXT NOT NULL,"
          " path TEXT NOT NULL, title TEXT NOT NULL, planned_start INTEGER, planned_end INTEGER,"
          " start INTEGER NOT NULL, start_frame INTEGER NOT NULL, until INTEGER NOT NULL,"
          " next_frame INTEGER NOT NULL, held INTEGER NOT NULL, dropped INTEGER NOT NULL,"
          " held_before INTEGER NOT NULL DEFAULT 0, dropped_before INTEGER NOT NULL DEFAULT 0,"
          " is_open INTEGER NOT NULL, begun TEXT NOT NULL, reasons TEXT NOT NULL,"
          " detail TEXT NOT NULL)"_s,
          u"CREATE INDEX airings_by_time ON airings(channel, start)"_s,
          u"CREATE INDEX airings_by_end ON airings(until)"_s,
          u"CREATE INDEX airings_open ON airings(channel) WHERE is_open=1"_s,
          u"CREATE TABLE alarms(key TEXT PRIMARY KEY, channel TEXT NOT NULL, subject TEXT NOT NULL,"
          " code TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL, first INTEGER NOT NULL,"
          " last INTEGER NOT NULL, count INTEGER NOT NULL, state INTEGER NOT NULL,"
          " over INTEGER NOT NULL, cleared INTEGER NOT NULL)"_s,
          u"CREATE INDEX alarms_by_time ON alarms(last)"_s,
          u"CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL)"_s,
          u"PRAGMA user_version=%1"_s.arg(kSchema)}) {
        if (Result<void> made = execute(statement); !made) {
            rollback();
            return made;
        }
    }
    return commit();
}

Result<QSqlQuery> RecordsDatabase::run(const QString &statement, const QVariantList &values)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(statement))
        return errorOf(query.lastError(), m_file);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return errorOf(query.lastError(), m_file);
    return query;
}

Result<void> RecordsDatabase::execute(const QString &statement, const QVariantList &values)
{
    Result<QSqlQuery> query = run(statement, values);
    return query ? Result<void>() : query.error();
}

Result<void> RecordsDatabase::begin()
{
    return execute(u"BEGIN IMMEDIATE"_s);
}

Result<void> RecordsDatabase::commit()
{
    return execute(u"COMMIT"_s);
}

void RecordsDatabase::rollback()
{
    // SQLite may have rolled back by itself (full disk): then this fails, and that is well.
    if (m_database.isOpen())
        QSqlQuery(m_database).exec(u"ROLLBACK"_s);
}

Result<void> RecordsDatabase::addAiring(const Airing &airing)
{
    return execute(
        u"INSERT INTO airings(channel, item, path, title, planned_start, planned_end, start,"
        " start_frame, until, next_frame, held, dropped, is_open, begun, reasons, detail)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {text(airing.channel), text(airing.itemId), text(airing.path), text(airing.title),
         microseconds(airing.plannedStart), microseconds(airing.plannedEnd),
         qint64(airing.start.count()), qint64(airing.startFrame), qint64(airing.end.until.count()),
         qint64(airing.end.nextFrame), qint64(airing.end.held), qint64(airing.end.dropped),
         airing.isOnAir ? 1 : 0, text(airing.begun), text(airing.reasons.join(u' ')),
         text(airing.detail)});
}

Result<bool> RecordsDatabase::continueAiring(const Airing &airing)
{
    Result<QSqlQuery> query
        = run(u"SELECT %1 FROM airings WHERE channel=? AND start_frame<=? AND begun<>'failed'"
              " ORDER BY id DESC LIMIT 1"_s.arg(kColumns),
              {airing.channel, qint64(airing.startFrame)});
    if (!query)
        return query.error();
    if (!query->next())
        return false;
    const Airing last = airingOf(query.value());
    query->finish();
    if (last.itemId != airing.itemId)
        return false;
    if (!last.isOnAir && !last.reasons.contains("interrupted"_L1))
        return airing.startFrame < last.end.nextFrame;
    QStringList reasons = last.reasons;
    reasons.removeAll(u"interrupted"_s);
    if (!reasons.contains("engine-restarted"_L1))
        reasons.append(u"engine-restarted"_s);
    // The new engine counts from nothing.
    if (Result<void> updated = execute(u"UPDATE airings SET is_open=1, reasons=?, held_before=held,"
                                       " dropped_before=dropped WHERE id=?"_s,
                                       {reasons.join(u' '), qint64(last.id)});
        !updated)
        return updated.error();
    return true;
}

Result<void> RecordsDatabase::beginAiring(const Airing &airing, bool mayContinue)
{
    if (mayContinue) {
        Result<bool> goesOn = continueAiring(airing);
        if (!goesOn)
            return goesOn.error();
        if (goesOn.value())
            return {};
    }
    if (Result<void> closed
        = execute(u"UPDATE airings SET is_open=0, reasons=trim(reasons || ' interrupted')"
                  " WHERE channel=? AND is_open=1"_s,
                  {airing.channel});
        !closed)
        return closed;
    return addAiring(airing);
}

Result<void> RecordsDatabase::noteProgress(const QString &channel, const AiringProgress &progress)
{
    return execute(u"UPDATE airings SET next_frame=?, until=?, held=held_before+?,"
                   " dropped=dropped_before+? WHERE channel=? AND is_open=1"_s,
                   {qint64(progress.nextFrame), qint64(progress.until.count()),
                    qint64(progress.held), qint64(progress.dropped), channel});
}

Result<void> RecordsDatabase::endAiring(const QString &channel, const AiringProgress &progress,
                                        const QStringList &reasons, const QString &detail)
{
    if (Result<void> noted = noteProgress(channel, progress); !noted)
        return noted;
    return execute(u"UPDATE airings SET is_open=0, reasons=trim(reasons || ' ' || ?), detail=?"
                   " WHERE channel=? AND is_open=1"_s,
                   {text(reasons.join(u' ')), text(detail), channel});
}

Result<void> RecordsDatabase::closeInterrupted()
{
    return execute(u"UPDATE airings SET is_open=0, reasons=trim(reasons || ' interrupted')"
                   " WHERE is_open=1"_s);
}

Result<AiringList> RecordsDatabase::airings(const AiringQuery &wanted)
{
    QString statement = u"SELECT %1 FROM airings WHERE channel=? AND id>?"_s.arg(kColumns);
    QVariantList values{wanted.channel, qint64(wanted.afterId)};
    if (wanted.from) {
        statement += u" AND (is_open=1 OR until>? OR start>=?)"_s;
        values << microseconds(wanted.from) << microseconds(wanted.from);
    }
    if (wanted.to) {
        statement += u" AND start<?"_s;
        values << microseconds(wanted.to);
    }
    statement += u" ORDER BY id LIMIT ?"_s;
    values << wanted.limit + 1;
    Result<QSqlQuery> query = run(statement, values);
    if (!query)
        return query.error();
    AiringList list;
    while (query->next()) {
        if (list.rows.size() == wanted.limit) {
            list.hasMore = true;
            break;
        }
        list.rows.append(airingOf(query.value()));
    }
    return list;
}

Result<void> RecordsDatabase::saveAlarm(const Alarm &alarm)
{
    return execute(
        u"INSERT OR REPLACE INTO alarms(key, channel, subject, code, level, text, first, last,"
        " count, state, over, cleared) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {alarm.key, text(alarm.channel), text(alarm.subject), text(alarm.code), text(alarm.level),
         text(alarm.text), qint64(alarm.first.count()), qint64(alarm.last.count()),
         qint64(alarm.count), int(alarm.state), qint64(alarm.over.count()),
         alarm.isCleared ? 1 : 0});
}

Result<std::vector<Alarm>> RecordsDatabase::alarms()
{
    Result<QSqlQuery> query
        = run(u"SELECT key, channel, subject, code, level, text, first, last, count, state, over"
              " FROM alarms WHERE cleared=0 ORDER BY last DESC LIMIT %1"_s.arg(kMaxOpenAlarms));
    if (!query)
        return query.error();
    std::vector<Alarm> alarms;
    while (query->next()) {
        Alarm alarm;
        alarm.key = query->value(0).toString();
        alarm.channel = query->value(1).toString();
        alarm.subject = query->value(2).toString();
        alarm.code = query->value(3).toString();
        alarm.level = query->value(4).toString();
        alarm.text = query->value(5).toString();
        alarm.first = WallTime(query->value(6).toLongLong());
        alarm.last = WallTime(query->value(7).toLongLong());
        alarm.count = query->value(8).toLongLong();
        alarm.state = Alarm::State(std::clamp(query->value(9).toInt(), 0, 2));
        alarm.over = WallTime(query->value(10).toLongLong());
        alarms.push_back(std::move(alarm));
    }
    std::ranges::reverse(alarms);
    return alarms;
}

Result<int> RecordsDatabase::keepDays()
{
    Result<QSqlQuery> query = run(u"SELECT value FROM settings WHERE name='keep-days'"_s);
    if (!query)
        return query.error();
    return query->next() ? query->value(0).toInt() : kDefaultKeepDays;
}

Result<void> RecordsDatabase::setKeepDays(int days)
{
    return execute(u"INSERT OR REPLACE INTO settings(name, value) VALUES('keep-days', ?)"_s,
                   {QString::number(days)});
}

Result<int> RecordsDatabase::prune(WallTime time, int limit)
{
    int pruned = 0;
    for (const QString &statement :
         {u"DELETE FROM airings WHERE id IN (SELECT id FROM airings WHERE until<? AND is_open=0"
          " LIMIT ?)"_s,
          u"DELETE FROM alarms WHERE key IN (SELECT key FROM alarms WHERE last<? LIMIT ?)"_s}) {
        Result<QSqlQuery> query = run(statement, {qint64(time.count()), limit});
        if (!query)
            return query.error();
        pruned += query->numRowsAffected();
    }
    return pruned;
}

} // namespace continuo
