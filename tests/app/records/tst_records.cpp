// SPDX-License-Identifier: GPL-3.0-or-later
// As-run log and alarms of a real station on air.
#include "tests/support/patience.h"
#include "tests/support/station/teststation.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestAppRecords final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    // Every frame since the start stands in exactly one row.
    void rows_coverTheAir_withPlanAndReasons()
    {
        TestStation station;
        makeChannel(station);
        const QString bad = station.path(u"bad.mkv"_s);
        QFile file(bad);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no media") > 0);
        file.close();
        // Long enough for what follows to be cued while the disk takes seconds; and the last for
        // all that is asked while it is on air.
        const QStringList items
            = station.add(u"a"_s,
                          {clip(station, u"one"_s, 6), bad, clip(station, u"two"_s, 30),
                           clip(station, u"three"_s, 30)});
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(u"a"_s, isOnAir(items[2]), 30s);
        const qint64 skipped = station.call(u"channel.skip"_s, {{u"channel"_s, u"a"_s}})
                                   .value("frame"_L1)
                                   .toInteger();
        // Answered, so it is kept.
        QList<QJsonObject> rows = aired(station);
        QCOMPARE(rows.last().value("startFrame"_L1).toInteger(), skipped);
        QVERIFY(rows.last().value("onAir"_L1).toBool());
        const qint64 stopped = station.call(u"channel.stop"_s, {{u"channel"_s, u"a"_s}})
                                   .value("frame"_L1)
                                   .toInteger();
        rows = aired(station);
        qint64 next = first;
        for (const QJsonObject &row : rows) {
            QCOMPARE(row.value("startFrame"_L1).toInteger(), next);
            next = row.value("endFrame"_L1).toInteger();
            const qint64 lasted
                = row.value("endMs"_L1).toInteger() - row.value("startMs"_L1).toInteger();
            QVERIFY(std::abs(lasted - row.value("frames"_L1).toInteger() * 40) <= 1);
        }
        QCOMPARE(next, stopped);
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0].value("item"_L1).toString(), items[0]);
        QCOMPARE(rows[0].value("frames"_L1).toInteger(), 150);
        QCOMPARE(rows[0].value("reasons"_L1).toArray(), QJsonArray());
        QCOMPARE(rows[1].value("plannedStartMs"_L1), rows[1].value("startMs"_L1));
        QCOMPARE(rows[1].value("plannedEndMs"_L1).toInteger()
                     - rows[1].value("plannedStartMs"_L1).toInteger(),
                 30000);
        QCOMPARE(rows[1].value("reasons"_L1).toArray(), QJsonArray{u"skip"_s});
        QCOMPARE(rows[2].value("begun"_L1).toString(), u"skip"_s);
        QCOMPARE(rows[2].value("reasons"_L1).toArray(), QJsonArray{u"channel-stopped"_s});
        QVERIFY(m_failed.value("detail"_L1).toString().contains(u"no media file"_s));
        QCOMPARE(m_failed.value("item"_L1).toString(), items[1]);
        const QJsonArray alarms
            = station.call(u"alarms.list"_s, {{u"channel"_s, u"a"_s}}).value("alarms"_L1).toArray();
        QCOMPARE(alarms.size(), 1);
        QCOMPARE(alarms[0].toObject().value("code"_L1).toString(), u"item-cannot-play"_s);
        checkCsv(station, rows, {6000, 30000, 30000});
    }

    // Everything killed at once, behind a command that was answered.
    void powerCut_leavesWhatWasAnswered()
    {
        TestStation station;
        makeChannel(station);
        const QStringList items
            = station.add(u"a"_s, {clip(station, u"one"_s, 30), clip(station, u"two"_s, 30)});
        station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}});
        station.waitForStatus(u"a"_s, isOnAir(items[0]), 30s);
        aired(station); // asked behind what was left before: the disk is free for what follows
        const qint64 taken
            = station.call(u"channel.take"_s, {{u"channel"_s, u"a"_s}, {u"item"_s, items[1]}})
                  .value("frame"_L1)
                  .toInteger();
        station.signalAll(SIGKILL);
        station.startAgain();
        const QList<QJsonObject> rows = aired(station);
        QVERIFY(rows.size() >= 2);
        QCOMPARE(rows[0].value("endFrame"_L1).toInteger(), taken);
        QCOMPARE(rows[0].value("reasons"_L1).toArray(), QJsonArray{u"take"_s});
        QCOMPARE(rows[1].value("startFrame"_L1).toInteger(), taken);
        QCOMPARE(rows[1].value("reasons"_L1).toArray(), QJsonArray{u"interrupted"_s});
        QVERIFY(!rows[1].value("onAir"_L1).toBool());
    }

    void destinationInTrouble_isAnAlarm_untilItIsRemoved()
    {
        TestStation station;
        makeChannel(station);
        station.add(u"a"_s, {clip(station, u"one"_s, 30)});
        const QString id = station.addDestination(u"a"_s, u"rtmp://127.0.0.1:1/live"_s);
        station.call(u"channel.start"_s, {{u"channel"_s, u"a"_s}});
        const auto state = [&] {
            const QJsonArray alarms = station.call(u"alarms.list"_s, {{u"channel"_s, u"a"_s}})
                                          .value("alarms"_L1)
                                          .toArray();
            return alarms.isEmpty() ? QString() : alarms[0].toObject().value("state"_L1).toString();
        };
        QTRY_COMPARE(state(), u"active"_s);
        station.call(u"destination.remove"_s, {{u"channel"_s, u"a"_s}, {u"id"_s, id}});
        QTRY_COMPARE(state(), u"over"_s);
        QCOMPARE(
            station.call(u"alarms.clear"_s, {{u"channel"_s, u"a"_s}}).value("cleared"_L1).toInt(),
            1);
        QCOMPARE(state(), QString());
    }

private:
    // What continuoctl asrun --csv makes of the rows of what was on air; \p plannedMs: how long
    // each was to last.
    static void checkCsv(const TestStation &station, const QList<QJsonObject> &rows,
                         const QList<qint64> &plannedMs)
    {
        QProcess ctl;
        ctl.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuoctl"_s,
                  {u"--state"_s, station.folder(), u"asrun"_s, u"a"_s, u"--csv"_s});
        QVERIFY(ctl.waitForFinished(kTestPatienceMs));
        QCOMPARE(ctl.exitCode(), 0);
        QStringList lines = QString::fromUtf8(ctl.readAllStandardOutput()).split(u"\r\n"_s);
        QCOMPARE(lines.takeFirst(),
                 u"channel,item,path,title,planned_start,planned_end,start,end,start_frame,"
                 "end_frame,frames,held,dropped,begun,reasons,detail"_s);
        QCOMPARE(lines.takeLast(), QString()); // the last line ends, too
        QVERIFY(lines.size() > rows.size()); // the item that could not play has a line, too
        for (qsizetype i = 0; i < rows.size(); ++i) {
            const QJsonObject &row = rows[i];
            const QString begin = u"a,%1,"_s.arg(row.value("item"_L1).toString());
            const QStringList found
                = lines.filter(QRegularExpression(u'^' + QRegularExpression::escape(begin)));
            QCOMPARE(found.size(), 1);
            const QStringList fields = found[0].split(u',');
            QCOMPARE(fields.size(), 16);
            const qint64 plannedStart = millisecondsOf(fields[4]);
            QCOMPARE(plannedStart, row.value("plannedStartMs"_L1).toInteger());
            QVERIFY2(!fields[5].isEmpty(), qPrintable(found[0]));
            QCOMPARE(millisecondsOf(fields[5]) - plannedStart, plannedMs[i]);
            QCOMPARE(millisecondsOf(fields[6]), row.value("startMs"_L1).toInteger());
            QCOMPARE(millisecondsOf(fields[7]), row.value("endMs"_L1).toInteger());
            QCOMPARE(fields[8].toLongLong(), row.value("startFrame"_L1).toInteger());
            QCOMPARE(fields[9].toLongLong(), row.value("endFrame"_L1).toInteger());
        }
    }

    // Of a time in UTC as the CSV has it; -1: it is none.
    static qint64 millisecondsOf(const QString &text)
    {
        static const QRegularExpression form(
            u"^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$"_s);
        return form.match(text).hasMatch()
            ? QDateTime::fromString(text, Qt::ISODateWithMs).toMSecsSinceEpoch()
            : -1;
    }

    static void makeChannel(TestStation &station)
    {
        station.call(
            u"channel.create"_s,
            {{u"name"_s, u"a"_s}, {u"width"_s, 160}, {u"height"_s, 90}, {u"fps"_s, u"25"_s}});
    }
    static QString clip(const TestStation &station, const QString &name, int seconds)
    {
        const QString path = station.path(name + u".mkv"_s);
        QProcess ffmpeg;
        ffmpeg.start(u"ffmpeg"_s,
                     {u"-v"_s, u"error"_s, u"-f"_s, u"lavfi"_s, u"-i"_s,
                      u"testsrc=s=160x90:r=25:d=%1"_s.arg(seconds), u"-c:v"_s, u"mpeg4"_s, path});
        ffmpeg.waitForFinished(kTestPatienceMs);
        return path;
    }
    static std::function<bool(const QJsonObject &)> isOnAir(const QString &item)
    {
        return [item](const QJsonObject &status) {
            return status.value("item"_L1).toObject().value("id"_L1) == item;
        };
    }
    // The rows of what was on air; what never was goes to m_failed.
    QList<QJsonObject> aired(TestStation &station)
    {
        QList<QJsonObject> rows;
        const QJsonObject result = station.call(u"asrun.list"_s, {{u"channel"_s, u"a"_s}});
        for (const QJsonValue &value : result.value("rows"_L1).toArray()) {
            if (value.toObject().value("begun"_L1) == u"failed"_s)
                m_failed = value.toObject();
            else
                rows.append(value.toObject());
        }
        return rows;
    }

    QJsonObject m_failed;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestAppRecords)

#include "tst_records.moc"
