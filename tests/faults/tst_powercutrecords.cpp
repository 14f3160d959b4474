// SPDX-License-Identifier: GPL-3.0-or-later
// As-run log and alarms are kept by the real records for some runs of a station, and what SQLite
// does to the disk is recorded call by call; then the power is cut after each call, what was not
// synced is dropped in every way, and the real code opens what is left.
//
// What is promised. Nobody waits for the records but the answer to a command (stop, skip, take,
// alarms clear): by then all that was recorded before it, rows and alarms, is on the disk
// (Records::whenKept(); no longer than its patience, which is endless here: a disk that is full or
// hangs for two seconds keeps nobody waiting, and that is no power cut). Between two answers each
// record is there as a whole or not at all, in their order: an airing that ended, or how far it has
// got, may be missing. So what is left is as it was after one of the records since the last answer,
// and never damaged.
#include "core/base/paths.h"
#include "core/records/records.h"
#include "tests/faults/powercuts.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QJsonDocument>
#include <QMap>
#include <QRegularExpression>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kRuns = 3;
constexpr int kSteps = 5; // of each run
// SQLite copies its log into the file when it has more than 1000 pages of 4 KiB, and begins it
// anew with what comes next; more than 4 MiB of it are cut off then.
constexpr qsizetype kLongDetail = 4'400'000;

// How much of a long run of writes is tried.
struct Thoroughness {
    qsizetype edge; // calls at either end of it: each
    qsizetype within; // and one of so many in between
    int longStep; // of the last run; each cut behind it is tried with a long log, too
};

// "./check --full powercut" tries more.
Thoroughness thoroughness()
{
    return qEnvironmentVariableIsSet("CONTINUO_ALL_CUTS") ? Thoroughness{40, 64, 1}
                                                          : Thoroughness{12, 128, 3};
}

// When frame 0 was: in 2069. Of 1970, rows would be pruned while a slow test runs.
constexpr WallTime kFrameZero = std::chrono::hours(24 * 365 * 100);
const QString kChannel = u"one"_s;

// What as-run log and alarms hold, in words.
struct KeptRecords {
    QStringList rows; // in their order
    QStringList alarms; // sorted
    bool operator==(const KeptRecords &) const = default;
};

WallTime timeOf(std::int64_t frame)
{
    return kFrameZero + WallTime(frame * 10000); // 100 frames a second
}

QString wordsOf(Airing airing)
{
    // All of it by its hash: thousands of rows are compared.
    airing.detail = u"%1 characters, hash %2"_s.arg(airing.detail.size())
                        .arg(qulonglong(qHash(airing.detail, 7)));
    return QString::fromUtf8(QJsonDocument(airing.toJson()).toJson(QJsonDocument::Compact))
        + u" until %1"_s.arg(qint64(airing.end.until.count()));
}

QString wordsOf(const QString &subject, std::int64_t count, const QString &text)
{
    return u"%1: %2 (%3 times)"_s.arg(subject, text, QString::number(count));
}

// "ok", or what is wrong within the file: pages, and indexes that do not fit their table.
QString integrityOf(const QString &file)
{
    const QString name = u"integrity"_s;
    QString words;
    {
        QSqlDatabase connection = QSqlDatabase::addDatabase(u"QSQLITE"_s, name);
        connection.setDatabaseName(file);
        if (connection.open()) {
            QSqlQuery query(connection);
            const bool isAnswered = query.exec(u"PRAGMA integrity_check"_s) && query.next();
            words = isAnswered ? query.value(0).toString() : query.lastError().text();
        } else {
            words = connection.lastError().text();
        }
    }
    QSqlDatabase::removeDatabase(name);
    return words;
}

QString databaseIn(const QString &folder)
{
    return StationPaths::forState(folder).data + u"/records.sqlite"_s;
}

} // namespace

class TestPowerCutRecords final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { recordRuns(); }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void everyAnswer_isKept_data() { addWhatIsKept(); }

    void everyAnswer_isKept()
    {
        QFETCH(disklog::Kept, kept);
        qint64 answered = 0; // what was kept for the last answer: an index of m_states
        int tried = 0;
        disklog::PowerCuts cuts(m_operations);
        while (cuts.next()) {
            const bool isAnswer = cuts.last().kind == disklog::Kind::Answer;
            if (isAnswer)
                answered = cuts.last().offset;
            if (!isAnswer && (!cuts.hasChanged(kept) || isWithinALongCopy(cuts.done() - 1)))
                continue;
            QTemporaryDir folder(powerCutTemplate());
            QVERIFY(cuts.write(kept, folder.path()));
            if (!QFileInfo(StationPaths::forState(folder.path()).data).isDir())
                continue; // the station's folders are being made
            const QString trouble = open(folder.path(), answered, nextAnswer(cuts.done()));
            QVERIFY2(trouble.isEmpty(),
                     qPrintable(u"cut after call %1 of %2: %3"_s.arg(cuts.done())
                                    .arg(m_operations.size())
                                    .arg(trouble)));
            ++tried;
        }
        qInfo("%d cuts", tried);
    }

private:
    // A station that begins, one that has rows, and one whose log becomes so long that it is copied
    // while the station runs. Each ends as a station that is shut down; the row on air stays open.
    void recordRuns()
    {
        QTemporaryDir folder(powerCutTemplate());
        disklog::begin(folder.path());
        QVERIFY(StationPaths::forState(folder.path()).create());
        m_states.append(m_now);
        for (int run = 0; run < kRuns; ++run) {
            Records records(databaseIn(folder.path()), std::chrono::hours(1));
            interrupt();
            QVERIFY(answer(records)); // and the alarms of before have been read
            for (int step = 0; step < kSteps; ++step) {
                const bool isLong = run == kRuns - 1 && step == m_thoroughness.longStep;
                doStep(records, isLong ? QString(kLongDetail, u'x') : u"why"_s);
                QVERIFY(answer(records));
            }
        }
        m_operations = disklog::end();
        checkRecording();
    }

    // That SQLite was overheard at all: a build of it may use other calls.
    void checkRecording() const
    {
        int syncs = 0;
        int logs = 0;
        bool isLogCutOff = false;
        for (const disklog::Operation &operation : m_operations) {
            const bool isLog = operation.path.endsWith("/records.sqlite-wal");
            syncs += operation.kind == disklog::Kind::Sync && isLog ? 1 : 0;
            logs += operation.kind == disklog::Kind::Create && isLog ? 1 : 0;
            isLogCutOff = isLogCutOff
                || (operation.kind == disklog::Kind::Truncate && operation.offset >= 4'000'000);
        }
        qInfo("%lld calls, %d times the log was synced, %lld records",
              static_cast<long long>(m_operations.size()), syncs,
              static_cast<long long>(m_states.size() - 1));
        QVERIFY(syncs >= kRuns * kSteps);
        QCOMPARE(logs, kRuns); // so each run but the last ended with its log copied and removed
        QVERIFY(isLogCutOff); // it was begun anew
    }

    // What one item on air leaves, and what went wrong meanwhile: four or five records.
    void doStep(Records &records, const QString &detail)
    {
        const std::int64_t frame = 100 * ++m_steps;
        if (m_open >= 0) {
            const AiringProgress end{frame, timeOf(frame), m_steps % 3, m_steps % 2};
            const QStringList reasons
                = m_steps % 2 == 0 ? QStringList() : QStringList{u"player-replaced"_s, u"skip"_s};
            records.endAiring(kChannel, end, reasons, detail);
            Airing &ended = m_rows[m_open];
            ended.end = end;
            ended.isOnAir = false;
            ended.reasons = reasons;
            ended.detail = detail;
            noteRow(std::exchange(m_open, -1));
        }
        Airing airing = airingAt(frame);
        airing.plannedStart = airing.start;
        airing.plannedEnd = timeOf(frame + 100);
        airing.isOnAir = true;
        airing.begun = u"follow"_s;
        records.beginAiring(airing);
        m_open = addRow(airing);
        // One of a row between two answers: a second would take the place of the first.
        const AiringProgress progress{frame + 40, timeOf(frame + 40), 1, 0};
        records.noteProgress(kChannel, progress);
        m_rows[m_open].end = progress;
        noteRow(m_open);
        if (m_steps % 3 == 0) {
            Airing failed = airingAt(frame + 50);
            failed.begun = u"failed"_s;
            failed.reasons = QStringList{u"failed"_s};
            failed.detail = u"no media file"_s;
            records.addAiring(failed);
            addRow(failed);
        }
        const QString subject = QString::number(m_steps % 4);
        const QString text = u"number %1"_s.arg(m_steps);
        records.raiseAlarm(kChannel, subject, u"encoder-replaced"_s, u"warning"_s, text);
        m_alarms[subject] = wordsOf(subject, ++m_alarmCounts[subject], text);
        m_now.alarms = m_alarms.values();
        m_now.alarms.sort();
        m_states.append(m_now);
    }

    static Airing airingAt(std::int64_t frame)
    {
        Airing airing;
        airing.channel = kChannel;
        airing.itemId = u"item %1"_s.arg(frame);
        airing.path = u"/clips/%1.mp4"_s.arg(frame);
        airing.title = u"Title of %1"_s.arg(frame);
        airing.start = timeOf(frame);
        airing.startFrame = frame;
        airing.end = {frame, airing.start, 0, 0};
        return airing;
    }

    // What every start does first.
    void interrupt()
    {
        if (m_open < 0)
            return;
        Airing &interrupted = m_rows[m_open];
        interrupted.isOnAir = false;
        interrupted.reasons.append(u"interrupted"_s);
        noteRow(std::exchange(m_open, -1));
    }

    qsizetype addRow(Airing airing)
    {
        airing.id = m_rows.size() + 1;
        m_rows.append(airing);
        m_now.rows.append(QString());
        noteRow(m_rows.size() - 1);
        return m_rows.size() - 1;
    }

    // A record that was left changes row \p index, and that only.
    void noteRow(qsizetype index)
    {
        m_now.rows[index] = wordsOf(m_rows[index]);
        m_states.append(m_now);
    }

    bool answer(Records &records)
    {
        bool isKept = false;
        records.whenKept([&] { isKept = true; });
        if (!QTest::qWaitFor([&] { return isKept; }, kTestPatienceMs))
            return false;
        disklog::answer(m_states.size() - 1);
        return true;
    }

    // The newest record that may be on the disk after \p done calls.
    qint64 nextAnswer(qsizetype done) const
    {
        for (qsizetype i = done; i < m_operations.size(); ++i) {
            if (m_operations[i].kind == disklog::Kind::Answer)
                return m_operations[i].offset;
        }
        return m_states.size() - 1;
    }

    // In the middle of thousands of pages that are written one after the other, each call is like
    // the one before: of those not all are tried.
    bool isWithinALongCopy(qsizetype index) const
    {
        const qsizetype edge = m_thoroughness.edge;
        if (index % m_thoroughness.within == 0 || index < edge
            || index + edge >= m_operations.size())
            return false;
        const auto isWrite = [](const disklog::Operation &operation) {
            return operation.kind == disklog::Kind::Write;
        };
        return std::all_of(m_operations.cbegin() + index - edge,
                           m_operations.cbegin() + index + edge + 1, isWrite);
    }

    // What is wrong with what is left; empty: it is as after one of the records \p answered to
    // \p newest.
    QString open(const QString &folder, qint64 answered, qint64 newest) const
    {
        const QString file = databaseIn(folder);
        // SQLite writes it by mmap, which is not overheard. Its place is in memory: whoever opens
        // the database first makes it anew from the log.
        QFile::remove(file + u"-shm"_s);
        RecordsDatabase database(file);
        if (const Result<void> opened = database.open(); !opened)
            return u"the database cannot be opened: "_s + opened.error().detail;
        if (const QString words = integrityOf(file); words != "ok"_L1)
            return u"the database is damaged: "_s + words;
        const Result<AiringList> list = database.airings({kChannel, {}, {}, 0, 1000});
        if (!list)
            return u"the rows cannot be read: "_s + list.error().detail;
        const Result<std::vector<Alarm>> alarms = database.alarms();
        if (!alarms)
            return u"the alarms cannot be read: "_s + alarms.error().detail;
        KeptRecords found;
        for (const Airing &row : list->rows)
            found.rows.append(wordsOf(row));
        for (const Alarm &alarm : alarms.value())
            found.alarms.append(wordsOf(alarm.subject, alarm.count, alarm.text));
        found.alarms.sort();
        const auto first = m_states.cbegin() + answered;
        const auto end = m_states.cbegin() + newest + 1;
        if (std::find(first, end, found) == end) {
            return u"not as after one of the records %1 to %2, but after %3:\n%4\n%5"_s
                .arg(answered)
                .arg(newest)
                .arg(m_states.indexOf(found))
                .arg(found.rows.join(u'\n'), found.alarms.join(u'\n'));
        }
        // As the next start does: it can be written, too.
        if (const Result<void> closed = database.closeInterrupted(); !closed)
            return u"the database cannot be written: "_s + closed.error().detail;
        return {};
    }

    const Thoroughness m_thoroughness = thoroughness();
    QList<disklog::Operation> m_operations;
    QList<KeptRecords> m_states; // after each record that was left; the first: nothing

    // While it is recorded.
    KeptRecords m_now;
    QList<Airing> m_rows;
    qsizetype m_open = -1; // the row on air; -1: none
    std::int64_t m_steps = 0;
    QMap<QString, QString> m_alarms; // by subject
    QHash<QString, std::int64_t> m_alarmCounts;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPowerCutRecords)
#include "tst_powercutrecords.moc"
