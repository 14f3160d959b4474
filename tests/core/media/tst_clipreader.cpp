// SPDX-License-Identifier: GPL-3.0-or-later
#include "tst_clipreader.h"

#include "core/media/nutwriter.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const QStringList kLossless{u"-c:v"_s, u"ffv1"_s, u"-c:a"_s, u"pcm_s16le"_s};
const QStringList kSmallH264{u"-c:v"_s, u"libx264"_s, u"-preset"_s, u"ultrafast"_s,
                             u"-qp"_s,  u"1"_s,       u"-c:a"_s,    u"aac"_s};
const HouseFormat kHouse{64, 36, {30, 1}};

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

} // namespace

void TestClipReader::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestClipReader::sound_isExactToTheSample()
{
    const QString path = m_media.make({.name = u"exact.mov"_s,
                                       .fps = u"25"_s,
                                       .pictures = 50,
                                       .output = kLossless,
                                       .soundSeconds = 2});
    QVERIFY(!path.isEmpty());
    for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{25, 1}}) {
        const PlayedClip played = playClip(path, {64, 36, rate});
        QVERIFY(played.result);
        const std::size_t total = played.sound.size();
        QCOMPARE(std::int64_t(total), samplesBefore(std::int64_t(played.luma.size()), rate));
        const std::size_t faded = played.cut > 0 ? std::size_t(kFadeSamples) : 0;
        for (std::size_t n = 0; n < std::min<std::size_t>(total - faded, 96000 - kFadeSamples); ++n)
            QCOMPARE(played.sound[n], MediaFactory::sampleAt(std::int64_t(n)));
    }
}

void TestClipReader::sound_isResampledToTheLengthOfThePicture_data()
{
    QTest::addColumn<int>("rate");
    QTest::addColumn<QString>("codec");
    QTest::newRow("44.1 kHz") << 44100 << u"pcm_s16le"_s;
    QTest::newRow("8 kHz") << 8000 << u"pcm_s16le"_s;
    QTest::newRow("96 kHz float") << 96000 << u"pcm_f32le"_s;
    QTest::newRow("22.05 kHz") << 22050 << u"pcm_s16le"_s;
}

void TestClipReader::sound_isResampledToTheLengthOfThePicture()
{
    QFETCH(int, rate);
    QFETCH(QString, codec);
    const QString path = m_media.path(u"rate.mov"_s);
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=black:s=64x36:r=25:d=2"_s, u"-f"_s,
                       u"lavfi"_s, u"-i"_s, u"sine=f=440:r=%1:d=2"_s.arg(rate), u"-ac"_s, u"1"_s,
                       u"-c:v"_s, u"ffv1"_s, u"-c:a"_s, codec, path}));
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QVERIFY2(played.padded + played.cut <= 64,
             qPrintable(u"padded %1, cut %2"_s.arg(played.padded).arg(played.cut)));
    // A sine that begins at 0: crossings tell that it was not shifted.
    int crossings = 0;
    for (std::size_t i = 1; i < played.sound.size(); ++i)
        crossings += played.sound[i - 1] < 0 && played.sound[i] >= 0 ? 1 : 0;
    QVERIFY2(std::abs(crossings - 880) <= 2, qPrintable(QString::number(crossings)));
}

void TestClipReader::sound_keepsItsOffset_data()
{
    QTest::addColumn<QString>("soundOffset");
    QTest::addColumn<QString>("pictureOffset");
    QTest::addColumn<int>("shift"); // samples by which the sound is late (or early, if negative)
    QTest::newRow("late by 0.7 s") << u"0.7"_s << u"0"_s << 33600;
    QTest::newRow("early by 0.8 s") << u"0"_s << u"0.8"_s << -38400;
    QTest::newRow("late by 1.5 s") << u"1.5"_s << u"0"_s << 72000;
}

void TestClipReader::sound_keepsItsOffset()
{
    QFETCH(QString, soundOffset);
    QFETCH(QString, pictureOffset);
    QFETCH(int, shift);
    const QString path = m_media.make({.name = u"offset.mkv"_s,
                                       .pictures = 50,
                                       .output = kLossless,
                                       .soundSeconds = 3,
                                       .soundInput = {u"-itsoffset"_s, soundOffset},
                                       .pictureInput = {u"-itsoffset"_s, pictureOffset}});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QCOMPARE(played.padded, std::int64_t(std::max(shift, 0)));
    for (std::int64_t n = 0; n < 96000 - kFadeSamples; ++n) {
        const std::int16_t expected
            = n < shift ? std::int16_t(0) : MediaFactory::sampleAt(n - shift);
        QCOMPARE(played.sound[std::size_t(n)], expected);
    }
}

void TestClipReader::sound_isPaddedOrCutToThePicture_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<int>("padded");
    QTest::addColumn<int>("cut");
    QTest::newRow("shorter") << 1.25 << 36000 << 0;
    QTest::newRow("equal") << 2.0 << 0 << 0;
    QTest::newRow("longer") << 3.5 << 0 << 72000;
    QTest::newRow("much longer") << 40.0 << 0 << 38 * 48000;
}

void TestClipReader::sound_isPaddedOrCutToThePicture()
{
    QFETCH(double, seconds);
    QFETCH(int, padded);
    QFETCH(int, cut);
    const QString path = m_media.make(
        {.name = u"length.mov"_s, .pictures = 50, .output = kLossless, .soundSeconds = seconds});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(60));
    QCOMPARE(played.sound.size(), std::size_t(96000));
    QCOMPARE(played.padded, std::int64_t(padded));
    QCOMPARE(played.cut, std::int64_t(cut));
    const auto end = std::size_t(96000 - padded);
    // A fade, no step: the last samples before silence or the end shrink to nothing.
    if (padded > 0 || cut > 0) {
        for (std::size_t i = 0; i < std::size_t(kFadeSamples); ++i) {
            const double most = 10011.0 * double(i + 1) / kFadeSamples + 1;
            QVERIFY(std::abs(played.sound[end - 1 - i]) <= most);
        }
    }
    QCOMPARE(played.sound[end - std::size_t(kFadeSamples) - 1],
             MediaFactory::sampleAt(std::int64_t(end) - kFadeSamples - 1));
    for (std::size_t i = end; i < 96000; ++i)
        QCOMPARE(played.sound[i], std::int16_t(0));
}

void TestClipReader::sound_thatLiesFarBehindItsPictureIsMissedNotWaitedFor()
{
    // All pictures, then all sound: 30 s of each.
    const QString path = m_media.path(u"apart.nut"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(
        {16, 16, {30, 1}}, [&file](std::span<const std::uint8_t> bytes) -> Result<void> {
            file.write(reinterpret_cast<const char *>(bytes.data()), qint64(bytes.size()));
            return {};
        });
    QVERIFY(writer.value()->writeHeader());
    const std::vector<std::uint8_t> picture(384, 100);
    const std::vector<std::int16_t> sound(3200, 1000);
    for (int frame = 0; frame < 900; ++frame)
        QVERIFY(writer.value()->writePicture(frame, picture.data()));
    for (int frame = 0; frame < 900; ++frame)
        QVERIFY(writer.value()->writeSound(frame * 1600, sound.data(), 1600));
    file.close();
    const PlayedClip played = playClip(path, {16, 16, {30, 1}});
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(900));
    QCOMPARE(played.sound.size(), std::size_t(900 * 1600));
    QVERIFY(played.padded > 15 * 48000); // the last 10 s are within reach
    QVERIFY(played.padded < 25 * 48000);
    QCOMPARE(played.sound[899 * 1600], std::int16_t(1000));
}

void TestClipReader::sound_betweenLongHolesIsHeard()
{
    // A single packet of 1024 samples, with more than the demuxer's reach around it.
    const QString path
        = m_media.make({.name = u"holes.mkv"_s,
                        .fps = u"5"_s,
                        .pictures = 140,
                        .output = {u"-af"_s, u"aselect='lt(t,1)+between(t,13,13.03)+gt(t,26)'"_s,
                                   u"-c:v"_s, u"mpeg4"_s, u"-c:a"_s, u"pcm_s16le"_s},
                        .soundSeconds = 27});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, {64, 36, {5, 1}});
    QVERIFY(played.result);
    // Timestamps in Matroska are whole milliseconds.
    const int wanted = MediaFactory::sampleAt(625'000);
    QVERIFY2(std::abs(played.sound[625'000] - wanted) <= 48,
             qPrintable(u"%1 instead of %2"_s.arg(played.sound[625'000]).arg(wanted)));
}

void TestClipReader::soundOnly_showsATitleCardAsLongAsItSounds()
{
    const QString path = m_media.make({.name = u"A song: 100% \"quoted\", it's.wav"_s,
                                       .pictures = 0,
                                       .output = {},
                                       .soundSeconds = 1.21});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, {320, 180, {25, 1}}, true);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(30)); // 30.25
    QCOMPARE(played.stills, 30);
    QVERIFY(played.facts.isTitleCard);
    QVERIFY(played.facts.videoCodec.isEmpty());
    QCOMPARE(played.facts.frames, std::int64_t(30));
    for (std::size_t n = 0; n < played.sound.size() - std::size_t(kFadeSamples); ++n)
        QCOMPARE(played.sound[n], MediaFactory::sampleAt(std::int64_t(n)));
    const std::vector<std::uint8_t> &card = played.pictures.front();
    const auto luma = card.begin() + 320 * 180;
    QVERIFY2(*std::max_element(card.begin(), luma) > 150, "there is text on the card");
    QVERIFY(card[0] < 50); // on a dark ground
    // Above the levels it stands still.
    const int still = 320 * LevelCard({320, 180, {25, 1}}, LevelCard::Ground::Card).top();
    QVERIFY(std::equal(card.begin(), card.begin() + still, played.pictures.back().begin()));
}

void TestClipReader::soundOnly_showsItsCover()
{
    const QString sound
        = m_media.make({.name = u"plain.wav"_s, .pictures = 0, .output = {}, .soundSeconds = 1});
    const QString path = m_media.path(u"cover.mp3"_s);
    QVERIFY(runFfmpeg({u"-i"_s, sound, u"-f"_s, u"lavfi"_s, u"-i"_s,
                       u"color=white:s=96x96:d=1:r=1"_s, u"-map"_s, u"0:a"_s, u"-map"_s, u"1:v"_s,
                       u"-frames:v"_s, u"1"_s, u"-c:v"_s, u"mjpeg"_s, u"-c:a"_s, u"libmp3lame"_s,
                       u"-disposition:v"_s, u"attached_pic"_s, path}));
    const PlayedClip played = playClip(path, {128, 72, {25, 1}}, true);
    QVERIFY(played.result);
    QVERIFY(played.facts.isTitleCard);
    QVERIFY(played.luma.front() > 225);
    QVERIFY(played.pictures.front()[0] < 20); // black beside the square cover
    QVERIFY2(played.luma.size() >= 25 && played.luma.size() <= 27,
             qPrintable(QString::number(played.luma.size())));
}

void TestClipReader::still_isShownForTheTimeAskedFor_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("jpeg") << u"still.jpg"_s;
    QTest::newRow("png") << u"still.png"_s;
    QTest::newRow("a name that looks like a pattern") << u"still%03d.png"_s;
    QTest::newRow("gif of one picture") << u"still.gif"_s;
    QTest::newRow("bmp") << u"still.bmp"_s;
}

void TestClipReader::still_isShownForTheTimeAskedFor()
{
    QFETCH(QString, name);
    const QString plain = m_media.path(u"plain."_s + name.section(u'.', -1));
    QVERIFY(runFfmpeg({u"-f"_s, u"lavfi"_s, u"-i"_s, u"color=white:s=96x54"_s, u"-frames:v"_s,
                       u"1"_s, u"-update"_s, u"1"_s, plain}));
    const QString path = m_media.path(name);
    QVERIFY(QFile::exists(path) || QFile::copy(plain, path));
    const PlayedClip played = playClip(path, kHouse, false, 2.5);
    QVERIFY2(played.result, qPrintable(played.result ? QString() : played.result.error().detail));
    QCOMPARE(played.luma.size(), std::size_t(75));
    QCOMPARE(played.stills, 75);
    QVERIFY(played.luma.front() > 225);
    QCOMPARE(played.sound.size(), std::size_t(75 * 1600));
}

// A PNG that gets sharper while it loads has no fields: no line of it is made up.
void TestClipReader::still_thatLoadsInPassesKeepsItsLines()
{
    for (const bool isInPasses : {false, true}) {
        const QString path = m_media.path(u"passes-%1.png"_s.arg(isInPasses));
        QVERIFY(runFfmpeg(QStringList{u"-f"_s, u"lavfi"_s, u"-i"_s, u"testsrc=s=64x36"_s}
                          + (isInPasses ? QStringList{u"-flags"_s, u"+ildct"_s} : QStringList())
                          + QStringList{u"-frames:v"_s, u"1"_s, u"-update"_s, u"1"_s, path}));
    }
    const PlayedClip whole = playClip(m_media.path(u"passes-0.png"_s), kHouse, true);
    const PlayedClip inPasses = playClip(m_media.path(u"passes-1.png"_s), kHouse, true);
    QVERIFY(whole.result && inPasses.result);
    QVERIFY(!inPasses.facts.isInterlaced);
    QCOMPARE(inPasses.facts.pictureFilters, whole.facts.pictureFilters);
    QVERIFY(inPasses.pictures == whole.pictures);
}

void TestClipReader::onePicture_withADurationIsAVeryShortClip()
{
    const QString path = m_media.make(
        {.name = u"one.mov"_s, .fps = u"10"_s, .pictures = 1, .output = {u"-c:v"_s, u"ffv1"_s}});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(3));
    QCOMPARE(played.stills, 0);
}

void TestClipReader::onePicture_withLongSoundIsItsCover()
{
    const QString path = m_media.make(
        {.name = u"cover.mkv"_s, .pictures = 1, .output = kLossless, .soundSeconds = 2.5});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QVERIFY(played.facts.isStill);
    QCOMPARE(played.luma.size(), std::size_t(75));
    QCOMPARE(played.sound[100000], MediaFactory::sampleAt(100000));
}

void TestClipReader::silentClip_hasSilence()
{
    const QString path = m_media.make({.name = u"silent.mp4"_s, .output = kSmallH264});
    QVERIFY(!path.isEmpty());
    const PlayedClip played = playClip(path, kHouse);
    QVERIFY(played.result);
    QCOMPARE(played.luma.size(), std::size_t(60));
    QCOMPARE(played.sound, std::vector<std::int16_t>(96000, 0));
    QCOMPARE(played.padded, std::int64_t(0)); // there was nothing to pad
    QVERIFY(played.facts.soundFilters.isEmpty());
}

void TestClipReader::broken_isRefusedWithASentence_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("detail");
    QTest::newRow("empty") << u"empty.mp4"_s << QByteArray() << u"corrupt"_s
                           << u"the file is empty"_s;
    QTest::newRow("text renamed") << u"text.mp4"_s
                                  << QByteArray("This is no clip at all.\n").repeated(200)
                                  << u"corrupt"_s
                                  << u"this is no media file, or its header is damaged"_s;
    QTest::newRow("text") << u"notes.txt"_s << QByteArray("Some notes.\n").repeated(200)
                          << u"unsupported"_s << u"a list or text file, not a clip"_s;
    QTest::newRow("list of others")
        << u"list.m3u8"_s
        << QByteArray("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n")
        << u""_s << u""_s;
    QTest::newRow("ffconcat") << u"list.ffconcat"_s
                              << QByteArray("ffconcat version 1.0\nfile '/etc/passwd'\n") << u""_s
                              << u""_s;
    QTest::newRow("noise") << u"noise.mkv"_s << QByteArray::fromHex("1a45dfa3ff00").repeated(100)
                           << u""_s << u""_s;
}

void TestClipReader::broken_isRefusedWithASentence()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, code);
    QFETCH(QString, detail);
    writeFile(m_media.path(name), bytes);
    const PlayedClip played = playClip(m_media.path(name), kHouse);
    QVERIFY(!played.result);
    QVERIFY(!played.result.error().detail.isEmpty());
    if (!code.isEmpty()) {
        QCOMPARE(errorCodeName(played.result.error().code), code);
        QCOMPARE(played.result.error().detail, detail);
    }
    QCOMPARE(playClip(m_media.path(u"nowhere.mp4"_s), kHouse).result.error().code,
             ErrorCode::NotFound);
    QVERIFY(!playClip(m_media.path(u"."_s), kHouse).result);
}

void TestClipReader::broken_inTheMiddlePlaysWhatIsLeft()
{
    const QString whole = m_media.make({.name = u"whole.ts"_s,
                                        .pictures = 100,
                                        .output = {u"-c:v"_s, u"mpeg2video"_s, u"-g"_s, u"10"_s}});
    QFile file(whole);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    for (qsizetype i = bytes.size() / 2; i < bytes.size() / 2 + 3000; ++i)
        bytes[i] = char(i * 37);
    writeFile(m_media.path(u"damaged.ts"_s), bytes);
    const PlayedClip damaged = playClip(m_media.path(u"damaged.ts"_s), {64, 36, {25, 1}});
    QVERIFY(damaged.result);
    QCOMPARE(damaged.luma.size(), std::size_t(100));
    writeFile(m_media.path(u"cut.ts"_s), bytes.left(bytes.size() / 3));
    const PlayedClip cut = playClip(m_media.path(u"cut.ts"_s), {64, 36, {25, 1}});
    QVERIFY(cut.result);
    QVERIFY(cut.luma.size() > 20 && cut.luma.size() < 50);

    const QString mp4 = m_media.make({.name = u"whole.mp4"_s, .output = kSmallH264});
    QFile headless(mp4); // the index of an MP4 stands at its end
    QVERIFY(headless.open(QIODevice::ReadOnly));
    writeFile(m_media.path(u"headless.mp4"_s), headless.read(headless.size() / 2));
    const PlayedClip refused = playClip(m_media.path(u"headless.mp4"_s), kHouse);
    QVERIFY(!refused.result);
    QCOMPARE(refused.result.error().code, ErrorCode::Corrupt);
}

void TestClipReader::undecodablePicture_leavesTheSound()
{
    const QString path = m_media.make({.name = u"bad-picture.avi"_s,
                                       .pictures = 25,
                                       .output = {u"-c:v"_s, u"png"_s, u"-c:a"_s, u"pcm_s16le"_s},
                                       .soundSeconds = 1});
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    bytes.replace("\x89PNG", "\x11PNG");
    writeFile(path, bytes);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"only the sound is played"_s));
    const PlayedClip played = playClip(path, {64, 36, {25, 1}});
    QVERIFY(played.result);
    QVERIFY(played.facts.isTitleCard);
    QCOMPARE(played.luma.size(), std::size_t(25));
    QCOMPARE(played.sound[1000], MediaFactory::sampleAt(1000));
}

} // namespace continuo
