// SPDX-License-Identifier: GPL-3.0-or-later
// Destinations come, go, fail and come back on air; none disturbs another. Paced in real time.
#include "tests/app/publisher/chain.h"
#include "tests/app/publisher/mediafacts.h"
#include "tests/app/publisher/rtmpserver.h"
#include "tests/support/onair/onair.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;
using namespace continuo::test;

namespace {

constexpr auto kPaced = EncoderSession::Pace::RealTime;
const QString kKey = u"live_7f3a9c-planted?auth=q8w7e6r5"_s;

} // namespace

class TestDestinations final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        ::signal(SIGPIPE, SIG_IGN);
        qputenv("RES_OPTIONS", "timeout:1 attempts:1"); // where no name server answers
        watchMachine();
    }
    void init();
    void cleanup() { m_channel.reset(); }
    void firstSegment_isPlayableWithinFiveSeconds();
    void hls_isServedOverHttp();
    void takenPort_isSaid_andTheFolderWritten();
    void secondRun_goesOnInTheFolder();
    void destinations_comeAndGoOnAir();
    void rtmp_reachesARealServer();
    void rtmp_survivesTheEncodersDeath();
    void rtmp_comesBack_afterRefusalAndDeath();
    void silentServer_disturbsNobody();
    void rtmps_trustsNoUnknownCertificate();
    void plantedKey_isNowhere();

private:
    std::unique_ptr<EncoderSession> openEndless(int number = 1, qint64 first = 480)
    {
        return m_channel->open(number, first, first + 1000000, kPaced);
    }
    void end(std::unique_ptr<EncoderSession> session);
    QString faults(const QString &input, double tolerance = 1) const
    {
        return readMedia(input).faults(m_channel->settings.format.rate, tolerance).join(u"; "_s);
    }
    QJsonObject destination(const QString &id) const
    {
        return m_channel->publisher->destinations.value(id);
    }

    std::unique_ptr<TestChannel> m_channel;
};

void TestDestinations::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    m_channel
        = std::make_unique<TestChannel>(HouseFormat{160, 90, {30, 1}}, TestChannel::Mode::Paced);
}

// Lets the encoder flush, reads all of it, ends the destinations.
void TestDestinations::end(std::unique_ptr<EncoderSession> session)
{
    session->stopFeeding();
    QTRY_VERIFY(m_channel->hasEnded(session->number()));
    m_channel->finish();
    QTRY_VERIFY(m_channel->hasExitedWell());
}

void TestDestinations::firstSegment_isPlayableWithinFiveSeconds()
{
    AirTimer timer;
    timer.start();
    m_channel->add(
        {{u"id"_s, u"hls"_s}, {u"type"_s, u"hls"_s}, {u"target"_s, m_channel->path(u"hls"_s)}});
    const auto session = openEndless();
    const QString list = m_channel->path(u"hls/index.m3u8"_s);
    QTRY_VERIFY(QFile::exists(list));
    const qint64 elapsed = timer.elapsedMs();
    QCOMPARE(faults(list), QString());
    qInfo("from the start of the encoder to a playable segment: %lld ms",
          static_cast<long long>(elapsed));
    QVERIFY(elapsed < 5000);
}

void TestDestinations::hls_isServedOverHttp()
{
    m_channel->add({{u"id"_s, u"hls"_s},
                    {u"type"_s, u"hls"_s},
                    {u"target"_s, m_channel->path(u"hls"_s)},
                    {u"serve"_s, u"127.0.0.1:0"_s}});
    QTRY_VERIFY(!destination(u"hls"_s).value(u"address"_s).toString().isEmpty()
                || m_channel->state(u"hls"_s).isNull());
    auto session = m_channel->open(1, 480, 480 + 150, EncoderSession::Pace::Unpaced);
    QTRY_VERIFY(m_channel->hasEnded(1));
    QTRY_COMPARE(m_channel->state(u"hls"_s), u"running"_s);
    const QString address = destination(u"hls"_s).value(u"address"_s).toString();
    QVERIFY(QRegularExpression(u"^http://127\\.0\\.0\\.1:\\d+/index\\.m3u8$"_s)
                .match(address)
                .hasMatch());
    QTRY_VERIFY(readMedia(address).numbers.size() >= 120); // two whole segments
    QCOMPARE(faults(address), QString());
}

void TestDestinations::takenPort_isSaid_andTheFolderWritten()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, 0));
    m_channel->add({{u"id"_s, u"hls"_s},
                    {u"type"_s, u"hls"_s},
                    {u"target"_s, m_channel->path(u"hls"_s)},
                    {u"serve"_s, u"127.0.0.1:%1"_s.arg(other.serverPort())}});
    auto session = m_channel->open(1, 480, 480 + 150, EncoderSession::Pace::Unpaced);
    QTRY_VERIFY(m_channel->hasEnded(1));
    QTRY_COMPARE(m_channel->state(u"hls"_s), u"retrying"_s);
    QCOMPARE(destination(u"hls"_s).value(u"code"_s).toString(), u"busy"_s);
    QTRY_VERIFY(QFile::exists(m_channel->path(u"hls/index.m3u8"_s)));
}

void TestDestinations::secondRun_goesOnInTheFolder()
{
    QTemporaryDir folder;
    const QJsonObject hls{{u"id"_s, u"hls"_s},
                          {u"type"_s, u"hls"_s},
                          {u"target"_s, folder.path()},
                          {u"list_size"_s, 0}};
    for (const qint64 first : {480, 480 + 150}) {
        if (first > 480)
            init();
        m_channel->add(hls);
        auto session = m_channel->open(1, first, first + 150, EncoderSession::Pace::Unpaced);
        QTRY_VERIFY(m_channel->hasEnded(1));
        m_channel->finish();
        QTRY_VERIFY(m_channel->hasExitedWell());
    }
    const MediaFacts facts = readMedia(folder.filePath(u"index.m3u8"_s));
    QCOMPARE(facts.numbers.size(), 300);
    for (int i = 0; i < 300; ++i)
        QCOMPARE(facts.numbers[i], 480 + i);
}

void TestDestinations::destinations_comeAndGoOnAir()
{
    const auto file = [this](const QString &name) {
        m_channel->add(
            {{u"id"_s, name}, {u"type"_s, u"file"_s}, {u"target"_s, m_channel->path(name)}});
    };
    file(u"whole.mkv"_s);
    auto session = openEndless();
    QTRY_VERIFY(m_channel->acked() > 480);
    file(u"late.mp4"_s);
    file(u"short.ts"_s);
    QTRY_VERIFY(m_channel->acked() >= 560);
    m_channel->send(u"remove_destination"_s, {{u"id"_s, u"short.ts"_s}});
    QTRY_COMPARE(m_channel->state(u"short.ts"_s), u"ended"_s);
    QTRY_VERIFY(m_channel->acked() >= 620);
    end(std::move(session));
    for (const QString &name : {u"whole.mkv"_s, u"late.mp4"_s, u"short.ts"_s})
        QCOMPARE(faults(m_channel->path(name)), QString());
    QCOMPARE(readMedia(m_channel->path(u"whole.mkv"_s)).numbers.first(), qint64(480));
    // One that comes late begins with the group of pictures that is on its way: at 480, too.
    QCOMPARE(readMedia(m_channel->path(u"late.mp4"_s)).numbers.first(), qint64(480));
    QVERIFY(readMedia(m_channel->path(u"short.ts"_s)).numbers.size() < 140);
}

void TestDestinations::rtmp_reachesARealServer()
{
    if (!RtmpServer::missing().isEmpty())
        QSKIP(qPrintable(RtmpServer::missing()));
    RtmpServer server(m_channel->path(u"nginx"_s), freePort());
    QVERIFY(server.start());
    m_channel->add({{u"id"_s, u"r"_s},
                    {u"type"_s, u"rtmp"_s},
                    {u"target"_s, server.url()},
                    {u"key"_s, u"a-stream"_s}});
    auto session = openEndless();
    QTRY_VERIFY(QFile::exists(server.playlist(u"a-stream"_s)));
    QTRY_VERIFY(m_channel->acked() > 480 + 230);
    QCOMPARE(m_channel->state(u"r"_s), u"running"_s);
    QCOMPARE(destination(u"r"_s).value(u"lost"_s).toInt(), 0);
    QVERIFY(destination(u"r"_s).value(u"bytes"_s).toInteger() > 0);
    end(std::move(session));
    const MediaFacts facts = readMedia(server.playlist(u"a-stream"_s));
    // FLV counts milliseconds: 90 ticks of the TS that nginx makes of it.
    const QString found = facts.faults({30, 1}, 90).join(u"; "_s);
    QVERIFY2(found.isEmpty(), qPrintable(found));
    QVERIFY(facts.numbers.size() >= 120);
    QCOMPARE(facts.numbers.first() % 60, 0);
}

void TestDestinations::rtmp_survivesTheEncodersDeath()
{
    if (!RtmpServer::missing().isEmpty())
        QSKIP(qPrintable(RtmpServer::missing()));
    RtmpServer server(m_channel->path(u"nginx"_s), freePort());
    QVERIFY(server.start());
    m_channel->add({{u"id"_s, u"r"_s},
                    {u"type"_s, u"rtmp"_s},
                    {u"target"_s, server.url()},
                    {u"key"_s, u"b"_s}});
    auto session = openEndless();
    QTRY_VERIFY(m_channel->acked() >= 480 + 100);
    session->kill();
    m_channel->send(u"close_session"_s, {{u"session"_s, 1}});
    QTRY_VERIFY(m_channel->hasEnded(1));
    session = openEndless(2, m_channel->nextFrame(1));
    QTRY_VERIFY(m_channel->acked() >= 480 + 240);
    end(std::move(session));
    QVERIFY(!server.logs().contains("already publishing"));
    const MediaFacts facts = readMedia(server.playlist(u"b"_s));
    const QString found = facts.faults({30, 1}, 90).join(u"; "_s);
    QVERIFY2(found.isEmpty(), qPrintable(found));
    // The splice lies well within.
    QVERIFY(facts.numbers.first() < 480 + 100);
    QVERIFY(facts.numbers.last() > 480 + 200);
}

void TestDestinations::rtmp_comesBack_afterRefusalAndDeath()
{
    if (!RtmpServer::missing().isEmpty())
        QSKIP(qPrintable(RtmpServer::missing()));
    RtmpServer server(m_channel->path(u"nginx"_s), freePort());
    m_channel->add({{u"id"_s, u"r"_s},
                    {u"type"_s, u"rtmp"_s},
                    {u"target"_s, server.url()},
                    {u"key"_s, u"c"_s}});
    m_channel->add(
        {{u"id"_s, u"f"_s}, {u"type"_s, u"file"_s}, {u"target"_s, m_channel->path(u"a.mkv"_s)}});
    auto session = openEndless();
    QTRY_COMPARE(m_channel->state(u"r"_s), u"retrying"_s);
    QCOMPARE(destination(u"r"_s).value(u"code"_s).toString(), u"refused"_s);
    QVERIFY(server.start());
    QElapsedTimer timer;
    timer.start();
    QTRY_COMPARE(m_channel->state(u"r"_s), u"running"_s);
    qInfo("on air %lld ms after the server came", static_cast<long long>(timer.elapsed()));
    server.stop();
    QTRY_COMPARE(m_channel->state(u"r"_s), u"retrying"_s);
    QVERIFY(server.start());
    timer.start();
    QTRY_COMPARE(m_channel->state(u"r"_s), u"running"_s);
    qInfo("back %lld ms after the server's return", static_cast<long long>(timer.elapsed()));
    end(std::move(session));
    QCOMPARE(faults(m_channel->path(u"a.mkv"_s)), QString());
}

void TestDestinations::silentServer_disturbsNobody()
{
    QTcpServer silent; // takes the connection and never answers
    QVERIFY(silent.listen(QHostAddress::LocalHost, 0));
    m_channel->add({{u"id"_s, u"r"_s},
                    {u"type"_s, u"rtmp"_s},
                    {u"target"_s, u"rtmp://127.0.0.1:%1/live"_s.arg(silent.serverPort())},
                    {u"key"_s, u"d"_s}});
    m_channel->add(
        {{u"id"_s, u"f"_s}, {u"type"_s, u"file"_s}, {u"target"_s, m_channel->path(u"a.mkv"_s)}});
    auto session = openEndless();
    QTRY_VERIFY(m_channel->acked() > 480); // well before its patience with the server ends
    QCOMPARE(m_channel->state(u"r"_s), u"connecting"_s);
    // Removed in the middle of its connection.
    m_channel->send(u"remove_destination"_s, {{u"id"_s, u"r"_s}});
    QTRY_COMPARE(m_channel->state(u"r"_s), u"ended"_s);
    end(std::move(session));
    QCOMPARE(faults(m_channel->path(u"a.mkv"_s)), QString());
}

// It used to be taken, and the key sent to whoever answered.
void TestDestinations::rtmps_trustsNoUnknownCertificate()
{
    const QString certificate = m_channel->path(u"certificate.pem"_s);
    const QString secret = m_channel->path(u"secret.pem"_s);
    ChildRequest request;
    request.program = u"openssl"_s;
    request.arguments
        = u"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"_s
              .split(u' ')
        + QStringList{u"-out"_s, certificate, u"-keyout"_s, secret};
    Result<ChildProcess> made = ChildProcess::start(request);
    if (!made)
        QSKIP("openssl is not installed");
    QTRY_VERIFY(made->wait(std::chrono::milliseconds(0)).has_value());
    QVERIFY(QFile::exists(certificate));
    const int port = freePort();
    request.arguments
        = QStringList{u"s_server"_s, u"-quiet"_s, u"-accept"_s, u"127.0.0.1:%1"_s.arg(port),
                      u"-cert"_s,    certificate, u"-key"_s,    secret};
    Result<ChildProcess> server = ChildProcess::start(request);
    QVERIFY(server);
    m_channel->add({{u"id"_s, u"r"_s},
                    {u"type"_s, u"rtmp"_s},
                    {u"target"_s, u"rtmps://localhost:%1/live"_s.arg(port)},
                    {u"key"_s, kKey}});
    const auto detail = [this] { return destination(u"r"_s).value(u"detail"_s).toString(); };
    // Until it listens: "nobody listens there".
    QTRY_VERIFY(
        (m_channel->publisher->poll(), detail().contains(u"vouches for the certificate"_s)));
    QCOMPARE(destination(u"r"_s).value(u"code"_s).toString(), u"refused"_s);
    server->stop(std::chrono::seconds(2));
}

void TestDestinations::plantedKey_isNowhere()
{
    if (!RtmpServer::missing().isEmpty())
        QSKIP(qPrintable(RtmpServer::missing()));
    RtmpServer server(m_channel->path(u"nginx"_s), freePort());
    const auto rtmp = [this](const QString &id, const QString &target) {
        m_channel->add(
            {{u"id"_s, id}, {u"type"_s, u"rtmp"_s}, {u"target"_s, target}, {u"key"_s, kKey}});
    };
    rtmp(u"refused"_s, u"rtmp://127.0.0.1:%1/live"_s.arg(freePort()));
    rtmp(u"unknown host"_s, u"rtmp://no.such.host.invalid/live"_s);
    rtmp(u"bad scheme"_s, u"file:///tmp/x"_s);
    QVERIFY(server.start());
    rtmp(u"good"_s, server.url());
    auto session = openEndless();
    QTRY_COMPARE(m_channel->state(u"good"_s), u"running"_s);
    rtmp(u"twice"_s, server.url()); // the server says no
    QTRY_COMPARE(m_channel->state(u"twice"_s), u"retrying"_s);
    QVERIFY(destination(u"twice"_s).value(u"detail"_s).toString().contains(u"still holds"_s));
    QTRY_COMPARE(m_channel->state(u"unknown host"_s), u"retrying"_s);
    QVERIFY(destination(u"unknown host"_s).value(u"detail"_s).toString().contains(u"resolve"_s));
    QTRY_COMPARE(m_channel->state(u"refused"_s), u"retrying"_s);
    for (const QString &name : {u"cmdline"_s, u"environ"_s}) {
        QFile file(u"/proc/%1/%2"_s.arg(m_channel->publisher->pid()).arg(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QVERIFY(!text.isEmpty() || name == u"environ"_s);
        QVERIFY(!text.contains("7f3a9c") && !text.contains("q8w7e6r5"));
    }
    server.stop();
    QTRY_COMPARE(m_channel->state(u"good"_s), u"retrying"_s);
    end(std::move(session));
    for (const QJsonObject &message : m_channel->publisher->all) {
        const QByteArray text = QJsonDocument(message).toJson();
        QVERIFY2(!text.contains("7f3a9c") && !text.contains("q8w7e6r5"), text.constData());
    }
    // Every file of the folder but nginx's own: its logs and its HLS name the stream.
    QDirIterator files(m_channel->path({}), QDir::Files, QDirIterator::Subdirectories);
    int seen = 0;
    while (files.hasNext()) {
        const QString name = files.next();
        QFile file(name);
        if (name.contains(u"/nginx/"_s) || !file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray text = file.readAll();
        QVERIFY2(!text.contains("7f3a9c") && !text.contains("q8w7e6r5"), qPrintable(name));
        ++seen;
    }
    QVERIFY(seen >= 2);
    QVERIFY(m_channel->log().contains("retrying"));
}

QTEST_GUILESS_MAIN(TestDestinations)
#include "tst_destinations.moc"
