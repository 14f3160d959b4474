// SPDX-License-Identifier: GPL-3.0-or-later
// What a station does beside playing a good list for ever: slate, broken items, first frame,
// render, and going on after its engine was killed.
#include "tests/support/onair/onair.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestStationLife : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        guarded([this] { m_corpus = loadCorpus(4, {30, 1}); });
    }

    void emptyList_isSlate_andAddedItemsPlayOnce()
    {
        guarded([this] { playOnce(); });
    }
    void brokenItem_isNamedWithReason_andPassedOver()
    {
        guarded([this] { playBroken(); });
    }
    void firstFrame_beginsWhereTold()
    {
        guarded([this] { beginLate(); });
    }
    void render_playsTheListOnce_data()
    {
        QTest::addColumn<QString>("ending");
        QTest::newRow("mkv") << u"mkv"_s;
        QTest::newRow("mp4") << u"mp4"_s;
        QTest::newRow("ts") << u"ts"_s;
    }
    void render_playsTheListOnce()
    {
        guarded([this] { render(); });
    }
    void killedEngine_comesBack_withListAndItem()
    {
        guarded([this] { killEngine(); });
    }
    void killedEngine_doesNotChangeWhatWasSettled()
    {
        guarded([this] { killEngineInTheSafeZone(); });
    }

private:
    void playOnce()
    {
        TestStation station;
        const QString channel = u"slate"_s;
        const QString folder = outputFolder(u"slate"_s);
        station.call(u"channel.create"_s, {{u"name"_s, channel}, {u"loop"_s, false}});
        station.addDestination(channel, u"file:"_s + folder + u"/record.mkv"_s);
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "slate"_L1; },
            30s);
        station.add(channel, {m_corpus.files[0]});
        station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        const QJsonObject after = station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "slate"_L1; },
            30s);
        QCOMPARE(after.value("counts"_L1).toObject().value("held"_L1).toInteger(), 0);
        const qint64 last = after.value("frame"_L1).toInteger();
        station.waitForStatus(
            channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > last; }, 30s);
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        framecode::Expectation expectation;
        expectation.items.push_back({m_corpus.clips[0], 0, std::nullopt, false});
        expectation.slate = framecode::Slate::AtEnds;
        checkFarEnd(folder + u"/record.mkv"_s, expectation, folder, u"record"_s);
    }

    void playBroken()
    {
        TestStation station;
        const QString channel = u"broken"_s;
        const QString folder = outputFolder(u"broken"_s);
        QFile text(folder + u"/text.mp4"_s);
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("this is no film\n");
        text.close();
        station.call(u"channel.create"_s, {{u"name"_s, channel}, {u"loop"_s, true}});
        const QStringList ids
            = station.add(channel, {m_corpus.files[0], text.fileName(), m_corpus.files[3]});
        station.addDestination(channel, u"file:"_s + folder + u"/record.mkv"_s);
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        const QJsonObject status = station.waitForStatus(
            channel,
            [&](const QJsonObject &now) {
                return now.value("item"_L1).toObject().value("id"_L1).toString() == ids[2];
            },
            30s);
        checkCounts(status);
        const QJsonArray problems = status.value("problems"_L1).toArray();
        QCOMPARE(problems.size(), 1);
        QCOMPARE(problems[0].toObject().value("item"_L1).toString(), ids[1]);
        QVERIFY(!problems[0].toObject().value("detail"_L1).toString().isEmpty());
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        framecode::Expectation expectation;
        expectation.items.push_back({m_corpus.clips[0], 0, std::nullopt, false});
        expectation.items.push_back({m_corpus.clips[3], 0, std::nullopt, false});
        expectation.end = framecode::End::Anywhere;
        checkFarEnd(folder + u"/record.mkv"_s, expectation, folder, u"record"_s);
    }

    void beginLate()
    {
        TestStation station({u"--first-frame"_s, u"120000"_s});
        const QString channel = u"late"_s;
        const QString folder = outputFolder(u"late"_s);
        station.call(u"channel.create"_s, {{u"name"_s, channel}});
        station.add(channel, {m_corpus.files[0]});
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s);
        QCOMPARE(station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                     .value("frame"_L1)
                     .toInteger(),
                 120000);
        station.waitForStatus(
            channel,
            [](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > 120100; }, 30s);
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        // Segments are cut at multiples of 60 frames and numbered by them.
        QVERIFY(QFile::exists(folder + u"/hls/seg00002000.ts"_s));
    }

    void render()
    {
        QFETCH(QString, ending);
        const QString folder = outputFolder(u"render-"_s + ending);
        TestStation station;
        const QString channel = u"render"_s;
        station.call(u"channel.create"_s,
                     {{u"name"_s, channel}, {u"width"_s, 640}, {u"height"_s, 360}});
        const QStringList files{m_corpus.files[0], m_corpus.files[6], m_corpus.files[8]};
        station.add(channel, files);
        const QString out = folder + u"/out."_s + ending;
        const QJsonObject result
            = station.call(u"station.render"_s, {{u"channel"_s, channel}, {u"out"_s, out}}, 120s);
        framecode::Expectation expectation;
        qint64 frames = 0;
        for (const std::size_t clip : {std::size_t(0), std::size_t(6), std::size_t(8)}) {
            expectation.items.push_back({m_corpus.clips[clip], 0, std::nullopt, false});
            frames += m_corpus.frames[clip];
        }
        QCOMPARE(result.value("frames"_L1).toInteger(), frames);
        QCOMPARE(result.value("problems"_L1).toArray().size(), 0);
        checkFarEnd(out, expectation, folder, u"render"_s);
    }

    void killEngine()
    {
        TestStation station;
        const QString channel = u"killed"_s;
        station.call(u"channel.create"_s, {{u"name"_s, channel}});
        const QStringList ids = station.add(channel, m_corpus.files);
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(
            channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > first + 30; },
            30s);
        const qint64 before = station.status(channel).value("frame"_L1).toInteger();
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        // A frame that the dead clock had made, and nobody had fed, is made and told again.
        const QJsonObject now = station.waitForStatus(
            channel,
            [&](const QJsonObject &status) {
                return status.value("state"_L1) == "on-air"_L1
                    && status.value("frame"_L1).toInteger() > before;
            },
            30s);
        const qint64 frame = now.value("frame"_L1).toInteger();
        // Where the list would have been without the death: most often still in its first item.
        const QString item = now.value("item"_L1).toObject().value("id"_L1).toString();
        const QStringList due{itemAt(ids, frame - first - 1), itemAt(ids, frame - first),
                              itemAt(ids, frame - first + 1)};
        QVERIFY2(due.contains(item), qPrintable(u"frame %1: %2"_s.arg(frame).arg(item)));
        QStringList kept;
        const QJsonArray items = station.call(u"playlist.list"_s, {{u"channel"_s, channel}})
                                     .value("items"_L1)
                                     .toArray();
        for (const QJsonValue &entry : items)
            kept.append(entry.toObject().value("id"_L1).toString());
        QCOMPARE(kept, ids);
    }

    void killEngineInTheSafeZone()
    {
        TestStation station;
        const QString channel = u"settled"_s;
        station.call(u"channel.create"_s, {{u"name"_s, channel}, {u"safeZoneMs"_s, 10'000}});
        const QStringList ids = station.add(channel, m_corpus.files);
        station.call(u"channel.start"_s, {{u"channel"_s, channel}});
        station.waitForStatus(
            channel,
            [](const QJsonObject &now) {
                return now.value("state"_L1) == "on-air"_L1
                    && now.value("next"_L1).toObject().value("settled"_L1).toBool();
            },
            30s);
        station.call(u"playlist.remove"_s,
                     {{u"channel"_s, channel}, {u"items"_s, QJsonArray{ids[1]}}});
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        const auto itemOf = [](const QJsonObject &status) {
            return status.value("item"_L1).toObject().value("id"_L1).toString();
        };
        const QJsonObject now = station.waitForStatus(
            channel,
            [&](const QJsonObject &status) {
                return !itemOf(status).isEmpty() && itemOf(status) != ids[0];
            },
            30s);
        QCOMPARE(itemOf(now), ids[1]);
        // It is in no list any more, and the next engine goes on with it all the same.
        ::kill(pid_t(station.client().greeting().value("pid"_L1).toInteger()), SIGKILL);
        station.reconnect();
        const qint64 killedAt = now.value("frame"_L1).toInteger();
        const QJsonObject later = station.waitForStatus(
            channel,
            [&](const QJsonObject &status) {
                return !itemOf(status).isEmpty()
                    && status.value("frame"_L1).toInteger() > killedAt + 30;
            },
            30s);
        QCOMPARE(itemOf(later), ids[1]);
    }

    // Of the corpus, played in order: the item that has frame \p frame, counted from its first.
    QString itemAt(const QStringList &ids, qint64 frame) const
    {
        for (std::size_t i = 0; i < m_corpus.frames.size(); ++i) {
            if (frame < m_corpus.frames[i])
                return ids[qsizetype(i)];
            frame -= m_corpus.frames[i];
        }
        return {};
    }

    Corpus m_corpus;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestStationLife)
#include "tst_station.moc"
