// SPDX-License-Identifier: GPL-3.0-or-later
// Skip and take: at most two frames from the frame on air at the command to the wanted item, where
// that is cued, and exactly at the frame that the reply names.
#include "tests/support/onair/onair.h"
#include "tests/support/patience.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <memory>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::size_t kAlone = 50; // commands over a second apart
constexpr int kBursts = 4;
constexpr int kInBurst = 5; // commands, 100 ms apart
constexpr qint64 kCuedFrames = 2; // from the command to the wanted item: promised where it is cued
// Else as soon as it is decoded: its player has to open it. Nobody has promised a figure.
constexpr qint64 kUncuedFrames = 45;
// In a burst each has to be opened when the one before it has come on air.
constexpr qint64 kBurstFrames = 30;
constexpr qint64 kMostHeld = 15; // in a burst
constexpr int kFps = 30;
// A look at the status that takes longer does not say which frame was on air.
constexpr qint64 kQuickMs = 10;

qint64 framesIn(qint64 milliseconds)
{
    return milliseconds * kFps / 1000;
}

qint64 framesThatStood(const AirTimer &air)
{
    const qint64 stoodMs = air.stoodMs();
    return stoodMs > 0 ? framesIn(stoodMs) + 1 : 0;
}

/// What was on air when a command was given: the status right before it, since the reply comes when
/// the item is on air already.
class CommandMoment {
public:
    CommandMoment(TestStation &station, const QString &channel)
    {
        m_air.start();
        for (int look = 0; look < 3; ++look) {
            m_sinceLook.start();
            m_status = station.status(channel);
            if (m_sinceLook.elapsed() <= kQuickMs)
                break;
        }
    }

    void send() { m_sentAfterMs = m_sinceLook.elapsed(); } ///< right before it is sent
    const QJsonObject &status() const { return m_status; }
    qint64 frame() const { return m_status.value("frame"_L1).toInteger(); }
    QString nextId() const
    {
        return m_status.value("next"_L1).toObject().value("id"_L1).toString();
    }
    /// Frames from the command to \p shownAt, without those for which the time between look and
    /// command or a machine that stood still accounts. For a reply that has just come.
    qint64 framesUntil(qint64 shownAt) const
    {
        return shownAt - frame() - framesIn(m_sentAfterMs) - framesThatStood(m_air);
    }

private:
    AirTimer m_air;
    QElapsedTimer m_sinceLook;
    QJsonObject m_status;
    qint64 m_sentAfterMs = 0;
};

/// One command, and where it must show in the output.
struct SkipOrTake {
    int clip = 0;
    qint64 frame = 0;
};

/// An item, or as much of it as was on air.
struct ClipOnAir {
    int clip = 0;
    qint64 start = 0;
    qint64 end = 0;
    bool isInBurst = false; ///< frames of it may have been held
};

} // namespace

class TestSkip : public QObject {
    Q_OBJECT

private:
    // What the output must show: each item from its command's frame up to the next command's.
    static std::vector<ClipOnAir> onAir(const std::vector<SkipOrTake> &commands, qint64 first,
                                        qint64 last, const Corpus &corpus)
    {
        std::vector<ClipOnAir> shown;
        qint64 start = first;
        int clip = 0;
        const auto playUntil = [&](qint64 frame, bool isInBurst) {
            // Items that end by themselves before that are followed by the next one of the list.
            while (start < frame) {
                const qint64 end = std::min(start + corpus.frames[std::size_t(clip)], frame);
                shown.push_back({clip, start, end, isInBurst});
                start = end;
                clip = (clip + 1) % int(corpus.files.size());
            }
        };
        for (std::size_t i = 0; i < commands.size(); ++i) {
            playUntil(commands[i].frame, i >= kAlone);
            clip = commands[i].clip;
        }
        playUntil(last, true);
        return shown;
    }

    // No frame may be missing or wrong. Nothing but the frames that the engine counted as held may
    // be shown twice, and only there the sound may pause: in the bursts, where an item then has as
    // many frames less when it is left. Every item begins at the frame that was named.
    static void checkOutput(const QString &folder, const std::vector<ClipOnAir> &shown,
                            const Corpus &corpus, qint64 held)
    {
        framecode::Expectation expectation;
        expectation.fps = framecode::Rate{kFps, 1};
        expectation.end = framecode::End::Anywhere; // the frames are counted below
        expectation.slate = framecode::Slate::Never;
        expectation.heldAtCut = int(held);
        for (const ClipOnAir &item : shown) {
            expectation.items.push_back({corpus.clips[std::size_t(item.clip)], 0,
                                         int(item.end - item.start), item.isInBurst && held > 0});
        }
        const framecode::Outcome<framecode::Report> outcome
            = framecode::check(folder + u"/hls/index.m3u8"_s, expectation);
        QVERIFY2(outcome, "the output cannot be read");
        const framecode::Report &report = outcome.value();
        qint64 repeated = report.repeated;
        for (const framecode::Join &join : report.joins)
            repeated += join.held;
        const auto others
            = std::ranges::count_if(report.faults, [held](const framecode::Fault &fault) {
                  return held == 0 || (fault.kind != "repeated"_L1 && fault.kind != "gap"_L1);
              });
        QVERIFY2(others == 0, qPrintable(report.toText()));
        QVERIFY2(report.gaps <= held, qPrintable(report.toText()));
        QCOMPARE(repeated, held);
        const qint64 first = shown.front().start;
        QCOMPARE(report.seen, shown.back().end - first);
        QCOMPARE(report.joins.size(), shown.size() - 1);
        for (std::size_t i = 0; i < report.joins.size(); ++i)
            QCOMPARE(first + report.joins[i].atFrame, shown[i + 1].start);
        QVERIFY(report.hls.has_value());
        QCOMPARE(report.hls->discontinuities, 0);
        qInfo("output: %lld frames, %zu joins, %lld held, all where they were named",
              static_cast<long long>(report.seen), report.joins.size(),
              static_cast<long long>(repeated));
    }

    static void waitFor(TestStation &station, std::chrono::milliseconds time)
    {
        const QDeadlineTimer deadline(std::max(time, std::chrono::milliseconds(0)));
        while (!deadline.hasExpired())
            station.client().readFor(std::chrono::milliseconds(deadline.remainingTime()));
    }

    // For so long on air that what follows is cued, as it always is then; a time in which the
    // machine stood still does not count.
    void waitOnAir(TestStation &station, qint64 ms) const
    {
        AirTimer air;
        air.start();
        while (air.elapsedMs() < ms)
            waitFor(station, std::chrono::milliseconds(ms - air.elapsedMs()));
        station.waitForStatus(
            m_channel,
            [](const QJsonObject &now) {
                return now.value("next"_L1).toObject().value("cued"_L1).toBool();
            },
            30s);
    }

private Q_SLOTS:
    void skipAndTake_showWithinTwoFrames()
    {
        guarded([this] { skipAndTake(); });
    }

private:
    const QString m_channel = u"skip"_s;

    qint64 heldFrames(TestStation &station) const
    {
        return station.status(m_channel).value("counts"_L1).toObject().value("held"_L1).toInteger();
    }

    void skipAndTake()
    {
        // So long that none ends by itself right before a burst.
        const Corpus corpus = loadCorpus(4, {kFps, 1});
        const QString folder = outputFolder(u"skip"_s);
        TestStation station;
        station.call(u"channel.create"_s, {{u"name"_s, m_channel}, {u"loop"_s, true}});
        const QStringList ids = station.add(m_channel, corpus.files);
        station.addDestination(m_channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        watchMachine();
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, m_channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        station.waitForStatus(
            m_channel, [](const QJsonObject &now) { return now.value("state"_L1) == "on-air"_L1; },
            30s);
        std::vector<SkipOrTake> commands;
        commandAlone(station, ids, commands);
        // Nothing is held for these.
        if (QTest::currentTestFailed() || !checkCounts(station.status(m_channel)))
            return;
        for (int burst = 0; burst < kBursts && !QTest::currentTestFailed(); ++burst)
            commandInBurst(station, ids, commands);
        if (QTest::currentTestFailed())
            return;
        const qint64 held = heldFrames(station);
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, m_channel}})
                                .value("frame"_L1)
                                .toInteger();
        checkOutput(folder, onAir(commands, first, last, corpus), corpus, held);
    }

    void commandAlone(TestStation &station, const QStringList &ids,
                      std::vector<SkipOrTake> &commands)
    {
        QRandomGenerator random(7);
        int cued = 0;
        qint64 worstCued = 0;
        qint64 worstUncued = 0;
        QStringList late;
        for (std::size_t i = 0; i < kAlone; ++i) {
            waitOnAir(station, 1050 + random.bounded(300));
            const bool isTake = i % 3 == 2;
            const QString taken = ids[random.bounded(int(ids.size()))];
            CommandMoment moment(station, m_channel);
            // What follows is cued always, so long after the last command.
            const bool isCued = !isTake || taken == moment.nextId();
            moment.send();
            const QJsonObject reply = isTake
                ? station.call(u"channel.take"_s, {{u"channel"_s, m_channel}, {u"item"_s, taken}})
                : station.call(u"channel.skip"_s, {{u"channel"_s, m_channel}});
            const qint64 frame = reply.value("frame"_L1).toInteger();
            const qint64 frames = moment.framesUntil(frame);
            const QString item = reply.value("item"_L1).toString();
            QCOMPARE(item, isTake ? taken : moment.nextId());
            QVERIFY(frame > moment.frame());
            commands.push_back({int(ids.indexOf(item)), frame});
            cued += isCued ? 1 : 0;
            qint64 &worst = isCued ? worstCued : worstUncued;
            worst = std::max(worst, frames);
            if (frames > (isCued ? kCuedFrames : kUncuedFrames)) {
                late.append(
                    u"%1 %2: %3 frames after frame %4; cued then: %5"_s
                        .arg(isTake ? u"take"_s : u"skip"_s)
                        .arg(i)
                        .arg(frames)
                        .arg(moment.frame())
                        .arg(
                            moment.status().value("next"_L1).toObject().value("cued"_L1).toBool()));
            }
        }
        qInfo("from the command: to %d items that were cued %lld frames at worst, to %d others "
              "%lld",
              cued, static_cast<long long>(worstCued), int(kAlone) - cued,
              static_cast<long long>(worstUncued));
        QVERIFY2(late.isEmpty(), qPrintable(late.join(u'\n')));
    }

    // Sent without waiting for the answers. Until an item has frames in hand the one before it goes
    // on: what is not there in time comes late, or is held and counted, and soon there.
    void commandInBurst(TestStation &station, const QStringList &ids,
                        std::vector<SkipOrTake> &commands)
    {
        waitOnAir(station, 1500);
        const qint64 heldBefore = heldFrames(station);
        std::vector<qint64> waits;
        QStringList refused;
        AirTimer air;
        air.start();
        QElapsedTimer timer;
        timer.start();
        qint64 sentMs = 0;
        QObject context; // behind what its answers are written to: they end with it
        for (int i = 0; i < kInBurst; ++i) {
            waitFor(station, std::chrono::milliseconds(i * 100 - timer.elapsed()));
            const auto moment = std::make_shared<CommandMoment>(station, m_channel);
            moment->send();
            sentMs = timer.elapsed();
            station.client().call(u"channel.skip"_s, {{u"channel"_s, m_channel}}, &context,
                                  [&, moment](const Result<QJsonObject> &reply) {
                                      if (!reply) {
                                          refused.append(reply.error().detail);
                                          return;
                                      }
                                      const qint64 frame
                                          = reply.value().value("frame"_L1).toInteger();
                                      const QString item
                                          = reply.value().value("item"_L1).toString();
                                      commands.push_back({int(ids.indexOf(item)), frame});
                                      waits.push_back(moment->framesUntil(frame));
                                  });
        }
        while (waits.size() < std::size_t(kInBurst) && refused.isEmpty()
               && timer.elapsed() < kTestPatienceMs)
            station.client().readFor(20ms);
        QVERIFY2(refused.isEmpty(), qPrintable(refused.join(u'\n')));
        QCOMPARE(waits.size(), std::size_t(kInBurst));
        waitFor(station, 1s); // what is held behind the last one counts, too
        const qint64 held = heldFrames(station) - heldBefore;
        QStringList words;
        for (const qint64 frames : waits)
            words.append(QString::number(frames));
        qInfo("burst of %d within %lld ms: on air after %s frames, %lld held", kInBurst,
              static_cast<long long>(sentMs), qPrintable(words.join(u", "_s)),
              static_cast<long long>(held));
        for (std::size_t i = 0; i < waits.size(); ++i)
            QVERIFY2(waits[i] <= kCuedFrames + qint64(i) * kBurstFrames,
                     qPrintable(words[qsizetype(i)]));
        QVERIFY2(held <= kMostHeld + framesThatStood(air), qPrintable(u"%1 held"_s.arg(held)));
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestSkip)
#include "tst_skip.moc"
