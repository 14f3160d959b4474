// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/records/subjects.h"

#include <QProcess>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

class TestKilled final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    // SIGKILL at random moments, ten times into the same file: each row that was called kept is
    // there, none twice, and at most one that was on the way.
    void keptRows_areThere_afterEachKill()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(u"records.sqlite"_s);
        QRandomGenerator random(20261122);
        std::int64_t next = 0;
        std::int64_t alarms = 0; // raised and kept in the rounds before
        for (int round = 0; round < 10; ++round) {
            const std::int64_t kept = appendUntilKilled(file, next, random.bounded(1, 40));
            QVERIFY(kept >= next);
            Records records(file, kDiskPatience);
            const QList<Airing> rows = rowsOf(records);
            QVERIFY2(rows.size() == kept + 1 || rows.size() == kept + 2,
                     qPrintable(u"%1 rows, %2 kept"_s.arg(rows.size()).arg(kept + 1)));
            for (qsizetype i = 0; i < rows.size(); ++i) {
                QCOMPARE(rows[i].itemId, QString::number(i));
                QVERIFY(!rows[i].isOnAir);
            }
            // The end of a row and the beginning of the next are two records as well: the last one
            // that was called kept may have come to its end, and nothing was interrupted then.
            const bool hasEnded = rows.last().end.nextFrame != rows.last().startFrame;
            QCOMPARE(rows.last().reasons.contains(u"interrupted"_s), !hasEnded);
            QVERIFY(!hasEnded || rows.size() == kept + 1);
            QTRY_VERIFY(!records.alarms({}).empty());
            std::int64_t count = 0;
            for (const Alarm &alarm : records.alarms({}))
                count += alarm.count;
            // A row and its alarm are two records: of the one that was on the way, the row alone
            // may have come to the disk.
            const std::int64_t called = alarms + kept + 1 - next;
            const std::int64_t begun = alarms + rows.size() - next;
            QVERIFY2(count >= called && count <= begun,
                     qPrintable(u"%1 alarms, not %2 to %3"_s.arg(count).arg(called).arg(begun)));
            alarms = count;
            next = rows.size();
        }
    }

private:
    // The number of the last row that was called kept.
    static std::int64_t appendUntilKilled(const QString &file, std::int64_t first, int rows)
    {
        QProcess appender;
        appender.start(qEnvironmentVariable("CONTINUO_BIN") + u"/records-appender"_s,
                       {file, QString::number(first)});
        std::int64_t kept = -1;
        const auto read = [&] {
            while (appender.canReadLine())
                kept = appender.readLine().trimmed().toLongLong();
        };
        while (kept < first + rows && appender.waitForReadyRead(kTestPatienceMs))
            read();
        appender.kill();
        appender.waitForFinished();
        read();
        return kept;
    }
};

} // namespace

std::unique_ptr<QObject> makeKilledTest()
{
    return std::make_unique<TestKilled>();
}

#include "tst_killed.moc"
