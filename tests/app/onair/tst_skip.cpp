// SPDX-License-Identifier: GPL-3.0-or-later
// Skip and take: at most two frames from the frame on air at the reply to the wanted item.
#include "tests/support/onair/onair.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestSkip : public QObject {
    Q_OBJECT

private:
    // One command, and where it must show in the output.
    struct Command {
        int clip = 0;
        qint64 frame = 0;
    };

    // What the output must show: each item from its command's frame up to the next command's.
    static framecode::Expectation expected(const std::vector<Command> &commands, qint64 first,
                                           const Corpus &corpus, framecode::Rate fps)
    {
        framecode::Expectation expectation;
        expectation.fps = fps;
        expectation.end = framecode::End::Anywhere;
        qint64 start = first;
        int clip = 0;
        const auto count = int(corpus.files.size());
        for (const Command &command : commands) {
            // Items that ended by themselves before the command came.
            while (start + corpus.frames[std::size_t(clip)] <= command.frame) {
                expectation.items.push_back(
                    {corpus.clips[std::size_t(clip)], 0, std::nullopt, false});
                start += corpus.frames[std::size_t(clip)];
                clip = (clip + 1) % count;
            }
            if (command.frame > start) {
                expectation.items.push_back(
                    {corpus.clips[std::size_t(clip)], 0, int(command.frame - start), true});
            }
            start = command.frame;
            clip = command.clip;
        }
        for (int more = 0; more < 3; ++more)
            expectation.items.push_back(
                {corpus.clips[std::size_t((clip + more) % count)], 0, std::nullopt, false});
        return expectation;
    }

    // Nothing but the frames that the engine counted as held may be shown twice, and only there the
    // sound may pause.
    static void checkHeld(const QString &folder, framecode::Expectation expectation, qint64 held)
    {
        expectation.heldAtCut = int(held);
        const framecode::Outcome<framecode::Report> report
            = framecode::check(folder + u"/hls/index.m3u8"_s, expectation);
        QVERIFY2(report, "the output cannot be read");
        qint64 shown = report.value().repeated;
        for (const framecode::Join &join : report.value().joins)
            shown += join.held;
        const auto others
            = std::ranges::count_if(report.value().faults, [&](const framecode::Fault &fault) {
                  return fault.kind != "repeated"_L1 && (held == 0 || fault.kind != "gap"_L1);
              });
        QVERIFY2(others == 0, qPrintable(report.value().toText()));
        QVERIFY2(report.value().gaps <= held, qPrintable(report.value().toText()));
        QCOMPARE(shown, held);
        qInfo("output: %lld frames, %zu joins, %lld held, all exact",
              static_cast<long long>(report.value().seen), report.value().joins.size(),
              static_cast<long long>(shown));
    }

private Q_SLOTS:
    void skipAndTake_showWithinTwoFrames()
    {
        guarded([this] { skipAndTake(); });
    }

private:
    void skipAndTake()
    {
        const framecode::Rate fps{30, 1};
        const Corpus corpus = loadCorpus(4, fps);
        const auto count = int(corpus.files.size());
        const QString folder = outputFolder(u"skip"_s);
        TestStation station;
        const QString channel = u"skip"_s;
        station.call(u"channel.create"_s, {{u"name"_s, channel}, {u"loop"_s, true}});
        const QStringList ids = station.add(channel, corpus.files);
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(
            channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        QRandomGenerator random(7);
        std::vector<Command> commands;
        qint64 worst = 0;
        for (int i = 0; i < 50; ++i) {
            station.client().readFor(std::chrono::milliseconds(1050 + random.bounded(300)));
            const bool isTake = i % 3 == 2;
            const int wanted = random.bounded(count);
            const QJsonObject reply = isTake
                ? station.call(u"channel.take"_s,
                               {{u"channel"_s, channel}, {u"item"_s, ids[wanted]}})
                : station.call(u"channel.skip"_s, {{u"channel"_s, channel}});
            const qint64 onAir = station.status(channel).value("frame"_L1).toInteger();
            const qint64 frame = reply.value("frame"_L1).toInteger();
            // The status is read after the reply, so the frame on air at the reply was no later.
            worst = std::max(worst, frame - onAir);
            commands.push_back({int(ids.indexOf(reply.value("item"_L1).toString())), frame});
            if (isTake)
                QCOMPARE(commands.back().clip, wanted);
        }
        QVERIFY2(worst <= 2, qPrintable(u"%1 frames"_s.arg(worst)));
        QJsonObject status = station.status(channel);
        checkCounts(status);

        // Bursts, 100 ms apart: what is not there in time is held, counted, and soon there.
        qint64 heldBefore = 0;
        qint64 worstHeld = 0;
        for (int burst = 0; burst < 4; ++burst) {
            station.client().readFor(2s);
            for (int i = 0; i < 5; ++i) {
                QElapsedTimer timer;
                timer.start();
                const QJsonObject reply
                    = station.call(u"channel.skip"_s, {{u"channel"_s, channel}});
                commands.push_back({int(ids.indexOf(reply.value("item"_L1).toString())),
                                    reply.value("frame"_L1).toInteger()});
                const qint64 held = station.status(channel)
                                        .value("counts"_L1)
                                        .toObject()
                                        .value("held"_L1)
                                        .toInteger();
                worstHeld = std::max(worstHeld, held - heldBefore);
                heldBefore = held;
                station.client().readFor(
                    std::chrono::milliseconds(std::max<qint64>(100 - timer.elapsed(), 0)));
            }
        }
        station.client().readFor(2s);
        // What was held behind the last command counts, too.
        const qint64 heldInAll
            = station.status(channel).value("counts"_L1).toObject().value("held"_L1).toInteger();
        worstHeld = std::max(worstHeld, heldInAll - heldBefore);
        heldBefore = heldInAll;
        QVERIFY2(worstHeld <= 15, qPrintable(u"%1 held"_s.arg(worstHeld)));
        qInfo("skip and take: worst %lld frames after the reply; bursts: %lld held in all",
              static_cast<long long>(worst), static_cast<long long>(heldBefore));
        station.call(u"channel.stop"_s, {{u"channel"_s, channel}});
        checkHeld(folder, expected(commands, first, corpus, fps), heldBefore);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestSkip)
#include "tst_skip.moc"
