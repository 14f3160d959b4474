// SPDX-License-Identifier: GPL-3.0-or-later
// Weeks and years of air in seconds: channels that begin before a counter's wrap pass it
// with every frame, in HLS, in recordings and over RTMP.
#include "tests/support/onair/onair.h"

#include "tests/support/station/nginxrtmp.h"

#include <QJsonArray>
#include <QTest>

#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestWeeks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void counter_wrapsUnseen_data()
    {
        QTest::addColumn<qint64>("wrap");
        // At 30 frames a second; a frame has 1600 samples.
        QTest::newRow("2^33/90000 s of a TS") << qint64(2'863'311); // 2^33/3000
        if (!isFull())
            return;
        QTest::newRow("2^32 frames, 4 years") << qint64(4'294'967'296);
        QTest::newRow("2^31 samples, 12 hours") << qint64(1'342'177); // 2^31/1600
        QTest::newRow("2^32 samples, a day") << qint64(2'684'354);
        QTest::newRow("2^31 us, 36 minutes") << qint64(64'424); // 2^31/10^6*30
        QTest::newRow("2^31 ms, 25 days") << qint64(64'424'509);
        QTest::newRow("2^32 ms, 50 days") << qint64(128'849'018);
        QTest::newRow("2^31 frames, 2 years") << qint64(2'147'483'648);
    }
    void counter_wrapsUnseen()
    {
        guarded([this] { passWrap(); });
    }
    void millisecondsOfRtmp_wrapUnseen_data()
    {
        QTest::addColumn<qint64>("wrap");
        QTest::newRow("2^32 ms, 50 days") << qint64(128'849'018);
        if (isFull())
            QTest::newRow("2^31 ms, 25 days") << qint64(64'424'509);
    }
    void millisecondsOfRtmp_wrapUnseen()
    {
        guarded([this] { passWrapWithRtmp(); });
    }

private:
    static constexpr qint64 kAfter = 150; ///< frames

    /// Every wrap, a minute before each, as "./check --full weeks" wants it; else one of each kind.
    static bool isFull() { return qEnvironmentVariableIsSet("CONTINUO_ALL_WRAPS"); }
    static qint64 framesBefore() { return isFull() ? 1800 : 90; }

    static framecode::Expectation endless(const Corpus &corpus)
    {
        framecode::Expectation expectation;
        expectation.fps = {30, 1};
        for (const auto &clip : corpus.clips)
            expectation.items.push_back({clip, 0, std::nullopt, false});
        expectation.loop = true;
        expectation.end = framecode::End::Anywhere;
        expectation.slate = framecode::Slate::Never;
        return expectation;
    }

    static void createChannel(TestStation &station, const QString &channel, const Corpus &corpus)
    {
        station.call(
            u"channel.create"_s,
            {{u"name"_s, channel}, {u"loop"_s, true}, {u"width"_s, 640}, {u"height"_s, 360}});
        station.add(channel, corpus.files);
    }

    /// Runs until \p end has been released by the publisher; whether no frame was late or held.
    static void run(TestStation &station, const QString &channel, qint64 first, qint64 end,
                    qint64 *last)
    {
        const qint64 begun = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        QCOMPARE(begun, first);
        const QJsonObject status = station.waitForStatus(
            channel,
            [&](const QJsonObject &now) { return now.value("acked"_L1).toInteger() >= end; }, 90s);
        checkCounts(status);
        QCOMPARE(status.value("problems"_L1).toArray().size(), 0);
        *last = station.call(u"channel.stop"_s, {{u"channel"_s, channel}})
                    .value("frame"_L1)
                    .toInteger();
    }

    void passWrap()
    {
        QFETCH(qint64, wrap);
        const Corpus corpus = loadCorpus(4, {30, 1});
        const QString folder = outputFolder(u"weeks-%1"_s.arg(wrap));
        const qint64 first = wrap - framesBefore();
        TestStation station({u"--unpaced"_s, u"--first-frame"_s, QString::number(first)});
        const QString channel = u"weeks"_s;
        createChannel(station, channel, corpus);
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        for (const QString &ending : {u"mkv"_s, u"mp4"_s, u"ts"_s})
            station.addDestination(channel, u"file:%1/record.%2"_s.arg(folder, ending));
        qint64 last = 0;
        run(station, channel, first, wrap + kAfter, &last);
        const framecode::Expectation expectation = endless(corpus);
        std::vector<FarEndDue> outputs{{folder + u"/hls/index.m3u8"_s,
                                        expectation,
                                        u"hls"_s,
                                        {},
                                        FramesDue::exactly(last - first)}};
        for (const QString &ending : {u"mkv"_s, u"mp4"_s, u"ts"_s})
            outputs.push_back({folder + u"/record."_s + ending, expectation, ending, {}, {}});
        checkFarEnds(folder, outputs);
    }

    void passWrapWithRtmp()
    {
        QFETCH(qint64, wrap);
        if (const QString reason = NginxRtmp::unavailable(); !reason.isEmpty())
            QSKIP(qPrintable(u"RTMP was not tried: "_s + reason));
        const Corpus corpus = loadCorpus(4, {30, 1});
        const QString folder = outputFolder(u"weeks-rtmp-%1"_s.arg(wrap));
        NginxRtmp nginx;
        QVERIFY2(nginx.start(), qPrintable(nginx.errorLog()));
        const qint64 first = wrap - framesBefore();
        TestStation station({u"--first-frame"_s, QString::number(first)});
        const QString channel = u"weeks"_s;
        createChannel(station, channel, corpus);
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        station.addDestination(channel, nginx.url(), {{u"key"_s, u"show"_s}});
        qint64 last = 0;
        run(station, channel, first, wrap + kAfter, &last);
        framecode::Expectation expectation = endless(corpus);
        checkFarEnd(folder + u"/hls/index.m3u8"_s, expectation, folder, u"hls"_s);
        expectation.begin = framecode::Begin::Anywhere; // a connection begins at a key frame
        framecode::CheckOptions options;
        options.coarsestTick = framecode::Rate{1, 1000}; // what FLV has, and nginx hands on
        checkFarEnd(nginx.playlist(u"show"_s), expectation, folder, u"nginx"_s, options);
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestWeeks)
#include "tst_weeks.moc"
