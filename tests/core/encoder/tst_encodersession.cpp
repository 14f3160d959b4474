// SPDX-License-Identifier: GPL-3.0-or-later
// The real ffmpeg with the very arguments of a session: what comes out is what was promised.
#include "core/base/childprocess.h"
#include "core/encoder/encodersettings.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

struct Packet {
    qint64 frame = 0; // pts in frames, or in samples
    bool isKey = false;
};

// Runs a program to its end and gives its standard output; fails the test when it fails.
QByteArray run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(2 * kTestPatienceMs) || process.exitCode() != 0)
        qCritical("%s: %s", qPrintable(program), process.readAllStandardError().constData());
    return process.readAllStandardOutput();
}

} // namespace

class TestEncoderSession final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void initTestCase();
    void keyFrames_standOnTheGrid_whateverTheFirstFrame_data();
    void keyFrames_standOnTheGrid_whateverTheFirstFrame();
    void repeatedFrames_areTakenOnce();
    void stream_carriesColourAndAspect();

private:
    static void makeRaw(const QString &file, qint64 first, int frames, FrameRate rate);
    QByteArray encode(const QString &in, const QString &out, qint64 first);
    QList<Packet> packets(const QString &file, char stream, FrameRate rate) const;

    QTemporaryDir m_dir;
    EncoderSettings m_settings;
};

void TestEncoderSession::initTestCase()
{
    QVERIFY(m_dir.isValid());
}

void TestEncoderSession::makeRaw(const QString &file, qint64 first, int frames, FrameRate rate)
{
    const qint64 start = audioPrerollStart(first, rate);
    const qint64 samples = samplesBefore(first + frames, rate) - start;
    run(u"ffmpeg"_s,
        {u"-v"_s,
         u"error"_s,
         u"-y"_s,
         u"-copyts"_s,
         u"-f"_s,
         u"lavfi"_s,
         u"-i"_s,
         u"testsrc2=s=160x90:r=%1,trim=end_frame=%2,setpts=PTS-STARTPTS+%3"_s.arg(rate.toString())
             .arg(frames)
             .arg(first),
         u"-f"_s,
         u"lavfi"_s,
         u"-i"_s,
         u"aevalsrc=0.2*sin(0.05*n)|0.2*sin(0.07*n):s=48000,aformat=s16,"
         u"atrim=end_sample=%1,asetpts=N+%2"_s.arg(samples)
             .arg(start),
         u"-fps_mode"_s,
         u"passthrough"_s,
         u"-c:v"_s,
         u"rawvideo"_s,
         u"-pix_fmt"_s,
         u"yuv420p"_s,
         u"-c:a"_s,
         u"pcm_s16le"_s,
         u"-write_index"_s,
         u"0"_s,
         u"-syncpoints"_s,
         u"none"_s,
         u"-strict"_s,
         u"experimental"_s,
         u"-f"_s,
         u"nut"_s,
         file});
}

QByteArray TestEncoderSession::encode(const QString &in, const QString &out, qint64 first)
{
    return run(u"ffmpeg"_s, encoderArguments(m_settings, first, in, out));
}

QList<Packet> TestEncoderSession::packets(const QString &file, char stream, FrameRate rate) const
{
    const QByteArray text
        = run(u"ffprobe"_s,
              {u"-v"_s, u"quiet"_s, u"-select_streams"_s, QString(QLatin1Char(stream)),
               u"-show_entries"_s, u"packet=pts,flags:stream=time_base"_s, u"-of"_s,
               u"default=nk=0:nw=1"_s, file});
    QList<Packet> all;
    QList<qint64> stamps;
    QList<bool> keys;
    qint64 baseDen = 1;
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith("pts="))
            stamps.append(line.mid(4).toLongLong());
        else if (line.startsWith("flags="))
            keys.append(line.contains('K'));
        else if (line.startsWith("time_base=1/"))
            baseDen = line.mid(12).toLongLong();
    }
    for (qsizetype i = 0; i < stamps.size(); ++i) {
        const qint64 scaled = stamps[i] * (stream == 'v' ? rate.num : qint64(kHouseSampleRate));
        const qint64 unit = baseDen * (stream == 'v' ? rate.den : 1);
        if (scaled % unit)
            qCritical("pts %lld of %c is not exact", static_cast<long long>(stamps[i]), stream);
        all.append({scaled / unit, keys.value(i)});
    }
    return all;
}

void TestEncoderSession::keyFrames_standOnTheGrid_whateverTheFirstFrame_data()
{
    QTest::addColumn<qint64>("first");
    QTest::addColumn<QString>("fps");
    QTest::newRow("on the grid") << qint64(480) << u"30"_s;
    QTest::newRow("one after") << qint64(481) << u"30"_s;
    QTest::newRow("one before") << qint64(539) << u"30"_s;
    QTest::newRow("29.97 far") << qint64(1000003) << u"29.97"_s;
    // one minute before 2^33/90000 s and a number over 2^31
    QTest::newRow("33 bit") << qint64(2861513) << u"30"_s;
    QTest::newRow("over 31 bit") << qint64(2147483700) << u"25"_s;
}

void TestEncoderSession::keyFrames_standOnTheGrid_whateverTheFirstFrame()
{
    QFETCH(qint64, first);
    QFETCH(QString, fps);
    const FrameRate rate = FrameRate::parse(fps).value();
    m_settings = EncoderSettings::forFormat({160, 90, rate});
    constexpr int kFrames = 150;
    const QString raw = m_dir.filePath(u"raw.nut"_s);
    const QString out = m_dir.filePath(u"out.nut"_s);
    makeRaw(raw, first, kFrames, rate);
    encode(raw, out, first);

    QList<Packet> video = packets(out, 'v', rate);
    QCOMPARE(video.size(), kFrames);
    std::sort(video.begin(), video.end(),
              [](const Packet &a, const Packet &b) { return a.frame < b.frame; });
    for (int i = 0; i < kFrames; ++i) {
        const qint64 frame = first + i;
        QCOMPARE(video[i].frame, frame);
        QCOMPARE(video[i].isKey, i == 0 || frame % m_settings.gop == 0);
    }
    const QList<Packet> audio = packets(out, 'a', rate);
    const qint64 start = audioPrerollStart(first, rate);
    QCOMPARE(audio.first().frame, start - 1024); // the encoder's own delay
    for (qsizetype i = 1; i < audio.size(); ++i)
        QCOMPARE(audio[i].frame - audio[i - 1].frame, qint64(1024));
    QVERIFY(audio.last().frame + 1024 >= samplesBefore(first + kFrames, rate));
}

void TestEncoderSession::repeatedFrames_areTakenOnce()
{
    // Two NUT streams one after the other, the second of which goes back by twenty frames, are
    // what an encoder reads when a new engine takes over the FIFO of a dead one. Within a stream
    // the demuxer takes a header in its stride but for the file's identification text, which it
    // reads as a frame of 14495 bytes: without those 25 bytes not one picture is lost.
    constexpr qint64 kNutIdBytes = 25;
    const FrameRate rate{30, 1};
    m_settings = EncoderSettings::forFormat({160, 90, rate});
    const QString both = m_dir.filePath(u"both.nut"_s);
    const QString next = m_dir.filePath(u"next.nut"_s);
    makeRaw(both, 480, 60, rate);
    makeRaw(next, 520, 60, rate);
    QFile target(both);
    QFile source(next);
    QVERIFY(target.open(QIODevice::Append) && source.open(QIODevice::ReadOnly));
    QVERIFY(source.seek(kNutIdBytes));
    target.write(source.readAll());
    target.close();
    const QString out = m_dir.filePath(u"out.nut"_s);
    encode(both, out, 480);
    QList<Packet> video = packets(out, 'v', rate);
    std::sort(video.begin(), video.end(),
              [](const Packet &a, const Packet &b) { return a.frame < b.frame; });
    QCOMPARE(video.size(), 100);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(video[i].frame, 480 + i);
}

void TestEncoderSession::stream_carriesColourAndAspect()
{
    m_settings = EncoderSettings::forFormat({160, 90, {30, 1}});
    const QString raw = m_dir.filePath(u"raw.nut"_s);
    const QString out = m_dir.filePath(u"out.nut"_s);
    makeRaw(raw, 480, 20, m_settings.format.rate);
    encode(raw, out, 480);
    const QByteArray facts
        = run(u"ffprobe"_s,
              {u"-v"_s, u"quiet"_s, u"-select_streams"_s, u"v"_s, u"-show_entries"_s,
               u"stream=codec_name,color_range,color_space,color_transfer,color_primaries,"
               u"sample_aspect_ratio"_s,
               u"-of"_s, u"csv=p=0"_s, out});
    QCOMPARE(facts.trimmed(), "h264,1:1,tv,bt709,bt709,bt709");
}

QTEST_GUILESS_MAIN(TestEncoderSession)
#include "tst_encodersession.moc"
