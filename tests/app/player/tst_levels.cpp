// SPDX-License-Identifier: GPL-3.0-or-later
// What a real player makes of items of all loudnesses: judged by ffmpeg, as AAC makes it.
#include "playerharness.h"

#include "core/levels/gainplan.h"
#include "tests/support/loudness/loudness.h"

#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const HouseFormat kHouse{64, 36, {25, 1}};
constexpr std::size_t kFrameValues = 1920 * 2;

/// What a player handed over.
struct Played {
    std::vector<std::int16_t> sound; ///< both sides
    std::vector<int> gains; ///< of each frame, 1/100 dB
};

bool runFfmpeg(const QStringList &arguments)
{
    QProcess process;
    process.start(u"ffmpeg"_s,
                  QStringList{u"-v"_s, u"error"_s, u"-nostdin"_s, u"-y"_s} + arguments);
    return process.waitForFinished(kTestPatienceMs) && process.exitCode() == 0;
}

Played play(QJsonObject request)
{
    Played played;
    Result<std::unique_ptr<PlayerHarness>> player = PlayerHarness::start(kHouse, 8);
    if (!player)
        return played;
    player.value()->open(request);
    player.value()->drain([&played](const SlotView &slot) {
        played.sound.insert(played.sound.end(), slot.samples, slot.samples + kFrameValues);
        played.gains.push_back(slot.header.gainCentiDb);
    });
    return played;
}

QJsonObject levels(const QString &path, const QJsonObject &more = {})
{
    QJsonObject request{{u"path"_s, path}, {u"kind"_s, u"clip"_s}};
    for (auto value = more.begin(); value != more.end(); ++value)
        request.insert(value.key(), value.value());
    return request;
}

} // namespace

class TestPlayedLevels final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void measuredGain_bringsItemsToTheTarget_data() { items(); }
    void measuredGain_bringsItemsToTheTarget();
    void estimatedGain_bringsItemsToTheTarget_data() { items(); }
    void estimatedGain_bringsItemsToTheTarget();
    void estimatedGain_movesSlowly();
    void estimatedGain_beginsWhereSomethingIsHeard();
    void anotherPlayer_goesOnWithTheSameSound_data();
    void anotherPlayer_goesOnWithTheSameSound();
    void sound_isLeftAlone_whenNoGainIsNeeded_data();
    void sound_isLeftAlone_whenNoGainIsNeeded();
    void surroundSound_isNeverCutOff();

private:
    static void items();
    QString make(TestSignal signal, double seconds, double gainDb, const QStringList &options = {});
    JudgedLoudness judgeAsAac(const std::vector<std::int16_t> &sound);

    QTemporaryDir m_folder;
};

void TestPlayedLevels::items()
{
    QTest::addColumn<TestSignal>("signal");
    QTest::addColumn<double>("loudness");
    for (const double loudness : {-40.0, -30.0, -23.0, -14.0, -9.0, -5.0}) {
        QTest::addRow("sine %g", loudness) << TestSignal::Sine << loudness;
        QTest::addRow("speech %g", loudness) << TestSignal::Speech << loudness;
        QTest::addRow("clipped noise %g", loudness) << TestSignal::ClippedNoise << loudness;
    }
}

/// A file of floats, which keep what is above full scale.
QString TestPlayedLevels::make(TestSignal signal, double seconds, double gainDb,
                               const QStringList &options)
{
    const QString raw = m_folder.filePath(u"item.f32"_s);
    const QString path = m_folder.filePath(u"item.wav"_s);
    const QStringList codec = options.isEmpty() ? QStringList{u"-c:a"_s, u"pcm_f32le"_s} : options;
    return writeSamples(raw, raised(testSignal(signal, seconds), gainDb))
            && runFfmpeg(samplesInput(raw) + codec + QStringList{path})
        ? path
        : QString();
}

JudgedLoudness TestPlayedLevels::judgeAsAac(const std::vector<std::int16_t> &sound)
{
    const QString raw = m_folder.filePath(u"played.s16"_s);
    const QString coded = m_folder.filePath(u"played.m4a"_s);
    QFile file(raw);
    const auto bytes = qint64(sound.size() * sizeof(std::int16_t));
    if (!file.open(QIODevice::WriteOnly)
        || file.write(reinterpret_cast<const char *>(sound.data()), bytes) != bytes)
        return {-100, -100, file.errorString()};
    file.close();
    if (!runFfmpeg({u"-f"_s, u"s16le"_s, u"-ar"_s, u"48000"_s, u"-ac"_s, u"2"_s, u"-i"_s, raw,
                    u"-c:a"_s, u"aac"_s, u"-aac_coder"_s, u"fast"_s, u"-b:a"_s, u"160k"_s, coded}))
        return {-100, -100, u"ffmpeg did not encode it"_s};
    return judgeLoudness({u"-i"_s, coded});
}

void TestPlayedLevels::measuredGain_bringsItemsToTheTarget()
{
    QFETCH(TestSignal, signal);
    QFETCH(double, loudness);
    const JudgedLoudness plain = judgeLoudness(testSignal(signal, 12), m_folder.path());
    const QString path = make(signal, 12, loudness - plain.integrated);
    QVERIFY(!path.isEmpty());
    const JudgedLoudness file = judgeLoudness({u"-i"_s, path});
    QVERIFY(std::abs(file.integrated - loudness) < 0.2);
    const GainPlan plan = GainPlan::of({file.integrated, file.truePeak}, -23);
    const int gain = int(std::lround(plan.gainDb * 100));
    const Played played = play(levels(path, {{u"gain"_s, gain}}));
    QVERIFY(played.gains.size() >= 299);
    QVERIFY(std::ranges::all_of(played.gains, [gain](int each) { return each == gain; }));
    const JudgedLoudness aired = judgeAsAac(played.sound);
    qInfo("%.1f LUFS, %.1f dBTP by %.1f dB: %.1f LUFS, %.1f dBTP", file.integrated, file.truePeak,
          plan.gainDb, aired.integrated, aired.truePeak);
    QVERIFY2(aired.failure.isEmpty(), qPrintable(aired.failure));
    QCOMPARE(plan.bound, GainPlan::Bound::None);
    QVERIFY(std::abs(aired.integrated + 23) <= 0.5);
    QVERIFY(aired.truePeak <= -1);
}

void TestPlayedLevels::estimatedGain_bringsItemsToTheTarget()
{
    QFETCH(TestSignal, signal);
    QFETCH(double, loudness);
    const JudgedLoudness plain = judgeLoudness(testSignal(signal, 12), m_folder.path());
    const QString path = make(signal, 12, loudness - plain.integrated);
    QVERIFY(!path.isEmpty());
    const Played played = play(levels(path, {{u"target"_s, -16}}));
    const JudgedLoudness aired = judgeAsAac(played.sound);
    qInfo("%.1f LUFS: begun with %.2f dB, ended with %.2f dB, %.1f LUFS, %.1f dBTP", loudness,
          played.gains.front() / 100.0, played.gains.back() / 100.0, aired.integrated,
          aired.truePeak);
    QVERIFY2(aired.failure.isEmpty(), qPrintable(aired.failure));
    QVERIFY(std::abs(aired.integrated + 16) <= 1);
    QVERIFY(aired.truePeak <= -1);
}

void TestPlayedLevels::estimatedGain_movesSlowly()
{
    // 20 dB louder after five seconds: what was heard first is not what comes.
    const QString path = m_folder.filePath(u"rise.wav"_s);
    QVERIFY(
        runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                   u"aevalsrc='0.02*sin(2*PI*997*t)*if(lt(t,5),1,10)|0':s=48000:d=15"_s, path}));
    const Played played = play(levels(path, {{u"target"_s, -23}}));
    QCOMPARE(played.gains.size(), std::size_t(375));
    QVERIFY(played.gains.front() > 1000);
    QVERIFY(played.gains.back() < played.gains.front() - 400);
    for (std::size_t i = 25; i < played.gains.size(); ++i)
        QVERIFY(std::abs(played.gains[i] - played.gains[i - 25]) <= 55); // 0.5 dB, and rounding
}

void TestPlayedLevels::estimatedGain_beginsWhereSomethingIsHeard()
{
    // Eight seconds of silence, then a tone of -43 LUFS: it begins at its own gain.
    const QString path = m_folder.filePath(u"late.wav"_s);
    QVERIFY(
        runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                   u"aevalsrc='0.00708*sin(2*PI*997*t)*gte(t,8)|0.00708*sin(2*PI*997*t)*gte(t,8)'"
                   ":s=48000:d=14"_s,
                   path}));
    const Played played = play(levels(path, {{u"target"_s, -23}}));
    QCOMPARE(played.gains.size(), std::size_t(350));
    QCOMPARE(played.gains.front(), 0);
    for (std::size_t i = 200; i < played.gains.size(); ++i)
        QVERIFY2(std::abs(played.gains[i] - 2000) < 60,
                 qPrintable(QString::number(played.gains[i])));
}

void TestPlayedLevels::anotherPlayer_goesOnWithTheSameSound_data()
{
    QTest::addColumn<QStringList>("codec");
    QTest::addColumn<int>("tolerance");
    const QStringList pcm{u"-c:a"_s, u"pcm_s16le"_s};
    QTest::newRow("48000 Hz") << pcm << 0;
    // Two resamplers may differ in the last bit of a float, and the rounding by one step.
    QTest::newRow("44100 Hz") << QStringList{u"-ar"_s, u"44100"_s} + pcm << 1;
}

void TestPlayedLevels::anotherPlayer_goesOnWithTheSameSound()
{
    QFETCH(QStringList, codec);
    QFETCH(int, tolerance);
    const QString path = make(TestSignal::Speech, 12, 0, codec);
    QVERIFY(!path.isEmpty());
    const Played whole = play(levels(path, {{u"gain"_s, 900}}));
    QVERIFY(whole.gains.size() >= 299);
    for (const int from : {1, 12, 60, 123, 250}) {
        const Played part = play(levels(path, {{u"gain"_s, 900}, {u"from"_s, from}}));
        QCOMPARE(part.gains.size(), whole.gains.size() - std::size_t(from));
        const std::int16_t *due = whole.sound.data() + std::size_t(from) * kFrameValues;
        for (std::size_t i = 0; i < part.sound.size(); ++i)
            QVERIFY2(std::abs(part.sound[i] - due[i]) <= tolerance,
                     qPrintable(u"from %1, sample %2"_s.arg(from).arg(i / 2)));
    }
    // By an estimate: at the gain of the frame before.
    const Played estimated = play(levels(path, {{u"target"_s, -23}}));
    const int gain = estimated.gains[122];
    const Played part
        = play(levels(path, {{u"target"_s, -23}, {u"gain"_s, gain}, {u"from"_s, 123}}));
    QCOMPARE(part.gains.front(), gain);
    QVERIFY(std::abs(estimated.gains[123] - gain) <= 3);
}

void TestPlayedLevels::sound_isLeftAlone_whenNoGainIsNeeded_data()
{
    QTest::addColumn<QJsonObject>("asked");
    QTest::addColumn<TestSignal>("signal");
    QTest::newRow("off, clipped") << QJsonObject() << TestSignal::ClippedNoise;
    // An item of a channel's very loudness: its peaks are far from the ceiling.
    QTest::newRow("gain of 0 dB") << QJsonObject{{u"gain"_s, 0}} << TestSignal::Speech;
}

void TestPlayedLevels::sound_isLeftAlone_whenNoGainIsNeeded()
{
    QFETCH(QJsonObject, asked);
    QFETCH(TestSignal, signal);
    double gain = 0;
    if (signal == TestSignal::Speech) {
        const JudgedLoudness plain = judgeLoudness(testSignal(signal, 4), m_folder.path());
        QVERIFY2(plain.failure.isEmpty(), qPrintable(plain.failure));
        gain = -23 - plain.integrated;
        QVERIFY(plain.truePeak + gain < kCeilingDb - 1);
    }
    const QString path = make(signal, 4, gain, {u"-c:a"_s, u"pcm_s16le"_s});
    QVERIFY(!path.isEmpty());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    const qsizetype data = bytes.indexOf("data") + 8;
    const Played played = play(levels(path, asked));
    QCOMPARE(played.sound.size(), std::size_t(192'000 * 2));
    const std::size_t faded = 144 * 2; // at its end
    const auto *samples = reinterpret_cast<const std::int16_t *>(bytes.constData() + data);
    QVERIFY(std::equal(played.sound.begin(), played.sound.end() - std::ptrdiff_t(faded), samples));
    QVERIFY(std::ranges::all_of(played.gains, [](int each) { return each == 0; }));
}

void TestPlayedLevels::surroundSound_isNeverCutOff()
{
    const QString tone = u"0.9*sin(2*PI*997*t)"_s;
    const QString path = m_folder.filePath(u"surround.wav"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"aevalsrc='%1|%1|%1|%1|%1|%1':s=48000:d=3:c=5.1"_s.arg(tone), path}));
    const Played played = play(levels(path));
    const JudgedLoudness aired = judgeAsAac(played.sound);
    QVERIFY2(aired.failure.isEmpty(), qPrintable(aired.failure));
    QVERIFY2(std::abs(aired.truePeak + 2) <= 0.3, qPrintable(QString::number(aired.truePeak)));
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPlayedLevels)
#include "tst_levels.moc"
