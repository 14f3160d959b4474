// SPDX-License-Identifier: GPL-3.0-or-later
// A publisher is killed or told to end, and another goes on: what comes out is as if nothing had
// happened.
#include "tests/app/publisher/chain.h"
#include "tests/app/publisher/mediafacts.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QTest>
#include <QtEndian>

#include <cmath>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace continuo;
using namespace continuo::test;

class TestResume final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { ::signal(SIGPIPE, SIG_IGN); }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void cleanup() { m_channel.reset(); }
    void endedPublisher_losesNothing_data();
    void endedPublisher_losesNothing();
    void newEngine_learnsAll_andNothingPilesUp();
    void lostSocket_leavesTheListOpen();

private:
    void start(TestChannel::Mode mode, const QString &fps = u"30"_s)
    {
        m_channel = std::make_unique<TestChannel>(
            HouseFormat{160, 90, FrameRate::parse(fps).value()}, mode, TestChannel::Journal::Kept);
    }
    QString faults(const QString &name, qint64 first, qint64 end) const;
    QByteArray bytesOf(const QString &name) const
    {
        QFile file(m_channel->path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    std::unique_ptr<TestChannel> m_channel;
};

QString TestResume::faults(const QString &name, qint64 first, qint64 end) const
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
    return faults.isEmpty() ? QString() : name + u": "_s + faults.mid(0, 8).join(u"; "_s);
}

void TestResume::endedPublisher_losesNothing_data()
{
    QTest::addColumn<bool>("isPaced");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<QStringList>("codecOptions");
    QTest::addColumn<int>("kills");
    QTest::addColumn<int>("signal");
    QTest::newRow("as it is") << false << u"30"_s << QStringList() << 10 << SIGKILL;
    QTest::newRow("B-pyramid, 29.97")
        << false << u"29.97"_s << QStringList{u"-bf"_s,          u"3"_s,
                                              u"-b_strategy"_s,  u"2"_s,
                                              u"-x264-params"_s, u"b-pyramid=normal"_s}
        << 10 << SIGKILL;
    QTest::newRow("told to end") << false << u"30"_s << QStringList() << 3 << SIGTERM;
    QTest::newRow("paced") << true << u"25"_s << QStringList() << 4 << SIGKILL;
}

void TestResume::endedPublisher_losesNothing()
{
    QFETCH(bool, isPaced);
    QFETCH(QString, fps);
    QFETCH(QStringList, codecOptions);
    QFETCH(int, kills);
    QFETCH(int, signal);
    start(isPaced ? TestChannel::Mode::Paced : TestChannel::Mode::Unpaced, fps);
    m_channel->codecOptions = codecOptions;
    m_channel->addAllFiles();
    const auto pace = isPaced ? EncoderSession::Pace::RealTime : EncoderSession::Pace::Unpaced;
    auto random = QRandomGenerator(42);
    qint64 next = 480;
    int number = 1;
    std::map<QString, QByteArray> segments;
    for (int kill = 0; kill < kills; ++kill, ++number) {
        const auto session = m_channel->open(number, next, next + 1000000, pace);
        // A random moment is what is tested: often before the first packet, too.
        QTest::qWait(int(random.bounded(isPaced ? 3000 : 600)));
        m_channel->publisher->poll();
        const qint64 acked = m_channel->acked();
        const qint64 resumed = m_channel->replacePublisher(signal);
        QVERIFY(resumed >= acked);
        session->kill();
        next = std::max<qint64>(resumed, 480);
        // What is listed is never written again.
        for (const QString &name :
             QDir(m_channel->path(u"hls"_s)).entryList({u"seg*.ts"_s}, QDir::Files)) {
            if (!bytesOf(u"hls/index.m3u8"_s).contains(name.toLatin1()))
                continue;
            const QByteArray bytes = bytesOf(u"hls/"_s + name);
            QCOMPARE(segments.try_emplace(name, bytes).first->second, bytes);
        }
    }
    const qint64 end = next + 100;
    const auto session = m_channel->open(number, next, end, pace);
    QTRY_VERIFY(m_channel->hasEnded(number));
    QCOMPARE(m_channel->nextFrame(number), end);
    m_channel->finish();
    QTRY_VERIFY(m_channel->hasExitedWell());
    qInfo("%d kills within %lld frames", kills, static_cast<long long>(end - 480));
    for (const QString &name : {u"hls/index.m3u8"_s, u"rec.mkv"_s, u"rec.mp4"_s, u"rec.ts"_s})
        QCOMPARE(faults(name, 480, end), QString());
    for (const QString &id : {u"hls"_s, u"mkv"_s, u"mp4"_s, u"ts"_s})
        QCOMPARE(m_channel->publisher->destinations[id].value(u"lost"_s).toInteger(-1), 0);
    QCOMPARE(continuityFaults(bytesOf(u"rec.ts"_s)), QStringList());
    const QByteArray list = bytesOf(u"hls/index.m3u8"_s);
    QVERIFY(!list.contains("#EXT-X-DISCONTINUITY\n"));
    QVERIFY(list.contains(
        "#EXT-X-MEDIA-SEQUENCE:" + QByteArray::number(480 / m_channel->settings.gop) + '\n'));
    QByteArray whole;
    for (const QString &name :
         QDir(m_channel->path(u"hls"_s)).entryList({u"seg*.ts"_s}, QDir::Files, QDir::Name))
        whole += bytesOf(u"hls/"_s + name);
    QCOMPARE(continuityFaults(whole), QStringList());
    // The index at the end names the clusters of every publisher, not of the last one only.
    const QByteArray mkv = bytesOf(u"rec.mkv"_s);
    const qsizetype cues = mkv.lastIndexOf("\x1c\x53\xbb\x6b");
    QVERIFY(cues > 0);
    qsizetype points = 0; // a CuePoint, its size, its CueTime
    for (qsizetype at = cues; at + 2 < mkv.size(); ++at)
        points += mkv[at] == '\xbb' && mkv[at + 2] == '\xb3' ? 1 : 0;
    QCOMPARE(points, mkv.left(cues).count("\x1f\x43\xb6\x75"));
    // So does that of the MP4: for each of its two tracks, every fragment at its place.
    const QByteArray mp4 = bytesOf(u"rec.mp4"_s);
    const auto indexBytes = qFromBigEndian<quint32>(mp4.constData() + mp4.size() - 4);
    const QByteArray index = mp4.right(qsizetype(indexBytes));
    QCOMPARE(index.sliced(4, 4), "mfra");
    QCOMPARE(index.count("tfra"), 2);
    for (qsizetype track = index.indexOf("tfra"); track > 0;
         track = index.indexOf("tfra", track + 4)) {
        const auto count = qFromBigEndian<quint32>(index.constData() + track + 16);
        QCOMPARE(qsizetype(count), mp4.chopped(index.size()).count("moof"));
        for (quint32 i = 0; i < count; ++i) {
            const auto offset = qFromBigEndian<quint64>(index.constData() + track + 28 + i * 19);
            QCOMPARE(mp4.sliced(qsizetype(offset) + 4, 4), "moof");
        }
    }
    // No second part anywhere.
    QCOMPARE(QDir(m_channel->path({})).entryList({u"rec*"_s}, QDir::Files).size(), 3);
}

void TestResume::newEngine_learnsAll_andNothingPilesUp()
{
    start(TestChannel::Mode::Unpaced);
    m_channel->addAllFiles();
    QTRY_VERIFY((m_channel->publisher->poll(), !m_channel->publisher->resumed.isEmpty()));
    QCOMPARE(m_channel->publisher->resumed.value(u"next_frame"_s).toInteger(), -1);
    // Nobody reads: 2400 frames, each with an acknowledgement, go by.
    auto session = m_channel->open(1, 480, 480 + 2400, EncoderSession::Pace::Unpaced);
    QVERIFY(session->waitForEnd(std::chrono::seconds(60)));
    // What the encoder left in the pipe is still read, as fast as the disk takes it. What was said
    // before has piled up all the same.
    QTRY_VERIFY(m_channel->hasEnded(1)); // it was not lost
    m_channel->send(u"report"_s, {});
    QTRY_VERIFY((m_channel->publisher->poll(),
                 m_channel->publisher->report.value(u"next_frame"_s) == 480 + 2400));
    QTRY_COMPARE(m_channel->acked(), 480 + 2400);
    QCOMPARE(m_channel->publisher->report.value(u"session"_s).toInt(-1), 0);
    QCOMPARE(m_channel->publisher->report.value(u"destinations"_s).toArray().size(), 4);
    QTRY_VERIFY((m_channel->publisher->poll(),
                 m_channel->publisher->alive.value(u"frame"_s) == 480 + 2400));
    QVERIFY(m_channel->publisher->alive.value(u"bytes"_s).toInteger() > 10000);
    // What the system holds, and of each kind one more.
    QVERIFY2(m_channel->publisher->all.size() < 1500,
             qPrintable(QString::number(m_channel->publisher->all.size())));
    session = m_channel->open(2, 480 + 2400, 480 + 1000000, EncoderSession::Pace::RealTime);
    QTRY_VERIFY(m_channel->acked() > 480 + 2400);
    m_channel->publisher->destinations.clear();
    m_channel->send(u"report"_s, {});
    QTRY_VERIFY((m_channel->publisher->poll(),
                 m_channel->publisher->report.value(u"session"_s).toInt() == 2));
    QCOMPARE(m_channel->publisher->report.value(u"first_frame"_s).toInteger(), 480 + 2400);
    QTRY_COMPARE((m_channel->publisher->poll(), m_channel->publisher->destinations.size()), 4);
}

void TestResume::lostSocket_leavesTheListOpen()
{
    start(TestChannel::Mode::Unpaced);
    m_channel->addAllFiles();
    auto session = m_channel->open(1, 480, 480 + 200, EncoderSession::Pace::Unpaced);
    QTRY_VERIFY(m_channel->acked() >= 480 + 20);
    m_channel->publisher->closeControl(); // the encoder has frames left, which are waited for
    QTRY_VERIFY(m_channel->hasExitedWell());
    for (const QString &name : {u"hls/index.m3u8"_s, u"rec.mkv"_s, u"rec.mp4"_s, u"rec.ts"_s})
        QCOMPARE(faults(name, 480, 480 + 200), QString());
    QVERIFY(!bytesOf(u"hls/index.m3u8"_s).contains("ENDLIST"));
}

QTEST_GUILESS_MAIN(TestResume)
#include "tst_resume.moc"
