// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proofstore.h"

#include <QFile>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>
#include <QtEndian>

#include <pthread.h>

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kSchema = 1;
constexpr int kMostRows = 100'000; // of which each takes one or two kB
constexpr int kMostWaypointRows = 2000; // of which each takes 60 kB for three hours
constexpr quint32 kMostWaypointBytes = 1 << 20; // unpacked, of one file

bool isDamage(int sqliteCode)
{
    const int primary = sqliteCode & 0xff; // sqlite.org/rescode.html
    return primary == 11 || primary == 26; // SQLITE_CORRUPT, SQLITE_NOTADB
}

} // namespace

/// The file; each call may block for as long as the disk does.
class ProofDatabase final {
public:
    explicit ProofDatabase(QString file)
        : m_file(std::move(file))
        , m_connection(u"proofs-"_s + QUuid::createUuid().toString(QUuid::Id128))
    {
    }
    ~ProofDatabase() { close(); }
    ProofDatabase(const ProofDatabase &) = delete;
    ProofDatabase &operator=(const ProofDatabase &) = delete;

    Result<void> ensureOpen();
    void close();
    void throwAway();
    Result<void> execute(const QString &statement, const QVariantList &values = {});
    Result<std::optional<Proof>> find(const QString &path, const FileState &state);
    Result<void> keep(const QString &path, const FileState &state, const Proof &proof);
    Result<void> forget(const QString &path);
    Result<WaypointListPtr> findWaypoints(const QString &path, const FileState &state);
    Result<void> keepWaypoints(const QString &path, const FileState &state,
                               const WaypointList &list);

private:
    Error errorOf(const QSqlError &error) const;
    Result<void> prepareTable();
    Result<void> prepareWaypoints();

    const QString m_file;
    const QString m_connection;
    QSqlDatabase m_database;
};

Error ProofDatabase::errorOf(const QSqlError &error) const
{
    const int native = error.nativeErrorCode().toInt();
    return {isDamage(native) ? ErrorCode::Corrupt : ErrorCode::Io,
            u"%1: %2"_s.arg(m_file, error.databaseText()), native};
}

Result<void> ProofDatabase::ensureOpen()
{
    // SQLite would go on writing into a file that was deleted.
    if (m_database.isOpen() && QFile::exists(m_file))
        return {};
    close();
    m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection);
    m_database.setDatabaseName(m_file);
    m_database.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=2000"_s);
    if (!m_database.open()) {
        const Error error = errorOf(m_database.lastError());
        close();
        return error;
    }
    Result<void> prepared = prepareTable();
    if (prepared)
        prepared = prepareWaypoints();
    if (!prepared) {
        close();
        return prepared;
    }
    return {};
}

// Not FULL: what a power cut takes is proven again.
Result<void> ProofDatabase::prepareTable()
{
    for (const QString &pragma : {u"PRAGMA journal_mode=WAL"_s, u"PRAGMA synchronous=NORMAL"_s,
                                  u"PRAGMA journal_size_limit=4194304"_s}) {
        if (Result<void> set = execute(pragma); !set)
            return set;
    }
    QSqlQuery version(m_database);
    if (!version.exec(u"PRAGMA user_version"_s) || !version.next())
        return errorOf(version.lastError());
    const int found = version.value(0).toInt();
    version.finish();
    // A row that is written again is the newest.
    if (found == kSchema)
        return execute(
            u"DELETE FROM proofs WHERE rowid <= (SELECT max(rowid) FROM proofs) - %1"_s.arg(
                kMostRows));
    for (const QString &statement :
         {u"DROP TABLE IF EXISTS proofs"_s,
          u"CREATE TABLE proofs(path TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT"
          " NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, prover INTEGER NOT NULL,"
          " proof TEXT NOT NULL)"_s,
          u"PRAGMA user_version=%1"_s.arg(kSchema)}) {
        if (Result<void> made = execute(statement); !made)
            return made;
    }
    return {};
}

Result<void> ProofDatabase::prepareWaypoints()
{
    return execute(
        u"CREATE TABLE IF NOT EXISTS waypoints(path TEXT PRIMARY KEY, device INTEGER NOT NULL,"
        " inode INTEGER NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, prover"
        " INTEGER NOT NULL, points BLOB NOT NULL)"_s);
}

Result<WaypointListPtr> ProofDatabase::findWaypoints(const QString &path, const FileState &state)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(u"SELECT points FROM waypoints WHERE path=? AND device=? AND inode=? AND"
                       " size=? AND modified_ns=? AND prover=?"_s))
        return errorOf(query.lastError());
    for (const QVariant &value : QVariantList{path, state.device, state.inode, state.sizeBytes,
                                              state.modifiedNs, kProverVersion})
        query.addBindValue(value);
    if (!query.exec())
        return errorOf(query.lastError());
    if (!query.next())
        return WaypointListPtr();
    const QByteArray packed = query.value(0).toByteArray();
    // It begins with how long it was, which is room that is made for it.
    if (packed.size() < 4 || qFromBigEndian<quint32>(packed.constData()) > kMostWaypointBytes)
        return WaypointListPtr();
    auto list = std::make_shared<const WaypointList>(
        WaypointList::fromJson(QJsonDocument::fromJson(qUncompress(packed)).object()));
    return list->isEmpty() ? WaypointListPtr() : list;
}

Result<void> ProofDatabase::keepWaypoints(const QString &path, const FileState &state,
                                          const WaypointList &list)
{
    const Result<void> kept = execute(
        u"INSERT OR REPLACE INTO waypoints(path, device, inode, size, modified_ns, prover,"
        " points) VALUES(?, ?, ?, ?, ?, ?, ?)"_s,
        {path, state.device, state.inode, state.sizeBytes, state.modifiedNs, kProverVersion,
         qCompress(QJsonDocument(list.toJson()).toJson(QJsonDocument::Compact))});
    // A row that is written again is the newest.
    return kept
        ? execute(
            u"DELETE FROM waypoints WHERE rowid <= (SELECT max(rowid) FROM waypoints) - %1"_s.arg(
                kMostWaypointRows))
        : kept;
}

Result<void> ProofDatabase::forget(const QString &path)
{
    const Result<void> forgotten = execute(u"DELETE FROM proofs WHERE path=?"_s, {path});
    return forgotten ? execute(u"DELETE FROM waypoints WHERE path=?"_s, {path}) : forgotten;
}

void ProofDatabase::close()
{
    if (!m_database.isValid())
        return;
    m_database.close();
    m_database = QSqlDatabase(); // removeDatabase() warns about a handle that is still held
    QSqlDatabase::removeDatabase(m_connection);
}

void ProofDatabase::throwAway()
{
    close();
    for (const QString &end : {QString(), u"-wal"_s, u"-shm"_s})
        QFile::remove(m_file + end);
}

Result<void> ProofDatabase::execute(const QString &statement, const QVariantList &values)
{
    QSqlQuery query(m_database);
    if (!query.prepare(statement))
        return errorOf(query.lastError());
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return errorOf(query.lastError());
    return {};
}

Result<std::optional<Proof>> ProofDatabase::find(const QString &path, const FileState &state)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(u"SELECT proof FROM proofs WHERE path=? AND device=? AND inode=? AND size=?"
                       " AND modified_ns=? AND prover=?"_s))
        return errorOf(query.lastError());
    for (const QVariant &value : QVariantList{path, state.device, state.inode, state.sizeBytes,
                                              state.modifiedNs, kProverVersion})
        query.addBindValue(value);
    if (!query.exec())
        return errorOf(query.lastError());
    if (!query.next())
        return std::optional<Proof>();
    return std::optional(
        Proof::fromJson(QJsonDocument::fromJson(query.value(0).toByteArray()).object()));
}

Result<void> ProofDatabase::keep(const QString &path, const FileState &state, const Proof &proof)
{
    return execute(
        u"INSERT OR REPLACE INTO proofs(path, device, inode, size, modified_ns, prover,"
        " proof) VALUES(?, ?, ?, ?, ?, ?, ?)"_s,
        {path, state.device, state.inode, state.sizeBytes, state.modifiedNs, kProverVersion,
         QString::fromUtf8(QJsonDocument(proof.toJson()).toJson(QJsonDocument::Compact))});
}

ProofStore::ProofStore(const QString &file, ProofStoreEvents events)
    : m_file(file)
    , m_events(std::move(events))
    , m_thread([this](const std::stop_token &stop) { run(stop); })
{
}

ProofStore::~ProofStore()
{
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

bool ProofStore::find(const QString &path, const FileState &state)
{
    return push({Kind::Find, path, state, {}, {}});
}

void ProofStore::keep(const QString &path, const FileState &state, const Proof &proof)
{
    push({Kind::Keep, path, state, proof, {}});
}

void ProofStore::forget(const QString &path)
{
    push({Kind::Forget, path, {}, {}, {}});
}

bool ProofStore::findWaypoints(const QString &path, const FileState &state)
{
    return push({Kind::FindWaypoints, path, state, {}, {}});
}

void ProofStore::keepWaypoints(const QString &path, const FileState &state, WaypointListPtr list)
{
    push({Kind::KeepWaypoints, path, state, {}, std::move(list)});
}

bool ProofStore::push(Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_jobs.size() >= kMaxJobs)
            return false;
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_all();
    return true;
}

void ProofStore::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "proofs");
    ProofDatabase database(m_file); // of this thread, as Qt's SQL wants it
    for (;;) {
        std::deque<Job> jobs;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); });
            jobs.swap(m_jobs);
        }
        if (jobs.empty())
            return;
        work(jobs, database);
    }
}

// What is there together is one transaction.
void ProofStore::work(std::deque<Job> &jobs, ProofDatabase &database)
{
    Result<void> outcome = database.ensureOpen();
    if (!outcome && outcome.error().code == ErrorCode::Corrupt) {
        note(outcome, database);
        outcome = database.ensureOpen();
    }
    if (outcome)
        outcome = database.execute(u"BEGIN IMMEDIATE"_s);
    while (outcome && !jobs.empty()) {
        outcome = workOne(jobs.front(), database);
        if (outcome)
            jobs.pop_front();
    }
    if (outcome)
        outcome = database.execute(u"COMMIT"_s);
    note(outcome, database);
    answerUnknown(jobs);
}

Result<void> ProofStore::workOne(const Job &job, ProofDatabase &database)
{
    switch (job.kind) {
    case Kind::Find: {
        const Result<std::optional<Proof>> proof = database.find(job.path, job.state);
        if (!proof)
            return proof.error();
        m_events.found(job.path, job.state, proof.value());
        return {};
    }
    case Kind::Keep:
        return database.keep(job.path, job.state, job.proof);
    case Kind::Forget:
        return database.forget(job.path);
    case Kind::FindWaypoints: {
        const Result<WaypointListPtr> list = database.findWaypoints(job.path, job.state);
        if (!list)
            return list.error();
        m_events.waypointsFound(job.path, job.state, list.value());
        return {};
    }
    case Kind::KeepWaypoints:
        return database.keepWaypoints(job.path, job.state, *job.waypoints);
    }
    return {};
}

void ProofStore::answerUnknown(const std::deque<Job> &jobs) const
{
    for (const Job &job : jobs) {
        if (job.kind == Kind::Find)
            m_events.found(job.path, job.state, std::nullopt);
        else if (job.kind == Kind::FindWaypoints)
            m_events.waypointsUnknown(job.path, job.state);
    }
}

void ProofStore::note(const Result<void> &outcome, ProofDatabase &database)
{
    if (outcome) {
        if (std::exchange(m_isTroubled, false))
            m_events.recovered();
    } else if (outcome.error().code == ErrorCode::Corrupt) {
        database.throwAway();
        m_events.damaged(outcome.error());
    } else {
        database.close(); // and with it what was begun; a disk that was replaced is found
        if (!std::exchange(m_isTroubled, true))
            m_events.troubled(outcome.error());
    }
}

} // namespace continuo
