// SPDX-License-Identifier: GPL-3.0-or-later
// An RTMP server that goes, comes back and does not answer, with a real nginx; files beside it are
// untouched. Paced in real time.
#include "tests/app/publisher/chain.h"
#include "tests/app/publisher/mediafacts.h"
#include "tests/app/publisher/rtmpserver.h"
#include "tests/app/publisher/tcpproxy.h"
#include "tests/support/onair/onair.h"

#include <QRegularExpression>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;
using namespace continuo::test;

class TestNetwork final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void stoppedServer_isBackWithinThreeSeconds();
    void blackHole_isBackWithinEightSeconds();
    void heldSession_isSaid_andEnds();
    void killedPublisher_isBackWithinTwoSeconds();
    void oldConnection_isRenewedWithoutLoss();
    void keyWithASlash_reachesTheServerWhole();

private:
    void addRtmp(int port, QJsonObject more = {}, const QString &key = u"k"_s)
    {
        more.insert(u"id"_s, u"r"_s);
        more.insert(u"type"_s, u"rtmp"_s);
        more.insert(u"target"_s, u"rtmp://127.0.0.1:%1/live"_s.arg(port));
        more.insert(u"key"_s, key);
        m_channel->add(more);
    }
    void open(int number, qint64 first)
    {
        m_session = m_channel->open(number, first, first + 1000000, EncoderSession::Pace::RealTime);
    }
    // Lets the encoder flush and ends all; the list must be whole.
    void endAndVerifyHls(int session);
    QString detail() const
    {
        return m_channel->publisher->destinations[u"r"_s].value(u"detail"_s).toString();
    }
    bool isRunning() { return m_channel->state(u"r"_s) == u"running"_s; }

    std::unique_ptr<TestChannel> m_channel;
    std::unique_ptr<RtmpServer> m_server;
    std::unique_ptr<EncoderSession> m_session;
};

void TestNetwork::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN);
    watchMachine();
    if (!RtmpServer::missing().isEmpty())
        QSKIP(qPrintable(RtmpServer::missing()));
}

void TestNetwork::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    m_channel = std::make_unique<TestChannel>(HouseFormat{160, 90, {30, 1}},
                                              TestChannel::Mode::Paced, TestChannel::Journal::Kept);
    m_server = std::make_unique<RtmpServer>(m_channel->path(u"nginx"_s), freePort());
    QVERIFY(m_server->start());
    m_channel->add({{u"id"_s, u"hls"_s},
                    {u"type"_s, u"hls"_s},
                    {u"target"_s, m_channel->path(u"hls"_s)},
                    {u"list_size"_s, 0}});
}

void TestNetwork::cleanup()
{
    if (QTest::currentTestFailed() && m_server)
        qInfo("nginx:\n%s", m_server->logs().right(6000).constData());
    m_session.reset();
    m_channel.reset();
    m_server.reset();
}

void TestNetwork::endAndVerifyHls(int session)
{
    m_session->stopFeeding();
    QTRY_VERIFY(m_channel->hasEnded(session));
    const qint64 end = m_channel->nextFrame(session);
    m_channel->finish();
    QTRY_VERIFY(m_channel->hasExitedWell());
    const MediaFacts facts = readMedia(m_channel->path(u"hls/index.m3u8"_s));
    QCOMPARE(facts.faults({30, 1}).join(u"; "_s), QString());
    QCOMPARE(facts.numbers.size(), end - 480);
    QCOMPARE(m_channel->publisher->destinations[u"hls"_s].value(u"lost"_s).toInteger(-1), 0);
}

void TestNetwork::stoppedServer_isBackWithinThreeSeconds()
{
    addRtmp(m_server->port());
    open(1, 480);
    QTRY_VERIFY(isRunning());
    m_server->stop();
    QTRY_VERIFY(!isRunning());
    QTest::qWait(4000); // many tries that are refused; time itself is what is tested
    QTRY_VERIFY(!isRunning() && detail().contains(u"nobody listens"_s));
    QVERIFY(m_server->start());
    AirTimer timer;
    timer.start();
    QTRY_VERIFY(isRunning());
    qInfo("back %lld ms after the server's return", static_cast<long long>(timer.elapsedMs()));
    QVERIFY(timer.elapsedMs() < 3000);
    QTRY_VERIFY(m_channel->publisher->destinations[u"r"_s].value(u"lost"_s).toInteger() > 0);
    endAndVerifyHls(1);
}

void TestNetwork::blackHole_isBackWithinEightSeconds()
{
    TcpProxy proxy(m_server->port());
    // Quick to fill what the system holds for the server.
    m_channel->codecOptions
        = QStringList{u"-b:v"_s,     u"6M"_s, u"-maxrate"_s,     u"6M"_s,
                      u"-bufsize"_s, u"6M"_s, u"-x264-params"_s, u"nal-hrd=cbr:force-cfr=1"_s};
    addRtmp(proxy.port());
    open(1, 480);
    QTRY_VERIFY(isRunning());
    proxy.beginBlackHole();
    QTRY_VERIFY(!isRunning());
    QVERIFY2(detail().contains(u"does not answer"_s), qPrintable(detail()));
    QTest::qWait(6000); // tries that nobody answers; time itself is what is tested
    proxy.endBlackHole();
    AirTimer timer;
    timer.start();
    QTRY_VERIFY(isRunning());
    qInfo("back %lld ms after the black hole", static_cast<long long>(timer.elapsedMs()));
    QVERIFY(timer.elapsedMs() < 8000);
    endAndVerifyHls(1);
}

void TestNetwork::heldSession_isSaid_andEnds()
{
    TcpProxy proxy(m_server->port());
    addRtmp(proxy.port());
    open(1, 480);
    QTRY_VERIFY(isRunning());
    // nginx looks for silence only after a while: one that was cut off within 0.2 s of its begin
    // was held for longer than this test would wait.
    QTRY_VERIFY(m_channel->acked() > 480 + 150);
    proxy.loseClients();
    AirTimer timer;
    timer.start();
    QTRY_VERIFY((m_channel->publisher->poll(),
                 detail().contains(u"the server still holds the old session"_s)));
    QCOMPARE(m_channel->state(u"r"_s), u"retrying"_s);
    QTRY_VERIFY(isRunning());
    qInfo("back %lld ms after the loss", static_cast<long long>(timer.elapsedMs()));
    QVERIFY(timer.elapsedMs() < 8000); // nginx gives a silent publisher 5 s
    endAndVerifyHls(1);
}

void TestNetwork::killedPublisher_isBackWithinTwoSeconds()
{
    addRtmp(m_server->port());
    open(1, 480);
    QTRY_VERIFY(isRunning());
    QTRY_VERIFY(m_channel->acked() > 480 + 70);
    AirTimer timer;
    timer.start();
    const qint64 next = m_channel->replacePublisher();
    m_session->kill();
    open(2, next);
    QTRY_VERIFY(isRunning());
    qInfo("back %lld ms after the kill", static_cast<long long>(timer.elapsedMs()));
    QVERIFY(timer.elapsedMs() < 2000);
    endAndVerifyHls(2);
}

// As after 20 days: FLV's milliseconds must not come near 2^31. What nginx hands out has every
// frame.
void TestNetwork::oldConnection_isRenewedWithoutLoss()
{
    addRtmp(m_server->port(), {{u"renew_after_ms"_s, 3000}});
    open(1, 480);
    const auto publications = [this] { return m_server->logs().count("publish: name='k'"); };
    QTRY_VERIFY(publications() >= 3);
    QTRY_VERIFY(isRunning());
    QCOMPARE(m_channel->publisher->destinations[u"r"_s].value(u"lost"_s).toInteger(-1), 0);
    for (const QJsonObject &message : std::as_const(m_channel->publisher->all)) {
        const QJsonObject state = message.value(u"destination"_s).toObject();
        if (state.value(u"id"_s) == u"r"_s)
            QVERIFY2(state.value(u"state"_s) != u"retrying"_s, qPrintable(detail()));
    }
    endAndVerifyHls(1);
    const QList<qint64> numbers = readMedia(m_server->playlist(u"k"_s)).numbers;
    QVERIFY(numbers.size() > 4 * 60); // two connections of at least two groups of pictures
    for (qsizetype i = 0; i < numbers.size(); ++i)
        QCOMPARE(numbers[i], numbers.first() + i);
}

void TestNetwork::keyWithASlash_reachesTheServerWhole()
{
    addRtmp(m_server->port(), {}, u"k?sig=b/c"_s);
    open(1, 480);
    QTRY_VERIFY(isRunning());
    QVERIFY(m_server->logs().contains("publish: name='k' args='sig=b/c'"));
}

QTEST_GUILESS_MAIN(TestNetwork)
#include "tst_network.moc"
