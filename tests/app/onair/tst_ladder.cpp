// SPDX-License-Identifier: GPL-3.0-or-later
// The never-dark ladder at the far end: a list that ends, the slate, the emergency clip again and
// again, also by another engine, and back to the list, each to the frame.
#include "tests/support/onair/onair.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <optional>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestLadder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emergencyClip_standsInForAListThatEnds()
    {
        guarded([this] { climb(); });
    }

private:
    QString emergencyState(TestStation &station)
    {
        return station.status(m_channel)
            .value("emergency"_L1)
            .toObject()
            .value("state"_L1)
            .toString();
    }

    void reach(TestStation &station, qint64 frame)
    {
        station.waitForStatus(
            m_channel,
            [&](const QJsonObject &now) { return now.value("frame"_L1).toInteger() >= frame; },
            30s);
    }

    bool hasAlarm(TestStation &station, const QString &code, const QString &state)
    {
        const QJsonArray alarms = station.call(u"alarms.list"_s, {{u"channel"_s, m_channel}})
                                      .value("alarms"_L1)
                                      .toArray();
        return std::any_of(alarms.begin(), alarms.end(), [&](const QJsonValue &alarm) {
            return alarm.toObject().value("code"_L1) == code
                && alarm.toObject().value("state"_L1) == state;
        });
    }

    // By its log: the frame with which the engine that took over feeds the same encoder first.
    static qint64 fedFrom(TestStation &station)
    {
        static const QRegularExpression line(u"encoder goes on: (true|false) fed from (\\d+) "_s);
        const QRegularExpressionMatch match = line.match(station.logs());
        return match.captured(1) == "true"_L1 ? match.captured(2).toLongLong() : -1;
    }

    void climb()
    {
        const framecode::Rate fps{30, 1};
        const Corpus corpus = loadCorpus(4, fps);
        const qint64 clipFrames = corpus.frames[1];
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}, {u"loop"_s, false}});
        station.call(u"channel.set"_s, {{u"name"_s, m_channel}, {u"emergency"_s, corpus.files[1]}});
        QVERIFY(!station.tryCall(u"channel.set"_s,
                                 {{u"name"_s, m_channel}, {u"emergency"_s, u"/no/clip.mp4"_s}}));
        // What cannot be right is refused before anything is set.
        QVERIFY(!station.tryCall(u"channel.set"_s,
                                 {{u"name"_s, m_channel},
                                  {u"emergency"_s, corpus.files[0]},
                                  {u"languages"_s, u"x1"_s}}));
        QCOMPARE(station.status(m_channel).value("emergency"_L1).toObject().value("path"_L1),
                 corpus.files[1]);
        QCOMPARE(emergencyState(station), u"ready"_s);
        station.add(m_channel, {corpus.files[0]});
        station.addDestination(m_channel, u"file:"_s + m_folder + u"/record.mkv"_s);
        watchMachine();
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        const qint64 slateAt = first + corpus.frames[0];
        const qint64 clipAt = slateAt + 5 * 30;
        reach(station, clipAt + 30);
        QCOMPARE(emergencyState(station), u"on-air"_s);
        QVERIFY(hasAlarm(station, u"emergency-on-air"_s, u"active"_s));
        // The engine dies in the middle of its second time.
        reach(station, clipAt + clipFrames + 60);
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        reach(station, clipAt + 2 * clipFrames + 30);
        const qint64 torn = fedFrom(station);
        QCOMPARE(emergencyState(station), u"on-air"_s);
        station.add(m_channel, {corpus.files[2]});
        const QJsonObject back = station.waitForStatus(
            m_channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        const qint64 backAt = back.value("item"_L1).toObject().value("startFrame"_L1).toInteger();
        QVERIFY(backAt > clipAt + 2 * clipFrames);
        reach(station, backAt + 60);
        QVERIFY(hasAlarm(station, u"emergency-on-air"_s, u"over"_s));
        const QJsonArray rows
            = station.call(u"asrun.list"_s, {{u"channel"_s, m_channel}}).value("rows"_L1).toArray();
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();

        QStringList begun;
        QList<qint64> starts;
        for (const QJsonValue &row : rows) {
            begun.append(row.toObject().value("begun"_L1).toString());
            starts.append(row.toObject().value("startFrame"_L1).toInteger());
        }
        QCOMPARE(begun, (QStringList{u"follow"_s, u"slate"_s, u"emergency"_s, u"follow"_s}));
        QCOMPARE(starts, (QList<qint64>{first, slateAt, clipAt, backAt}));
        QCOMPARE(rows[2].toObject().value("path"_L1).toString(), corpus.files[1]);
        QCOMPARE(rows[2].toObject().value("frames"_L1).toInteger(), backAt - clipAt);

        framecode::Expectation expectation;
        expectation.fps = fps;
        expectation.items.push_back({corpus.clips[0], 0, std::nullopt, false});
        for (qint64 shown = clipAt; shown < backAt; shown += clipFrames) {
            const qint64 frames = std::min(clipFrames, backAt - shown);
            expectation.items.push_back(
                {corpus.clips[1], 0,
                 frames < clipFrames ? std::optional(int(frames)) : std::nullopt, false});
        }
        expectation.items.push_back({corpus.clips[2], 0, std::nullopt, false});
        expectation.end = framecode::End::Anywhere;
        expectation.slate = framecode::Slate::Anywhere;
        FramesDue due{last - first - 1, last - first, torn >= 0 ? torn - first : -1};
        checkFarEnd(m_folder + u"/record.mkv"_s, expectation, m_folder, u"record"_s, {}, due);
    }

    const QString m_channel = u"ladder"_s;
    const QString m_folder = outputFolder(u"ladder"_s);
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestLadder)
#include "tst_ladder.moc"
