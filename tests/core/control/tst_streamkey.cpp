// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/streamkey.h"
#include "tests/core/control/subjects.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

class TestStreamKey final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void split_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("key");
        const auto row
            = [](const char *name, const char *target, const char *url, const char *key) {
                  QTest::newRow(name) << QString::fromUtf8(target) << QString::fromUtf8(url)
                                      << QString::fromUtf8(key);
              };
        row("rtmp", "rtmp://a.example/live/s3cret", "rtmp://a.example/live", "s3cret");
        row("rtmps with port", "rtmps://a.example:443/rtmp/FB-1-x", "rtmps://a.example:443/rtmp",
            "FB-1-x");
        row("upper case scheme", "RTMP://a.example/live/k", "RTMP://a.example/live", "k");
        row("instance", "rtmp://a.example/app/instance/k", "rtmp://a.example/app/instance", "k");
        row("instance and port", "rtmp://a.example:1935/app/instance/k",
            "rtmp://a.example:1935/app/instance", "k");
        row("key with query", "rtmp://a.example/app/live_1?bandwidthtest=true",
            "rtmp://a.example/app", "live_1?bandwidthtest=true");
        row("query with a slash", "rtmp://a.example/app/k?sig=a/b", "rtmp://a.example/app",
            "k?sig=a/b");
        row("slash at the end", "rtmp://a.example/app/k/", "rtmp://a.example/app", "k");
        row("app only", "rtmp://a.example/live", "rtmp://a.example/live", "");
        row("app and slash", "rtmp://a.example/live/", "rtmp://a.example/live/", "");
        row("app with query", "rtmp://a.example/live?key=s3cret", "rtmp://a.example/live",
            "?key=s3cret");
        row("host only", "rtmp://a.example", "rtmp://a.example", "");
        row("escapes stay", "rtmp://a.example/live/a%2Fb%20c", "rtmp://a.example/live",
            "a%2Fb%20c");
        row("IPv6", "rtmp://[::1]:1935/live/k", "rtmp://[::1]:1935/live", "k");
        row("password", "rtmp://user:pass@a.example/live/k", "rtmp://a.example/live",
            "//user:pass@a.example/live/k");
        row("password with a slash", "rtmp://user:pa/ss@a.example/live/k", "rtmp://",
            "//user:pa/ss@a.example/live/k");
        row("srt", "srt://a.example:9000?mode=caller&passphrase=s3cret&latency=200",
            "srt://a.example:9000?mode=caller&latency=200", "?passphrase=s3cret");
        row("srt stream id", "srt://a.example:9000?streamid=#!::r=x", "srt://a.example:9000",
            "?streamid=#!::r=x");
        row("https ingest", "https://a.example/up?cid=s&token=t", "https://a.example/up?cid=s",
            "?token=t");
        row("udp", "udp://239.0.0.1:1234?pkt_size=1316", "udp://239.0.0.1:1234?pkt_size=1316", "");
        row("hls folder", "hls:/srv/live/key", "hls:/srv/live/key", "");
        row("file", "file:/srv/a/b.mkv", "file:/srv/a/b.mkv", "");
        row("file URL", "file:///srv/a/b.mkv?key=1", "file:///srv/a/b.mkv?key=1", "");
        row("empty", "", "", "");
        row("nonsense", "://", "://", "");
    }
    void split()
    {
        QFETCH(QString, target);
        QFETCH(QString, url);
        QFETCH(QString, key);
        const StreamAddress address = splitStreamKey(target);
        QCOMPARE(address.url, url);
        QCOMPARE(address.key, key);
        // What was split twice is split once: engine and command line both do it.
        if (!address.key.isEmpty())
            QCOMPARE(splitStreamKey(address.url, address.key), address);
    }

    void join_isTheWayBack_data() { split_data(); }
    void join_isTheWayBack()
    {
        QFETCH(QString, target);
        const StreamAddress address = splitStreamKey(target);
        const QString joined = joinStreamKey(address);
        if (target.endsWith(u'/') && !address.key.isEmpty()) {
            QCOMPARE(joined + u'/', target);
            return;
        }
        // The order of parameters of a query may change, nothing else.
        auto sorted = [](const QString &text) {
            QStringList parts = text.section(u'?', 1).split(u'&');
            parts.sort();
            return text.section(u'?', 0, 0) + parts.join(u'&');
        };
        QCOMPARE(sorted(joined), sorted(target));
    }

    void split_leavesThePath_whenAKeyIsGiven()
    {
        const auto split = [](const char *target, const char *key) {
            return splitStreamKey(QString::fromLatin1(target), QString::fromLatin1(key));
        };
        QCOMPARE(split("rtmp://h/app/instance", "k"),
                 (StreamAddress{u"rtmp://h/app/instance"_s, u"k"_s}));
        QCOMPARE(split("rtmp://h/app", "a/b"), (StreamAddress{u"rtmp://h/app"_s, u"a/b"_s}));
        QCOMPARE(split("rtmp://h/app?token=t", "k"),
                 (StreamAddress{u"rtmp://h/app"_s, u"k?token=t"_s}));
        QCOMPARE(split("rtmp://u:p@h/app", "k"),
                 (StreamAddress{u"rtmp://h/app"_s, u"//u:p@h/app/k"_s}));
        QCOMPARE(split("rtmp://u:p@h/app", "?token=t"),
                 (StreamAddress{u"rtmp://h/app"_s, u"//u:p@h/app?token=t"_s}));
        QCOMPARE(split("hls:/srv/x", "k"), (StreamAddress{u"hls:/srv/x"_s, u"k"_s}));
    }

    void join_takesAKeyGivenApart()
    {
        QCOMPARE(joinStreamKey({u"rtmp://h/live"_s, u"k"_s}), u"rtmp://h/live/k"_s);
        QCOMPARE(joinStreamKey({u"rtmp://h/live/"_s, u"k"_s}), u"rtmp://h/live/k"_s);
        QCOMPARE(joinStreamKey({u"hls:/x"_s, {}}), u"hls:/x"_s);
    }
};

} // namespace

std::unique_ptr<QObject> makeStreamKeyTest()
{
    return std::make_unique<TestStreamKey>();
}

#include "tst_streamkey.moc"
