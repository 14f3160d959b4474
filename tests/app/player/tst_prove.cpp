// SPDX-License-Identifier: GPL-3.0-or-later
// What `continuo-player --prove` finds in clips that each have one flaw.
#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kProverWaitMs = 60000;

struct Told {
    int exitCode = -1;
    QJsonObject file;
    QJsonObject ends;
    QJsonObject reading;
    QJsonObject look;
    QJsonObject failed;
    QMap<QString, QJsonObject> thumbnails; // by kind

    QJsonObject sound(QLatin1StringView kind) const
    {
        return reading.value("sound"_L1).toObject().value(kind).toObject();
    }
    QJsonObject of(QLatin1StringView kind) const { return reading.value(kind).toObject(); }
    qint64 durationUs() const { return reading.value("durationUs"_L1).toInteger(-1); }
};

QString run(const QString &program, const QStringList &arguments, int *exitCode = nullptr)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::SeparateChannels);
    process.start(program, arguments);
    process.waitForFinished(kProverWaitMs);
    if (exitCode)
        *exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError());
}

Told prove(const QString &path, const QString &tiers = u"1,2,3"_s)
{
    Told told;
    QProcess process;
    process.setStandardErrorFile(QProcess::nullDevice());
    process.start(QCoreApplication::applicationDirPath() + u"/continuo-player"_s,
                  {u"--prove"_s, path, u"--tiers"_s, tiers});
    process.waitForFinished(kProverWaitMs);
    told.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    for (const QByteArray &line : process.readAllStandardOutput().split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QJsonObject proof = object.value("proof"_L1).toObject();
        if (proof.value("tier"_L1).toInt() == 1)
            told.ends = proof;
        else if (proof.value("tier"_L1).toInt() == 2)
            told.reading = proof;
        else if (!proof.isEmpty())
            told.look = proof;
        if (object.contains("file"_L1))
            told.file = object.value("file"_L1).toObject();
        const QJsonObject thumbnail = object.value("thumbnail"_L1).toObject();
        if (!thumbnail.isEmpty())
            told.thumbnails.insert(thumbnail.value("kind"_L1).toString(), thumbnail);
        if (object.contains("failed"_L1))
            told.failed = object.value("failed"_L1).toObject();
    }
    return told;
}

qint64 countOf(const QJsonObject &stretches)
{
    return stretches.value("count"_L1).toInteger();
}

QJsonObject firstOf(const QJsonObject &stretches)
{
    return stretches.value("places"_L1).toArray().first().toObject();
}

bool isAbout(const QJsonObject &stretch, double at, double length)
{
    return std::abs(double(stretch.value("atUs"_L1).toInteger()) / 1e6 - at) < 0.15
        && std::abs(double(stretch.value("lengthUs"_L1).toInteger()) / 1e6 - length) < 0.15;
}

/// Mean of luma and both colours.
std::array<double, 3> meanOf(const QJsonObject &thumbnail)
{
    const QByteArray yuv = QByteArray::fromBase64(thumbnail.value("yuv"_L1).toString().toLatin1());
    const qsizetype luma
        = qsizetype(thumbnail.value("width"_L1).toInt()) * thumbnail.value("height"_L1).toInt();
    const auto mean = [&](qsizetype from, qsizetype count) {
        double sum = 0;
        for (qsizetype i = from; i < from + count && i < yuv.size(); ++i)
            sum += std::uint8_t(yuv.at(i));
        return sum / double(count);
    };
    return {mean(0, luma), mean(luma, luma / 4), mean(luma * 5 / 4, luma / 4)};
}

bool isAboutColour(const QJsonObject &thumbnail, double y, double u, double v)
{
    const auto mean = meanOf(thumbnail);
    return std::abs(mean[0] - y) < 6 && std::abs(mean[1] - u) < 6 && std::abs(mean[2] - v) < 6;
}

} // namespace

class TestProve : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void clean_hasNothing_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QStringList>("coded");
        QTest::newRow("mp4") << u"clean.mp4"_s << QStringList{u"-c:v"_s, u"libx264"_s, u"-bf"_s,
                                                              u"3"_s,    u"-c:a"_s,    u"aac"_s};
        QTest::newRow("mkv") << u"clean.mkv"_s
                             << QStringList{u"-c:v"_s, u"mpeg4"_s, u"-c:a"_s, u"flac"_s};
        QTest::newRow("ts") << u"clean.ts"_s
                            << QStringList{u"-c:v"_s, u"mpeg2video"_s, u"-c:a"_s, u"mp2"_s};
    }
    void clean_hasNothing()
    {
        QFETCH(QString, name);
        QFETCH(QStringList, coded);
        const QString path = make(name, picture(10) + tone(10) + coded);
        const Told told = prove(path);
        QCOMPARE(told.exitCode, 0);
        QCOMPARE(told.file.value("sizeBytes"_L1).toInteger(), QFile(path).size());
        QCOMPARE(told.ends.value("head"_L1).toObject().value("frames"_L1).toInt(), 60);
        QVERIFY2(std::abs(told.durationUs() - 10'000'000) < 33'334,
                 qPrintable(QString::number(told.durationUs())));
        for (const auto kind : {"damage"_L1, "gaps"_L1})
            QCOMPARE(countOf(told.of(kind)), 0);
        for (const auto kind : {"silences"_L1, "missing"_L1})
            QCOMPARE(countOf(told.sound(kind)), 0);
        QVERIFY(!told.reading.value("variableRate"_L1).toBool());
        QVERIFY(!told.reading.contains("endReason"_L1));
        QCOMPARE(countOf(told.look.value("black"_L1).toObject()), 0);
        QVERIFY(told.look.value("load"_L1).toObject().value("seconds"_L1).toDouble() > 0);
    }

    void firstTier_endsThere()
    {
        const Told told = prove(make(u"tier.mp4"_s, picture(10) + tone(10)), u"1"_s);
        QCOMPARE(told.exitCode, 0);
        QVERIFY(!told.ends.isEmpty() && told.reading.isEmpty());
        QCOMPARE(told.ends.value("tail"_L1).toObject().value("frames"_L1).toInt(), 60);
    }

    void silence_isFound()
    {
        const Told told
            = prove(make(u"silence.mkv"_s,
                         picture(12) + tone(12)
                             + QStringList{u"-af"_s, u"volume=0:enable='between(t,3,9)'"_s,
                                           u"-c:a"_s, u"pcm_s16le"_s}));
        QCOMPARE(countOf(told.sound("silences"_L1)), 1);
        QVERIFY(isAbout(firstOf(told.sound("silences"_L1)), 3, 6));
        QCOMPARE(countOf(told.sound("missing"_L1)), 0);
    }

    void lateSound_isMissingBefore()
    {
        const Told told = prove(make(u"late.mkv"_s,
                                     picture(10) + QStringList{u"-itsoffset"_s, u"2.5"_s} + tone(7)
                                         + QStringList{u"-c:a"_s, u"pcm_s16le"_s}));
        QCOMPARE(countOf(told.sound("missing"_L1)), 2); // it also ends half a second early
        QVERIFY(isAbout(firstOf(told.sound("missing"_L1)), 0, 2.5));
    }

    void shortSound_isMissingBehind()
    {
        const Told told = prove(
            make(u"short.mkv"_s, picture(20) + tone(4) + QStringList{u"-c:a"_s, u"pcm_s16le"_s}));
        QCOMPARE(countOf(told.sound("missing"_L1)), 1);
        QVERIFY(isAbout(firstOf(told.sound("missing"_L1)), 4, 16));
    }

    void noSound_isNoFlaw()
    {
        const Told told = prove(make(u"mute.mp4"_s, picture(5)));
        QCOMPARE(told.exitCode, 0);
        QVERIFY(!told.reading.contains("sound"_L1));
    }

    void cutFile_isShorterThanItSays()
    {
        const QString path = make(
            u"cut.mp4"_s, picture(20) + tone(20) + QStringList{u"-movflags"_s, u"+faststart"_s});
        QVERIFY(QFile::resize(path, QFile(path).size() * 6 / 10));
        const Told told = prove(path);
        QCOMPARE(told.exitCode, 0);
        QVERIFY(told.ends.value("facts"_L1).toObject().value("durationUs"_L1).toInteger()
                > 19'900'000);
        QVERIFY2(told.durationUs() > 8'000'000 && told.durationUs() < 15'000'000,
                 qPrintable(QString::number(told.durationUs())));
    }

    void cutIndex_willNotPlay()
    {
        const QString path = make(u"noindex.mp4"_s, picture(5) + tone(5));
        QVERIFY(QFile::resize(path, QFile(path).size() * 6 / 10));
        const Told told = prove(path);
        QCOMPARE(told.exitCode, 1);
        QCOMPARE(told.failed.value("code"_L1).toString(), u"corrupt"_s);
        QVERIFY(told.failed.value("detail"_L1).toString().contains(u"index"_s));
    }

    void flippedBytes_areDamage_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QStringList>("coded");
        QTest::newRow("ts") << u"flipped.ts"_s
                            << QStringList{u"-c:v"_s, u"mpeg2video"_s, u"-c:a"_s, u"mp2"_s};
        QTest::newRow("sound") << u"flipped.m4a"_s
                               << QStringList{u"-vn"_s, u"-c:a"_s, u"aac"_s, u"-b:a"_s, u"128k"_s};
    }
    void flippedBytes_areDamage()
    {
        QFETCH(QString, name);
        QFETCH(QStringList, coded);
        const QString path = make(name, picture(20) + noise(20) + coded);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        const qint64 middle = file.size() / 2;
        for (qint64 i = 0; i < 2000; ++i) {
            file.seek(middle + i * 7);
            file.write("\x5a", 1);
        }
        file.close();
        const Told told = prove(path);
        QCOMPARE(told.exitCode, 0);
        QVERIFY(countOf(told.of("damage"_L1)) > 0);
        const double at = double(firstOf(told.of("damage"_L1)).value("atUs"_L1).toInteger()) / 1e6;
        QVERIFY2(at > 5 && at < 15, qPrintable(QString::number(at)));
    }

    // Neither begins nor ends at a key frame; the last goes to the end, in the last group. A second
    // of black is none.
    void black_isFoundToThePicture_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QStringList>("coded");
        const QStringList h264{u"-c:v"_s, u"libx264"_s,       u"-g"_s,
                               u"75"_s,   u"-sc_threshold"_s, u"0"_s};
        QTest::newRow("mp4") << u"black.mp4"_s << h264;
        QTest::newRow("mkv") << u"black.mkv"_s << h264;
        QTest::newRow("ts") << u"black.ts"_s
                            << QStringList{u"-c:v"_s,          u"mpeg2video"_s, u"-g"_s,  u"75"_s,
                                           u"-sc_threshold"_s, u"1000000000"_s, u"-bf"_s, u"2"_s};
        QTest::newRow("intra") << u"black.mov"_s << QStringList{u"-c:v"_s, u"mjpeg"_s};
        QTest::newRow("10 bit, full range")
            << u"black10.mkv"_s
            << h264 + QStringList{u"-pix_fmt"_s, u"yuv420p10le"_s, u"-color_range"_s, u"pc"_s};
    }
    void black_isFoundToThePicture()
    {
        QFETCH(QString, name);
        QFETCH(QStringList, coded);
        const QString drawn
            = u"testsrc2=s=320x180:r=30:d=30,drawbox=c=black:t=fill:enable='between(t,6.1,13.5)"
              "+between(t,18,19)+gt(t,26.4)'"_s;
        const Told told
            = prove(make(name, QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s, drawn} + coded));
        const QJsonObject black = told.look.value("black"_L1).toObject();
        QCOMPARE(countOf(black), 2);
        QVERIFY2(isAbout(firstOf(black), 6.1, 7.4),
                 QJsonDocument(black).toJson(QJsonDocument::Compact).constData());
        QVERIFY2(isAbout(black.value("places"_L1).toArray().last().toObject(), 26.4, 3.6),
                 QJsonDocument(black).toJson(QJsonDocument::Compact).constData());
    }

    // Every field shows another moment.
    void fields_areJudgedByWhatMoves_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("filters");
        QTest::addColumn<QStringList>("coded");
        QTest::addColumn<QString>("told");
        QTest::addColumn<QString>("seen");
        const QString woven = u",tinterlace=mode=interleave_top"_s;
        const QStringList mpeg{u"-c:v"_s, u"mpeg2video"_s, u"-b:v"_s,
                               u"20M"_s,  u"-flags"_s,     u"+ildct+ilme"_s};
        QTest::newRow("as told") << u"top.ts"_s << woven << mpeg + QStringList{u"-top"_s, u"1"_s}
                                 << u"top-first"_s << u"top-first"_s;
        QTest::newRow("swapped") << u"bottom.ts"_s << woven + u",setfield=bff"_s
                                 << mpeg + QStringList{u"-top"_s, u"0"_s} << u"bottom-first"_s
                                 << u"top-first"_s;
        QTest::newRow("unmarked") << u"unmarked.mp4"_s << woven + u",setfield=prog"_s
                                  << QStringList{u"-c:v"_s, u"libx264"_s, u"-crf"_s, u"18"_s}
                                  << u"progressive"_s << u"top-first"_s;
        QTest::newRow("whole") << u"whole.mp4"_s << u",fps=25"_s
                               << QStringList{u"-c:v"_s, u"libx264"_s, u"-crf"_s, u"18"_s}
                               << u"progressive"_s << u"progressive"_s;
    }
    void fields_areJudgedByWhatMoves()
    {
        QFETCH(QString, name);
        QFETCH(QString, filters);
        QFETCH(QStringList, coded);
        QFETCH(QString, told);
        QFETCH(QString, seen);
        const Told found
            = prove(make(name,
                         QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s,
                                     u"testsrc2=s=720x576:r=50:d=5,scroll=h=0.01"_s + filters}
                             + coded));
        const QJsonObject fields = found.look.value("fields"_L1).toObject();
        QCOMPARE(fields.value("told"_L1).toString(), told);
        QCOMPARE(fields.value("seen"_L1).toString(), seen);
    }

    void missingPictures_areAGap()
    {
        const Told told = prove(make(u"gap.mkv"_s,
                                     picture(12) + tone(12)
                                         + QStringList{u"-vf"_s, u"select='not(between(t,3,8))'"_s,
                                                       u"-vsync"_s, u"passthrough"_s}));
        QCOMPARE(countOf(told.of("gaps"_L1)), 1);
        QVERIFY(isAbout(firstOf(told.of("gaps"_L1)), 3, 5));
        QVERIFY(std::abs(told.durationUs() - 12'000'000) < 34'000);
    }

    void variableRate_isTold()
    {
        const Told told
            = prove(make(u"vfr.mkv"_s,
                         picture(6)
                             + QStringList{u"-vf"_s, u"select='lt(t,3)+not(mod(n,3))'"_s,
                                           u"-vsync"_s, u"passthrough"_s}));
        QVERIFY(told.reading.value("variableRate"_L1).toBool());
        QCOMPARE(countOf(told.of("gaps"_L1)), 0);
    }

    // Against the meter that comes with ffmpeg, which shares no code with libebur128; the peak of a
    // sine is known, and ffmpeg's overshoots where one of 12 kHz begins.
    void loudness_isThatOfAnotherMeter_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<double>("sinePeak"); // 0: as ffmpeg says
        QTest::newRow("-23 sine")
            << u"aevalsrc='0.07079*sin(2*PI*1000*t)|0.07079*sin(2*PI*1000*t)':s=48000:d=20"_s
            << -23.0;
        QTest::newRow("noise")
            << u"anoisesrc=r=48000:a=0.2:c=pink:seed=7:d=20,pan=stereo|c0=c0|c1=c0"_s << 0.0;
        QTest::newRow("peaks between samples")
            << u"aevalsrc='0.5*sin(2*PI*12000*t+0.785)|0.5*sin(2*PI*12000*t+0.785)':s=48000:d=20"_s
            << -6.02;
    }
    void loudness_isThatOfAnotherMeter()
    {
        QFETCH(QString, source);
        QFETCH(double, sinePeak);
        const QString path = make(
            u"loud.wav"_s, {u"-f"_s, u"lavfi"_s, u"-i"_s, source, u"-c:a"_s, u"pcm_s16le"_s});
        const QString said
            = run(u"ffmpeg"_s,
                  {u"-nostdin"_s, u"-hide_banner"_s, u"-i"_s, path, u"-af"_s,
                   u"ebur128=peak=true:framelog=verbose"_s, u"-f"_s, u"null"_s, u"-"_s});
        const auto number = [&said](const QString &pattern) {
            return QRegularExpression(pattern).match(said).captured(1).toDouble();
        };
        const double loudness = number(uR"(I:\s+(-?[\d.]+) LUFS)"_s);
        const double peak = number(uR"(Peak:\s+(-?[\d.]+) dBFS)"_s);
        QVERIFY2(loudness < 0 && peak < 0, qPrintable(said));
        const QJsonObject sound = prove(path).reading.value("sound"_L1).toObject();
        const QString both
            = u"%1 LUFS, %2 dBTP; ffmpeg: %3, %4"_s.arg(sound.value("loudness"_L1).toDouble())
                  .arg(sound.value("truePeak"_L1).toDouble())
                  .arg(loudness)
                  .arg(peak);
        qInfo("%s", qPrintable(both));
        QVERIFY2(std::abs(sound.value("loudness"_L1).toDouble() - loudness) <= 0.1,
                 qPrintable(both));
        const double peakDue = sinePeak < 0 ? sinePeak : peak;
        QVERIFY2(std::abs(sound.value("truePeak"_L1).toDouble() - peakDue) <= 0.2,
                 qPrintable(both));
    }

    void interlace_isKnown()
    {
        const Told told = prove(make(
            u"fields.ts"_s,
            picture(4) + QStringList{u"-c:v"_s, u"mpeg2video"_s, u"-flags"_s, u"+ildct+ilme"_s}));
        QVERIFY(told.ends.value("facts"_L1)
                    .toObject()
                    .value("video"_L1)
                    .toObject()
                    .value("interlaced"_L1)
                    .toBool());
    }

    // Red at its begin, black for a while, blue at its end: head and tail are what is shown there,
    // and the poster is neither black nor flat. Four to three, as it is.
    void thumbnails_areOfHeadTailAndSomethingToSee_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("seconds");
        QTest::newRow("long") << u"pictured.mp4"_s << 16;
        QTest::newRow("short") << u"spot.mp4"_s << 3;
    }
    void thumbnails_areOfHeadTailAndSomethingToSee()
    {
        QFETCH(QString, name);
        QFETCH(int, seconds);
        const QString drawn
            = u"testsrc2=s=320x240:r=30:d=%1,drawbox=c=black:t=fill:enable='lt(t,%2)',"
              "drawbox=c=red:t=fill:enable='lt(t,0.3)',drawbox=c=blue:t=fill:enable='gt(t,%3)'"_s
                  .arg(seconds)
                  .arg(seconds / 3.0)
                  .arg(seconds - 0.3);
        const Told told = prove(make(name, {u"-f"_s, u"lavfi"_s, u"-i"_s, drawn}), u"1"_s);
        QCOMPARE(told.thumbnails.keys(), (QStringList{u"head"_s, u"poster"_s, u"tail"_s}));
        for (const QJsonObject &thumbnail : told.thumbnails) {
            QCOMPARE(thumbnail.value("width"_L1).toInt(), 120);
            QCOMPARE(thumbnail.value("height"_L1).toInt(), 90);
        }
        QVERIFY(isAboutColour(told.thumbnails[u"head"_s], 63, 102, 240));
        QVERIFY(isAboutColour(told.thumbnails[u"tail"_s], 32, 240, 118));
        QVERIFY(meanOf(told.thumbnails[u"poster"_s])[0] > 60);
        const QJsonObject places = told.ends.value("thumbnails"_L1).toObject();
        QCOMPARE(places.value("head"_L1).toInteger(-1), 0);
        QVERIFY(std::abs(double(places.value("tail"_L1).toInteger()) / 1e6 - seconds) < 0.1);
    }

    void thumbnails_areOfWhatHasPictures()
    {
        QVERIFY(prove(make(u"unseen.wav"_s, tone(2)), u"1"_s).thumbnails.isEmpty());
        const Told still = prove(make(u"portrait.png"_s,
                                      {u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc2=s=180x320:d=1"_s,
                                       u"-frames:v"_s, u"1"_s}),
                                 u"1"_s);
        QCOMPARE(still.thumbnails.keys(), QStringList{u"poster"_s});
        QCOMPARE(still.thumbnails[u"poster"_s].value("width"_L1).toInt(), 50);
    }

    void still_hasItsTenSeconds()
    {
        const Told told
            = prove(make(u"still.png"_s, picture(1) + QStringList{u"-frames:v"_s, u"1"_s}));
        QCOMPARE(told.exitCode, 0);
        QCOMPARE(told.durationUs(), 10'000'000);
    }

    void whatIsNoFile_isRefused()
    {
        const QString pipe = m_folder.filePath(u"pipe.mp4"_s);
        QCOMPARE(QProcess::execute(u"mkfifo"_s, {pipe}), 0);
        for (const QString &path : {pipe, m_folder.path(), u"/nowhere.mp4"_s, u"/dev/zero"_s}) {
            const Told told = prove(path);
            QCOMPARE(told.exitCode, 1);
            QVERIFY2(!told.failed.value("detail"_L1).toString().isEmpty(), qPrintable(path));
        }
    }

private:
    static QStringList picture(int seconds)
    {
        return {u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc2=s=320x180:r=30:d=%1"_s.arg(seconds)};
    }
    static QStringList tone(int seconds)
    {
        return {u"-f"_s, u"lavfi"_s, u"-i"_s, u"sine=f=1000:r=48000:d=%1"_s.arg(seconds)};
    }
    static QStringList noise(int seconds)
    {
        return {u"-f"_s, u"lavfi"_s, u"-i"_s,
                u"anoisesrc=r=48000:a=0.3:seed=3:d=%1"_s.arg(seconds)};
    }
    QString make(const QString &name, const QStringList &arguments)
    {
        const QString path = m_folder.filePath(name);
        int exitCode = -1;
        const QString said = run(u"ffmpeg"_s,
                                 QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s}
                                     + arguments + QStringList{path},
                                 &exitCode);
        if (exitCode != 0)
            qFatal("ffmpeg: %s", qPrintable(said));
        return path;
    }

    QTemporaryDir m_folder;
};

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestProve)
#include "tst_prove.moc"
