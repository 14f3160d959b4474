// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/records/subjects.h"

#include <QRegularExpression>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

class TestRecords final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        QTest::failOnWarning(QRegularExpression(u".?"_s));
        m_folder = std::make_unique<QTemporaryDir>();
        open();
    }
    void cleanup() { m_records.reset(); }

    void rows_tellPlanAndDeed_afterReopening()
    {
        Airing first = airingOf(u"a"_s, 480);
        first.plannedStart = 5s;
        first.plannedEnd = 8s;
        m_records->beginAiring(first);
        m_records->endAiring(u"one"_s, until(700, 3), {u"player-replaced"_s, u"skip"_s},
                             u"killed by signal 9"_s);
        m_records->beginAiring(airingOf(u"b"_s, 700));
        m_records->beginAiring(airingOf(u"c"_s, 10, u"two"_s));
        QCOMPARE(rowsOf(*m_records).size(), 2);
        QVERIFY(rowsOf(*m_records).last().isOnAir);
        m_records->endAiring(u"one"_s, until(800), {}, {});
        open();
        const QList<Airing> rows = rowsOf(*m_records);
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].plannedStart, std::optional<WallTime>(5s));
        QCOMPARE(rows[0].plannedEnd, std::optional<WallTime>(8s));
        QCOMPARE(rows[0].frames(), 220);
        QCOMPARE(rows[0].end.held, 3);
        QCOMPARE(rows[0].reasons, QStringList({u"player-replaced"_s, u"skip"_s}));
        QCOMPARE(rows[0].detail, u"killed by signal 9"_s);
        QVERIFY(!rows[0].isOnAir);
        QVERIFY(!rows[1].plannedStart);
        QVERIFY(rows[1].reasons.isEmpty());
        QCOMPARE(rowsOf(*m_records, u"two"_s).size(), 1);
    }

    void openRow_isInterrupted_afterAPowerCut()
    {
        m_records->beginAiring(airingOf(u"a"_s, 480));
        m_records->noteProgress(u"one"_s, until(600, 1));
        m_records->noteProgress(u"one"_s, until(650, 2));
        QVERIFY(isKept(*m_records));
        open();
        const QList<Airing> rows = rowsOf(*m_records);
        QCOMPARE(rows.size(), 1);
        QVERIFY(!rows[0].isOnAir);
        QCOMPARE(rows[0].end.nextFrame, 650);
        QCOMPARE(rows[0].end.held, 2);
        QCOMPARE(rows[0].reasons, QStringList(u"interrupted"_s));
    }

    void takeOver_continuesTheRow_whenItIsTheSameItem()
    {
        m_records->beginAiring(airingOf(u"a"_s, 480));
        m_records->noteProgress(u"one"_s, until(600, 4));
        QVERIFY(isKept(*m_records));
        open();
        m_records->beginAiring(airingOf(u"a"_s, 610), true);
        m_records->endAiring(u"one"_s, until(900, 2), {}, {});
        m_records->beginAiring(airingOf(u"b"_s, 900), true); // not the one before: a new row
        const QList<Airing> rows = rowsOf(*m_records);
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].startFrame, 480);
        QCOMPARE(rows[0].end.nextFrame, 900);
        QCOMPARE(rows[0].end.held, 6); // of both engines
        QCOMPARE(rows[0].reasons, QStringList(u"engine-restarted"_s));
        QVERIFY(rows[1].isOnAir);
    }

    void query_takesTimesAndReadsOn()
    {
        for (int i = 0; i < 10; ++i) {
            if (i > 0)
                m_records->endAiring(u"one"_s, until(i * 100), {}, {});
            m_records->beginAiring(airingOf(QString::number(i), i * 100));
        }
        const auto items = [&](const AiringQuery &query) {
            QString text;
            const Result<AiringList> list = listed(*m_records, query);
            for (const Airing &row : list->rows)
                text += row.itemId;
            return text + (list->hasMore ? u"+"_s : QString());
        };
        QCOMPARE(items({u"one"_s, {}, {}, 0, 100}), u"0123456789"_s);
        QCOMPARE(items({u"one"_s, {}, {}, 0, 4}), u"0123+"_s);
        QCOMPARE(items({u"one"_s, {}, {}, 4, 6}), u"456789"_s);
        // Item i is on air from second i to i+1; the end does not belong to it.
        const auto at = [](std::chrono::milliseconds time) { return kOpening + time; };
        QCOMPARE(items({u"one"_s, at(3s), at(5s), 0, 100}), u"34"_s);
        QCOMPARE(items({u"one"_s, at(2500ms), at(3500ms), 0, 100}), u"23"_s);
        QCOMPARE(items({u"one"_s, at(20s), {}, 0, 100}), u"9"_s); // it is on air still
        QCOMPARE(items({u"none"_s, {}, {}, 0, 100}), QString());
    }

    void oldRows_arePruned_asLongAsItWasSet()
    {
        int days = 0;
        const auto keep = [&](int wanted) {
            days = -1;
            m_records->keepDays(wanted, [&](const Result<int> &kept) { days = kept.value(); });
            return QTest::qWaitFor([&] { return days >= 0; }, kTestPatienceMs);
        };
        QVERIFY(keep(-1));
        QCOMPARE(days, 400);
        QVERIFY(keep(30));
        QCOMPARE(days, 30);
        m_records.reset();
        RecordsDatabase database(file());
        QVERIFY(database.open());
        QCOMPARE(database.keepDays().value(), 30);
        QVERIFY(database.begin());
        for (int i = 0; i < 1200; ++i) {
            Airing airing = airingOf(QString::number(i), i);
            airing.isOnAir = i == 0; // what is open stays
            QVERIFY(database.addAiring(airing));
        }
        QVERIFY(database.commit());
        int pruned = 0;
        for (int i = 0; i < 3; ++i) {
            const Result<int> some = database.prune(until(1000).until, 500);
            QVERIFY(some);
            QVERIFY(some.value() <= 500);
            pruned += some.value();
        }
        QCOMPARE(pruned, 999);
        QCOMPARE(database.airings({u"one"_s, {}, {}, 0, 5000})->rows.size(), 201);
    }

    void alarms_areKept_andCleared()
    {
        QList<QJsonObject> told;
        connect(m_records.get(), &Records::alarmChanged, this,
                [&](const QJsonObject &alarm) { told.append(alarm); });
        const auto died = [&] {
            m_records->onMessage(u"one"_s, u"warning"_s, u"encoder-replaced"_s, u"it died"_s);
        };
        m_records->onMessage(u"one"_s, u"info"_s, u"list-file-taken-up"_s, u"no alarm"_s);
        died();
        died();
        m_records->onMessage({}, u"warning"_s, u"overload"_s, u"too much"_s);
        QTRY_COMPARE(told.size(), 3);
        QCOMPARE(told[1].value("count"_L1).toInt(), 2);
        QCOMPARE(told[2].value("state"_L1).toString(), u"active"_s);
        QVERIFY(isKept(*m_records));
        open();
        QTRY_COMPARE(m_records->alarms({}).size(), 2U);
        QCOMPARE(m_records->alarms({}).front().state, Alarm::State::Over);
        died();
        QCOMPARE(m_records->alarms(u"one"_s).front().count, 3);
        m_records->onMessage({}, u"warning"_s, u"overload"_s, u"again"_s);
        m_records->onMessage({}, u"info"_s, u"overload-over"_s, u"fine"_s);
        QCOMPARE(m_records->alarms({}).front().state, Alarm::State::Over);
        QCOMPARE(m_records->clearAlarms({}), 2U);
        open();
        died();
        QTRY_COMPARE(m_records->alarms({}).size(), 1U);
        QCOMPARE(m_records->alarms({}).front().count, 1);
    }

private:
    QString file() const { return m_folder->filePath(u"records.sqlite"_s); }
    void open()
    {
        m_records.reset();
        m_records = std::make_unique<Records>(file(), kDiskPatience);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Records> m_records;
};

} // namespace

std::unique_ptr<QObject> makeRecordsTest()
{
    return std::make_unique<TestRecords>();
}

#include "tst_records.moc"
