// SPDX-License-Identifier: GPL-3.0-or-later
// Encoder sessions to files: what is fed comes out once, whatever happens to ffmpeg.
#include "tests/app/publisher/chain.h"
#include "tests/app/publisher/mediafacts.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;
using namespace continuo::test;

class TestPublisher final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // A killed encoder leaves the feeder writing into a pipe without a reader.
    void initTestCase() { ::signal(SIGPIPE, SIG_IGN); }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void cleanup() { m_channel.reset(); }
    void oneSession_reachesAllFiles_data();
    void oneSession_reachesAllFiles();
    void killedEncoder_losesNothing_data();
    void killedEncoder_losesNothing();
    void encoderThatNeverWrites_endsWhenToldSo();
    void killedPublisher_leavesFilesReadable();
    void lostControl_endsFilesCleanly_data();
    void lostControl_endsFilesCleanly();
    void wrongMessages_areAnswered();

private:
    static constexpr auto kUnpaced = EncoderSession::Pace::Unpaced;

    void start(const QString &fps = u"30"_s)
    {
        m_channel = std::make_unique<TestChannel>(
            HouseFormat{160, 90, FrameRate::parse(fps).value()}, TestChannel::Mode::Unpaced);
    }
    QString faults(const QString &name, qint64 first, qint64 end) const;
    void verifyAllFiles(qint64 first, qint64 end);

    std::unique_ptr<TestChannel> m_channel;
};

QString TestPublisher::faults(const QString &name, qint64 first, qint64 end) const
{
    const MediaFacts facts = readMedia(m_channel->path(name));
    QStringList faults = facts.faults(m_channel->settings.format.rate);
    if (facts.numbers.size() != end - first)
        faults.append(u"%1 pictures, not %2"_s.arg(facts.numbers.size()).arg(end - first));
    if (facts.numbers.value(0) != first % (1 << kBars))
        faults.append(u"begins with %1"_s.arg(facts.numbers.value(0)));
    const double offset = facts.soundOffsetMs(first, m_channel->settings.format.rate);
    if (std::abs(offset) > (name.endsWith(u"mkv"_s) ? 1.01 : 0.05)) // 1 ms and 1/90 ms ticks
        faults.append(u"sound is %1 ms late"_s.arg(offset));
    return faults.isEmpty() ? QString() : name + u": "_s + faults.join(u"; "_s);
}

void TestPublisher::verifyAllFiles(qint64 first, qint64 end)
{
    for (const QString &name : {u"hls/index.m3u8"_s, u"rec.mkv"_s, u"rec.mp4"_s, u"rec.ts"_s})
        QCOMPARE(faults(name, first, end), QString());
}

void TestPublisher::oneSession_reachesAllFiles_data()
{
    QTest::addColumn<QString>("fps");
    QTest::addColumn<qint64>("first");
    QTest::newRow("30") << u"30"_s << qint64(480);
    QTest::newRow("29.97 off the grid") << u"29.97"_s << qint64(1003);
    QTest::newRow("25 over the wrap of 33 bits") << u"25"_s << qint64(2386092 - 60);
}

void TestPublisher::oneSession_reachesAllFiles()
{
    QFETCH(QString, fps);
    QFETCH(qint64, first);
    start(fps);
    m_channel->addAllFiles();
    const qint64 end = first + 200;
    const auto session = m_channel->open(1, first, end, kUnpaced);
    QTRY_VERIFY(m_channel->hasEnded(1));
    QCOMPARE(m_channel->nextFrame(1), end);
    QVERIFY(m_channel->publisher->ended[1].value(u"eof"_s).toBool());
    QCOMPARE(m_channel->acked(), end);
    QCOMPARE(m_channel->publisher->lastAck.value(u"video_packets"_s).toInt(), 200);
    QVERIFY(m_channel->publisher->lastAck.value(u"level"_s)[u"capacity"].toInt() >= 65536);
    m_channel->finish();
    QTRY_VERIFY(m_channel->hasExitedWell());
    QVERIFY(m_channel->publisher->failures.isEmpty());
    QCOMPARE(m_channel->state(u"mkv"_s), u"ended"_s);
    verifyAllFiles(first, end);
}

void TestPublisher::killedEncoder_losesNothing_data()
{
    QTest::addColumn<QString>("fps");
    QTest::addColumn<QList<int>>("killsAt");
    QTest::newRow("30") << u"30"_s << QList<int>{40, 90, 133};
    QTest::newRow("29.97, at once") << u"29.97"_s << QList<int>{0, 1, 61, 62};
}

void TestPublisher::killedEncoder_losesNothing()
{
    QFETCH(QString, fps);
    QFETCH(QList<int>, killsAt);
    start(fps);
    m_channel->addAllFiles();
    const qint64 end = 480 + 240;
    qint64 next = 480;
    int number = 1;
    for (const int killAt : killsAt) {
        const auto session = m_channel->open(number, next, end, kUnpaced);
        QTRY_VERIFY(killAt == 0 || m_channel->acked() >= 480 + killAt);
        session->kill();
        m_channel->send(u"close_session"_s, {{u"session"_s, number}});
        QTRY_VERIFY(m_channel->hasEnded(number));
        next = m_channel->nextFrame(number);
        QVERIFY(next >= 480 + killAt);
        ++number;
    }
    const auto session = m_channel->open(number, next, end, kUnpaced);
    QTRY_VERIFY(m_channel->hasEnded(number));
    m_channel->finish();
    QTRY_VERIFY(m_channel->hasExitedWell());
    QVERIFY(m_channel->publisher->failures.isEmpty());
    verifyAllFiles(480, end);
    QFile list(m_channel->path(u"hls/index.m3u8"_s));
    QVERIFY(list.open(QIODevice::ReadOnly));
    QVERIFY(!list.readAll().contains("#EXT-X-DISCONTINUITY\n"));
}

void TestPublisher::encoderThatNeverWrites_endsWhenToldSo()
{
    start();
    const auto session = m_channel->open(1, 480, 500, kUnpaced);
    session->kill(); // most often before it has opened the FIFO: no data, no hang-up
    m_channel->send(u"close_session"_s, {{u"session"_s, 1}});
    QTRY_VERIFY(m_channel->hasEnded(1));
    QCOMPARE(m_channel->nextFrame(1), qint64(480));
    QVERIFY(m_channel->publisher->failures.isEmpty());
    // Asked again, it says it again.
    m_channel->publisher->ended.clear();
    m_channel->send(u"close_session"_s, {{u"session"_s, 1}});
    QTRY_VERIFY(m_channel->hasEnded(1));
    QCOMPARE(m_channel->nextFrame(1), qint64(480));
}

void TestPublisher::killedPublisher_leavesFilesReadable()
{
    start();
    m_channel->addAllFiles();
    const auto session = m_channel->open(1, 480, 480 + 100000, EncoderSession::Pace::Unpaced);
    QTRY_VERIFY(m_channel->acked() >= 480 + 250);
    // What is acknowledged may wait in a destination's queue, for HLS behind the disk.
    for (const QString &id : {u"hls"_s, u"mkv"_s, u"mp4"_s, u"ts"_s}) {
        QTRY_VERIFY((m_channel->publisher->poll(),
                     m_channel->publisher->destinations.value(id).value(u"frame"_s).toInteger()
                         >= 480 + 250));
    }
    m_channel->publisher->child().signal(SIGKILL);
    session->stopFeeding();
    for (const QString &name : {u"hls/index.m3u8"_s, u"rec.mkv"_s, u"rec.mp4"_s, u"rec.ts"_s}) {
        const MediaFacts facts = readMedia(m_channel->path(name));
        QVERIFY2(facts.numbers.size() >= 120, qPrintable(name));
        for (qsizetype i = 0; i < facts.numbers.size(); ++i)
            QCOMPARE(facts.numbers[i], 480 + i);
    }
}

void TestPublisher::lostControl_endsFilesCleanly_data()
{
    QTest::addColumn<bool>("bySignal");
    QTest::newRow("socket closed") << false;
    QTest::newRow("SIGTERM") << true;
}

void TestPublisher::lostControl_endsFilesCleanly()
{
    QFETCH(bool, bySignal);
    start();
    m_channel->addAllFiles();
    const auto session = m_channel->open(1, 480, 480 + 200, kUnpaced);
    QTRY_VERIFY(m_channel->acked() == 480 + 200);
    if (bySignal)
        m_channel->publisher->child().signal(SIGTERM);
    else
        m_channel->publisher->closeControl();
    QTRY_VERIFY(m_channel->hasExitedWell());
    verifyAllFiles(480, 480 + 200);
}

void TestPublisher::wrongMessages_areAnswered()
{
    start();
    const auto fail = [this](const QJsonObject &destination) {
        m_channel->publisher->destinations.clear();
        m_channel->add(destination);
        const QString id = destination.value(u"id"_s).toString();
        return QTest::qWaitFor([&] { return m_channel->state(id) == u"failed"_s; }, kTestPatienceMs)
            ? m_channel->publisher->destinations[id].value(u"detail"_s).toString()
            : QString();
    };
    QVERIFY(fail({{u"id"_s, u"a"_s}, {u"type"_s, u"file"_s}, {u"target"_s, u"/tmp/a.avi"_s}})
                .contains(u".mkv"_s));
    QVERIFY(fail({{u"id"_s, u"b"_s}, {u"type"_s, u"fax"_s}, {u"target"_s, u"/tmp/a"_s}})
                .contains(u"fax"_s));
    QVERIFY(fail({{u"id"_s, u"c"_s}, {u"type"_s, u"hls"_s}, {u"target"_s, u"relative"_s}})
                .contains(u"absolute"_s));
    QVERIFY(fail({{u"id"_s, u"d"_s}, {u"type"_s, u"rtmp"_s}, {u"target"_s, u"http://a/b"_s}})
                .contains(u"rtmp://"_s));
    m_channel->send(
        u"open_session"_s,
        {{u"session"_s, 1}, {u"first_frame"_s, 480}, {u"fifo"_s, m_channel->path(u"none"_s)}});
    QTRY_VERIFY(m_channel->hasEnded(1));
    QCOMPARE(m_channel->publisher->failures.size(), 1);
    QCOMPARE(m_channel->publisher->failures[0].value(u"code"_s).toString(), u"not-found"_s);
    // A stream that is not one: named, ended, and the next session is taken.
    QFile garbage(m_channel->path(u"garbage"_s));
    QVERIFY(garbage.open(QIODevice::WriteOnly));
    garbage.write(QByteArray(100000, 'x'));
    garbage.close();
    m_channel->send(u"open_session"_s,
                    {{u"session"_s, 2}, {u"first_frame"_s, 480}, {u"fifo"_s, garbage.fileName()}});
    m_channel->send(u"close_session"_s, {{u"session"_s, 2}});
    QTRY_VERIFY(m_channel->hasEnded(2));
    const auto session = m_channel->open(3, 480, 500, kUnpaced);
    QTRY_VERIFY(m_channel->hasEnded(3));
    QCOMPARE(m_channel->nextFrame(3), qint64(500));
    // What is out cannot be sent again.
    m_channel->send(u"open_session"_s,
                    {{u"session"_s, 4}, {u"first_frame"_s, 490}, {u"fifo"_s, u"/x"_s}});
    QTRY_VERIFY((m_channel->publisher->poll(),
                 m_channel->publisher->failures.last().value(u"session"_s) == 4));
}

QTEST_GUILESS_MAIN(TestPublisher)
#include "tst_publisher.moc"
