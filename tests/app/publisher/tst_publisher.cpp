// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/chain.h"
#include "tests/app/publisher/mediafacts.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;
using namespace continuo::test;

class TestPublisher final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // A killed encoder leaves the feeder writing into a pipe without a reader.
    void initTestCase() { ::signal(SIGPIPE, SIG_IGN); }
    void init();
    void cleanup();
    void oneSession_reachesAllFiles_data();
    void oneSession_reachesAllFiles();
    void killedEncoder_losesNothing_data();
    void killedEncoder_losesNothing();

private:
    static constexpr auto kUnpaced = EncoderSession::Pace::Unpaced;

    void startPublisher(const HouseFormat &format, bool isUnpaced);
    void open(const EncoderSession &session);
    void add(const QJsonObject &destination) { send(u"add_destination"_s, destination); }
    void send(const QString &name, const QJsonObject &body) { m_publisher->send({{name, body}}); }
    bool hasEnded(int session);
    QString state(const QString &id);
    qint64 acked();
    void finish();
    QString path(const QString &name) const { return m_dir->filePath(name); }
    void addAllFiles();
    void verifyAllFiles(qint64 first, qint64 end);

    std::unique_ptr<QTemporaryDir> m_dir;
    EncoderSettings m_settings;
    std::unique_ptr<PublisherProcess> m_publisher;
};

void TestPublisher::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(m_dir->isValid());
}

void TestPublisher::cleanup()
{
    if (QTest::currentTestFailed() && m_publisher) {
        m_publisher->poll();
        for (const QString &name : {u"publisher.log"_s, u"publisher.log.stderr"_s}) {
            QFile log(path(name));
            if (log.open(QIODevice::ReadOnly))
                qInfo("%s:\n%s", qPrintable(name), log.readAll().constData());
        }
    }
    m_publisher.reset();
    m_dir.reset();
}

void TestPublisher::startPublisher(const HouseFormat &format, bool isUnpaced)
{
    m_settings = EncoderSettings::forFormat(format);
    m_publisher = std::make_unique<PublisherProcess>(path(u"publisher.log"_s));
    QJsonObject channel = m_settings.toJson();
    channel.insert(u"name"_s, u"Test"_s);
    channel.insert(u"unpaced"_s, isUnpaced);
    send(u"channel"_s, channel);
    send(u"epoch"_s, {{u"frame"_s, 480}, {u"wall_us"_s, qint64(1700000000000000)}});
}

void TestPublisher::open(const EncoderSession &session)
{
    send(u"open_session"_s,
         {{u"session"_s, session.number()},
          {u"first_frame"_s, session.firstFrame()},
          {u"fifo"_s, session.fifoOut()}});
}

bool TestPublisher::hasEnded(int session)
{
    m_publisher->poll();
    return m_publisher->ended.contains(session);
}

QString TestPublisher::state(const QString &id)
{
    m_publisher->poll();
    return m_publisher->state(id);
}

qint64 TestPublisher::acked()
{
    m_publisher->poll();
    return m_publisher->acked;
}

void TestPublisher::finish()
{
    m_publisher->send({{u"finish"_s, true}});
    QTRY_VERIFY_WITH_TIMEOUT(!m_publisher->isRunning(), 10000);
    m_publisher->poll();
    const auto exit = m_publisher->child().wait(std::chrono::seconds(1));
    QVERIFY(exit && !exit->wasKilled && exit->code == 0);
}

void TestPublisher::addAllFiles()
{
    add({{u"id"_s, u"hls"_s},
         {u"type"_s, u"hls"_s},
         {u"target"_s, path(u"hls"_s)},
         {u"list_size"_s, 0}});
    for (const QString &ending : {u"mkv"_s, u"mp4"_s, u"ts"_s})
        add({{u"id"_s, ending}, {u"type"_s, u"file"_s}, {u"target"_s, path(u"rec."_s + ending)}});
}

void TestPublisher::verifyAllFiles(qint64 first, qint64 end)
{
    for (const QString &name : {u"hls/index.m3u8"_s, u"rec.mkv"_s, u"rec.mp4"_s, u"rec.ts"_s}) {
        const MediaFacts facts = readMedia(path(name));
        QVERIFY2(facts.faults(m_settings.format.rate).isEmpty(),
                 qPrintable(name + u": "_s + facts.faults(m_settings.format.rate).join(u"; "_s)));
        QCOMPARE(facts.numbers.size(), end - first);
        QCOMPARE(facts.numbers.first(), first % (1 << kBars));
    }
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
    startPublisher({160, 90, FrameRate::parse(fps).value()}, true);
    addAllFiles();
    const qint64 end = first + 200;
    EncoderSession session(m_dir->path(), 1, m_settings, first, end, kUnpaced);
    open(session);
    QTRY_VERIFY_WITH_TIMEOUT(hasEnded(1), 10000);
    QCOMPARE(m_publisher->ended[1].value(u"next_frame"_s).toInteger(), end);
    QVERIFY(m_publisher->ended[1].value(u"eof"_s).toBool());
    QCOMPARE(acked(), end);
    finish();
    QVERIFY(m_publisher->failures.isEmpty());
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
    startPublisher({160, 90, FrameRate::parse(fps).value()}, true);
    addAllFiles();
    const qint64 end = 480 + 240;
    qint64 next = 480;
    int number = 1;
    for (const int killAt : killsAt) {
        EncoderSession session(m_dir->path(), number, m_settings, next, end, kUnpaced);
        open(session);
        QTRY_VERIFY_WITH_TIMEOUT(acked() >= 480 + killAt || killAt == 0, 10000);
        session.kill();
        send(u"close_session"_s, {{u"session"_s, number}});
        QTRY_VERIFY_WITH_TIMEOUT(hasEnded(number), 5000);
        next = m_publisher->ended[number].value(u"next_frame"_s).toInteger();
        QVERIFY(next >= 480 + killAt);
        ++number;
    }
    EncoderSession session(m_dir->path(), number, m_settings, next, end, kUnpaced);
    open(session);
    QTRY_VERIFY_WITH_TIMEOUT(hasEnded(number), 10000);
    finish();
    QVERIFY(m_publisher->failures.isEmpty());
    verifyAllFiles(480, end);
    QFile list(path(u"hls/index.m3u8"_s));
    QVERIFY(list.open(QIODevice::ReadOnly));
    QVERIFY(!list.readAll().contains("#EXT-X-DISCONTINUITY\n"));
}

QTEST_GUILESS_MAIN(TestPublisher)
#include "tst_publisher.moc"
