// SPDX-License-Identifier: GPL-3.0-or-later
// Twelve clips of different make, three times over, paced: HLS, a recording and what nginx hands
// out of our RTMP show every frame once, in time and in sync.
#include "tests/support/onair/onair.h"

#include "tests/support/station/nginxrtmp.h"

#include <QJsonArray>
#include <QTest>

#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

class TestSeamless : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFrameOnce_onAllDestinations()
    {
        guarded([this] { playAll(); });
    }

private:
    static constexpr qint64 kGroup = 60; ///< frames from one key picture to the next

    void playAll()
    {
        const framecode::Rate fps{30, 1};
        const Corpus corpus = loadCorpus(4, fps);
        const QString folder = outputFolder(u"seamless"_s);
        TestStation station;
        const QString channel = u"seamless"_s;
        station.call(u"channel.create"_s, {{u"name"_s, channel}, {u"loop"_s, true}});
        station.add(channel, corpus.files);
        station.addDestination(channel, u"hls:"_s + folder + u"/hls"_s, {{u"listSize"_s, 0}});
        station.addDestination(channel, u"file:"_s + folder + u"/record.mkv"_s);
        NginxRtmp nginx;
        const QString noNginx = NginxRtmp::unavailable();
        if (noNginx.isEmpty()) {
            QVERIFY2(nginx.start(), qPrintable(nginx.errorLog()));
            station.addDestination(channel, nginx.url(), {{u"key"_s, u"show"_s}});
        }
        watchMachine();
        const qint64 first = station.call(u"channel.start"_s, {{u"channel"_s, channel}})
                                 .value("frame"_L1)
                                 .toInteger();
        const qint64 wanted = first + corpus.totalFrames() * 3;
        const auto length = std::chrono::milliseconds((wanted - first) * 1000 / 30);
        const QJsonObject status = station.waitForStatus(
            channel,
            [&](const QJsonObject &now) {
                return now.value("acked"_L1).toInteger() >= wanted + 15;
            },
            length + 30s);
        checkCounts(status);
        QCOMPARE(status.value("problems"_L1).toArray().size(), 0);
        const qint64 last = station.call(u"channel.stop"_s, {{u"channel"_s, channel}})
                                .value("frame"_L1)
                                .toInteger();

        framecode::Expectation expectation = loopOf(corpus, fps);
        const FramesDue all = FramesDue::exactly(last - first);
        std::vector<FarEndDue> outputs{
            {folder + u"/hls/index.m3u8"_s, expectation, u"hls"_s, {}, all},
            {folder + u"/record.mkv"_s, expectation, u"record"_s, {}, all}};
        if (noNginx.isEmpty()) {
            expectation.begin = framecode::Begin::Anywhere; // a connection begins at a key frame
            framecode::CheckOptions options;
            options.coarsestTick = framecode::Rate{1, 1000}; // what FLV has, and nginx hands on
            // Three times the list, but for a group of pictures that may be over before the
            // connection stands and a fragment (2 s, too) that nginx holds back.
            const FramesDue most{wanted - first - 2 * kGroup, last - first};
            outputs.push_back({nginx.playlist(u"show"_s), expectation, u"nginx"_s, options, most});
        }
        checkFarEnds(folder, outputs);
        if (!noNginx.isEmpty())
            QSKIP(qPrintable(u"RTMP was not tried: "_s + noNginx));
    }
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestSeamless)
#include "tst_seamless.moc"
