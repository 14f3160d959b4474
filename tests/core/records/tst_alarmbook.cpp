// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/records/subjects.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace continuo;

namespace {

class TestAlarmBook final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void sameAlarm_isCounted_withinAnHour()
    {
        AlarmBook book;
        const auto raise = [&](const QString &channel, WallTime now) {
            return book.raise(channel, {}, u"encoder-replaced"_s, u"warning"_s, u"died"_s, now);
        };
        QCOMPARE(raise(u"one"_s, 10h)->count, 1);
        QCOMPARE(raise(u"one"_s, 10h + 59min)->count, 2);
        QCOMPARE(raise(u"two"_s, 10h + 59min)->count, 1);
        const Alarm *third = raise(u"one"_s, 11h + 30min); // an hour after the last, not the first
        QCOMPARE(third->count, 3);
        QCOMPARE(third->first, WallTime(10h));
        QCOMPARE(raise(u"one"_s, 13h)->count, 1);
        QCOMPARE(book.list({}).size(), 3U);
        QCOMPARE(book.list(u"one"_s).front().last, WallTime(13h));
        QVERIFY(!book.list(u"one"_s).front().toJson().contains("state"_L1));
        QVERIFY(book.list(u"one"_s).front().toJson().contains("action"_L1));
    }

    void clockSetBack_countsOn()
    {
        AlarmBook book;
        book.raise({}, {}, u"x"_s, u"fault"_s, u"a"_s, 10h);
        QCOMPARE(book.raise({}, {}, u"x"_s, u"fault"_s, u"a"_s, 9h + 30min)->count, 2);
        QCOMPARE(book.raise({}, {}, u"x"_s, u"fault"_s, u"a"_s, 2h)->count, 1);
    }

    void lastingAlarm_isActiveUntilItIsOver()
    {
        AlarmBook book;
        const auto raise = [&](const QString &text, WallTime now) {
            return book.raise(u"one"_s, u"d1"_s, u"destination-trouble"_s, u"warning"_s, text, now);
        };
        QCOMPARE(raise(u"refused"_s, 1h)->state, Alarm::State::Active);
        QVERIFY(!raise(u"refused"_s, 2h)); // nothing new
        const Alarm *again = raise(u"timeout"_s, 3h);
        QVERIFY(again);
        QCOMPARE(again->count, 1);
        QVERIFY(book.clear({}).empty()); // it lasts
        QVERIFY(!book.end(u"one"_s, u"d2"_s, u"destination-trouble"_s, 4h));
        QCOMPARE(book.end(u"one"_s, u"d1"_s, u"destination-trouble"_s, 4h)->over, WallTime(4h));
        QVERIFY(!book.end(u"one"_s, u"d1"_s, u"destination-trouble"_s, 5h));
        QCOMPARE(raise(u"refused"_s, 3h + 30min)->count, 2); // a second time, soon after
        QVERIFY(book.end(u"one"_s, u"d1"_s, u"destination-trouble"_s, 4h));
        QCOMPARE(book.clear(u"two"_s).size(), 0U);
        QCOMPARE(book.clear(u"one"_s).size(), 1U);
        QVERIFY(book.list({}).empty());
    }

    void loaded_activeOnesAreOver()
    {
        Alarm alarm;
        alarm.key = u"k"_s;
        alarm.code = u"overload"_s;
        alarm.state = Alarm::State::Active;
        alarm.last = 5h;
        AlarmBook book;
        book.load({alarm});
        QCOMPARE(book.all().front().state, Alarm::State::Over);
        QCOMPARE(book.raise({}, {}, u"overload"_s, u"warning"_s, {}, 5h + 1min)->count, 2);
    }
};

} // namespace

std::unique_ptr<QObject> makeAlarmBookTest()
{
    return std::make_unique<TestAlarmBook>();
}

#include "tst_alarmbook.moc"
