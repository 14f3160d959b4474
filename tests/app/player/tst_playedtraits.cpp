// SPDX-License-Identifier: GPL-3.0-or-later
// Each trait that a file may have, made into a frame-coded clip and played by the real player: the
// table in docs/plans/any-file.md names what is judged by which of these.
#include "playedclip.h"

#include "tests/support/bs775.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/rawwriter.h"
#include "tests/support/framecode/tones.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstring>
#include <functional>
#include <numbers>
#include <utility>

using namespace Qt::StringLiterals;
using framecode::Clip;
using framecode::ClipRecipe;
using framecode::Matrix;
using framecode::Outcome;
using framecode::Range;
using framecode::Rate;

namespace continuo {

namespace {

using Change = std::function<void(ClipRecipe &)>;

constexpr double kSeconds = 2;
constexpr double kCodeValues = 3; // what a patch may be off by

// As "./check --full traits" does; ./check has one of each kind.
bool areAllWanted()
{
    return qEnvironmentVariableIsSet("CONTINUO_ALL_TRAITS");
}

/// How loud a tone is among the samples of one side, by a window that hides the others.
double amplitudeAt(const QByteArray &samples, std::size_t side, double hertz)
{
    const std::size_t count = std::size_t(samples.size()) / 4;
    double real = 0;
    double imaginary = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::int16_t value = 0;
        std::memcpy(&value, samples.constData() + i * 4 + side * 2, sizeof value);
        const double turn = 2 * std::numbers::pi * double(i);
        const double window = 1 - std::cos(turn / double(count));
        real += window * value * std::cos(turn * hertz / 48000);
        imaginary += window * value * std::sin(turn * hertz / 48000);
    }
    return 2 * std::hypot(real, imaginary) / double(count) / 32768;
}

/// By how many pixels the ground has moved to the left from one field to the next, of what two
/// fields in the right order (2) or the wrong one (-2 and 6) make, and of none.
int movedBy(const framecode::LumaView &before, const framecode::LumaView &after)
{
    const auto difference = [&](int move) {
        std::int64_t sum = 0;
        // Below the bar code and its numbers; the ground climbs by half of that.
        for (int y = after.height * 85 / 100; y < after.height - 8; ++y) {
            for (int x = 16; x < after.width - 16; ++x)
                sum += std::abs(after.data[y * after.stepY + x]
                                - before.data[(y + move / 2) * before.stepY + x + move]);
        }
        return sum;
    };
    constexpr std::array kMoves{-2, 0, 2, 6};
    return *std::ranges::min_element(kMoves, {}, difference);
}

} // namespace

class TestPlayedTraits final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void trait_isHonoured_data();
    void trait_isHonoured();
    void still_standsAsItsExifSays_data();
    void still_standsAsItsExifSays();
    void colours_areThoseOfTheClip_data();
    void colours_areThoseOfTheClip();
    void layout_isMixedByItsTable_data();
    void layout_isMixedByItsTable();
    void fields_followEachOtherInTime_data();
    void fields_followEachOtherInTime();

private:
    /// Nothing where the running test has failed.
    std::shared_ptr<const Clip> make(ClipRecipe &recipe, const QString &file) const;

    QTemporaryDir m_folder;
    const QString m_output = m_folder.filePath(u"played.nut"_s);
};

std::shared_ptr<const Clip> TestPlayedTraits::make(ClipRecipe &recipe, const QString &file) const
{
    recipe.output = m_folder.filePath(file);
    recipe.id = 1234;
    recipe.frames = int(kSeconds * recipe.fps.value());
    const Outcome<Clip> made = framecode::makeClip(recipe);
    if (made)
        return std::make_shared<const Clip>(made.value());
    QTest::qFail(qPrintable(made.error()), __FILE__, __LINE__);
    return nullptr;
}

void TestPlayedTraits::trait_isHonoured_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<Change>("change");
    const auto add = [](const QByteArray &name, const QString &file, const Change &change) {
        QTest::newRow(name.constData()) << file << change;
    };
    for (const int degrees : {0, 90, 180, 270}) {
        for (const bool isMirrored : {false, true}) {
            add("turned by " + QByteArray::number(degrees) + (isMirrored ? ", mirrored" : ""),
                isMirrored ? u"a.mp4"_s : u"a.mov"_s, [degrees, isMirrored](ClipRecipe &recipe) {
                    recipe.turnClockwise = degrees;
                    recipe.isMirrored = isMirrored;
                });
        }
    }
    const auto fields = [](framecode::Fields order, const QString &codec) {
        return [order, codec](ClipRecipe &recipe) {
            recipe.fields = order;
            recipe.videoCodec = codec;
        };
    };
    add("top field first, h264 mp4", u"a.mp4"_s, fields(framecode::Fields::TopFirst, u"h264"_s));
    add("bottom field first, h264 mkv", u"a.mkv"_s,
        fields(framecode::Fields::BottomFirst, u"h264"_s));
    add("top field first, mpeg2 ts", u"a.ts"_s, fields(framecode::Fields::TopFirst, u"mpeg2"_s));
    add("bottom field first, mpeg2 ts", u"a.ts"_s,
        fields(framecode::Fields::BottomFirst, u"mpeg2"_s));
    // Matroska does not say how long its last picture stands: there with times by which model and
    // player guess alike.
    for (const auto &[ending, seed] :
         {std::pair(u"mp4"_s, 3U), std::pair(u"mp4"_s, 4U), std::pair(u"mkv"_s, 4U)}) {
        add("irregular " + ending.toLatin1() + ' ' + QByteArray::number(seed), u"a."_s + ending,
            [seed = seed](ClipRecipe &recipe) { recipe.irregularSeed = seed; });
    }
    const auto shape = [](int width, int height, Rate pixel) {
        return [width, height, pixel](ClipRecipe &recipe) {
            recipe.width = width;
            recipe.height = height;
            recipe.sampleAspect = pixel;
        };
    };
    add("4:3", u"a.mp4"_s, shape(480, 360, {1, 1}));
    add("16:9 by wide pixels", u"a.ts"_s, shape(720, 576, {64, 45}));
    add("4:3 by narrow pixels", u"a.mp4"_s, shape(720, 480, {8, 9}));
    add("scope", u"a.mkv"_s, shape(640, 268, {1, 1}));
    add("tall", u"a.mp4"_s, shape(204, 360, {1, 1}));
    // 2^33 ticks of 90 kHz are 95443.718 s: nearly all, or the second half, lies behind the wrap,
    // or the end a little before it.
    QList<double> starts{95443.6, 95442.7};
    if (areAllWanted())
        starts.append(95441.0);
    for (const double start : std::as_const(starts)) {
        add("wraps behind " + QByteArray::number(95443.7 - start, 'f', 1) + " s", u"a.ts"_s,
            [start](ClipRecipe &recipe) { recipe.startSeconds = start; });
    }
    for (const QString &ending : {u"mp4"_s, u"mov"_s}) {
        add("edit list, " + ending.toLatin1(), u"a."_s + ending,
            [](ClipRecipe &recipe) { recipe.hiddenFrames = 15; });
    }
    for (const auto &[ending, one] :
         {std::pair(u"mp4"_s, 1200), std::pair(u"mkv"_s, 300), std::pair(u"ts"_s, -500)}) {
        for (const int delay : {-500, 300, 1200}) {
            if (delay != one && !areAllWanted())
                continue;
            add("sound " + QByteArray::number(delay) + " ms late, " + ending.toLatin1(),
                u"a."_s + ending, [delay](ClipRecipe &recipe) { recipe.soundDelayMs = delay; });
        }
    }
}

void TestPlayedTraits::trait_isHonoured()
{
    QFETCH(QString, file);
    QFETCH(Change, change);
    ClipRecipe recipe;
    recipe.width = 640;
    recipe.height = 360;
    change(recipe);
    if (const std::shared_ptr<const Clip> clip = make(recipe, file))
        playExactly(clip, {}, m_output);
}

void TestPlayedTraits::still_standsAsItsExifSays_data()
{
    QTest::addColumn<int>("degrees");
    QTest::addColumn<bool>("isMirrored");
    for (const int degrees : {0, 90, 180, 270}) {
        QTest::addRow("turned by %d", degrees) << degrees << false;
        QTest::addRow("turned by %d, mirrored", degrees) << degrees << true;
    }
}

void TestPlayedTraits::still_standsAsItsExifSays()
{
    QFETCH(int, degrees);
    QFETCH(bool, isMirrored);
    ClipRecipe recipe;
    recipe.output = m_folder.filePath(u"still.jpg"_s);
    recipe.id = 1234;
    recipe.width = 640;
    recipe.height = 480;
    recipe.turnClockwise = degrees;
    recipe.isMirrored = isMirrored;
    const Outcome<Clip> made = framecode::makeStill(recipe, 10);
    QVERIFY2(made, qPrintable(made ? QString() : made.error()));
    PlayOrder order;
    if (degrees != 0 || isMirrored) // one of them to its end
        order.until = 60;
    playExactly(std::make_shared<const Clip>(made.value()), order, m_output);
}

void TestPlayedTraits::colours_areThoseOfTheClip_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<int>("matrix");
    QTest::addColumn<int>("range");
    QTest::addColumn<bool>("isTold");
    QTest::addColumn<int>("height");
    const auto add = [](const char *name, const char *file, const char *codec, Matrix matrix,
                        Range range = Range::Limited, bool isTold = true, int height = 180) {
        QTest::newRow(name) << QString::fromLatin1(file) << QString::fromLatin1(codec)
                            << int(matrix) << int(range) << isTold << height;
    };
    add("709, h264 mp4", "a.mp4", "h264", Matrix::Bt709);
    add("601, h264 mp4", "a.mp4", "h264", Matrix::Bt601);
    add("240M, h264 mov", "a.mov", "h264", Matrix::Smpte240M);
    add("FCC, h264 mkv", "a.mkv", "h264", Matrix::Fcc);
    add("2020, h264 ts", "a.ts", "h264", Matrix::Bt2020);
    add("2020, hevc mp4", "a.mp4", "hevc", Matrix::Bt2020);
    add("709, vp9 webm", "a.webm", "vp9", Matrix::Bt709);
    add("709 in full, h264 mp4", "a.mp4", "h264", Matrix::Bt709, Range::Full);
    add("601 in full, h264 mkv", "a.mkv", "h264", Matrix::Bt601, Range::Full);
    add("2020 in full, hevc mkv", "a.mkv", "hevc", Matrix::Bt2020, Range::Full);
    add("709 in full, vp9 webm", "a.webm", "vp9", Matrix::Bt709, Range::Full);
    add("601 by its size", "a.mp4", "h264", Matrix::Bt601, Range::Limited, false);
    add("709 by its size", "a.mp4", "h264", Matrix::Bt709, Range::Limited, false, 720);
    if (!areAllWanted())
        return;
    add("709, hevc mkv", "a.mkv", "hevc", Matrix::Bt709);
    add("601, vp9 webm", "a.webm", "vp9", Matrix::Bt601);
    add("709, mpeg2 ts", "a.ts", "mpeg2", Matrix::Bt709);
    add("240M, mpeg2 ts", "a.ts", "mpeg2", Matrix::Smpte240M);
}

void TestPlayedTraits::colours_areThoseOfTheClip()
{
    QFETCH(QString, file);
    QFETCH(QString, codec);
    QFETCH(int, matrix);
    QFETCH(int, range);
    QFETCH(bool, isTold);
    QFETCH(int, height);
    ClipRecipe recipe;
    recipe.width = height * 16 / 9;
    recipe.height = height;
    recipe.videoCodec = codec;
    recipe.audioCodec = file.endsWith(u".webm"_s) ? u"opus"_s : u"aac"_s;
    recipe.colours = framecode::Colours{Matrix(matrix), Range(range), isTold};
    recipe.bitrate = u"8M"_s;
    const std::shared_ptr<const Clip> clip = make(recipe, file);
    if (!clip)
        return;
    const PlayOrder order{u"320x180"_s};
    playExactly(clip, order, m_output);
    for (const int number : {0, 31, 59}) {
        const QByteArrayList frames = playedFrames(m_output, number, 1, order.size);
        QCOMPARE(frames.size(), 1);
        const framecode::Planes planes = planesOf(frames.front(), order.size);
        const framecode::Area area
            = framecode::fittedArea(clip->displayAspect, planes.width, planes.height);
        for (int patch = 0; patch < framecode::kPatches; ++patch) {
            const auto shown = framecode::readPatch(planes, area, patch);
            const auto due = framecode::patchCodes(patch, Matrix::Bt709, Range::Limited);
            for (std::size_t k = 0; k < 3; ++k)
                QVERIFY2(std::abs(shown[k] - due[k]) <= kCodeValues,
                         qPrintable(u"frame %1, patch %2: %3 %4 %5, not %6 %7 %8"_s.arg(number)
                                        .arg(patch)
                                        .arg(shown[0])
                                        .arg(shown[1])
                                        .arg(shown[2])
                                        .arg(due[0])
                                        .arg(due[1])
                                        .arg(due[2])));
        }
    }
}

void TestPlayedTraits::layout_isMixedByItsTable_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QString>("layout");
    const auto add
        = [](const char *file, const char *codec, std::initializer_list<const char *> layouts) {
              for (const char *layout : layouts)
                  QTest::addRow("%s, %s %s", layout, codec, file + 2)
                      << QString::fromLatin1(file) << QString::fromLatin1(codec)
                      << QString::fromLatin1(layout);
          };
    add("a.mov", "pcm",
        {"mono", "stereo", "2.1", "3.0", "3.0(back)", "4.0", "quad", "5.0", "5.0(side)", "5.1",
         "5.1(side)", "6.1", "7.1", "7.1(wide)"});
    add("a.mkv", "flac", {"5.1"});
    add("a.mp4", "aac", {"5.1"});
    add("a.mkv", "ac3", {"5.1(side)"});
    add("a.mkv", "opus", {"5.1"});
    if (!areAllWanted())
        return;
    add("a.mkv", "flac", {"mono", "stereo", "quad", "7.1"});
    add("a.mp4", "aac", {"mono", "stereo", "3.0", "4.0", "5.0"});
    add("a.mkv", "ac3", {"stereo"});
    add("a.mkv", "opus", {"stereo", "quad", "7.1"});
}

// What a coder takes from a tone or adds to it is under a quarter of a decibel.
void TestPlayedTraits::layout_isMixedByItsTable()
{
    QFETCH(QString, file);
    QFETCH(QString, codec);
    QFETCH(QString, layout);
    ClipRecipe recipe;
    recipe.width = 256;
    recipe.height = 144;
    recipe.audioCodec = codec;
    recipe.layout = layout;
    const std::shared_ptr<const Clip> clip = make(recipe, file);
    if (!clip)
        return;
    playExactly(clip, {u"256x144"_s}, m_output);
    const QByteArray samples = decoded(m_output, {u"-f"_s, u"s16le"_s, u"-ac"_s, u"2"_s});
    const QStringList channels = framecode::channelsOf(layout);
    for (int i = 0; i < int(channels.size()); ++i) {
        const auto [left, right] = stereoShares(channels[i]);
        for (const auto &[side, due] : {std::pair(std::size_t(0), left), {std::size_t(1), right}}) {
            const double share
                = amplitudeAt(samples, side, framecode::markerHz(i)) / framecode::kMarkerAmplitude;
            const bool isRight
                = due == 0 ? share < 0.02 : std::abs(20 * std::log10(share / due)) < 0.25;
            QVERIFY2(isRight,
                     qPrintable(u"%1 at %2: %3, not %4"_s.arg(channels[i])
                                    .arg(side == 0 ? u"left"_s : u"right"_s)
                                    .arg(share)
                                    .arg(due)));
        }
    }
}

void TestPlayedTraits::fields_followEachOtherInTime_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("codec");
    QTest::addColumn<bool>("isTopFirst");
    for (const auto &[file, codec] :
         {std::pair("a.mp4", "h264"), {"a.mkv", "h264"}, {"a.ts", "mpeg2"}}) {
        for (const bool isTopFirst : {true, false})
            QTest::addRow("%s field first, %s %s", isTopFirst ? "top" : "bottom", codec, file + 2)
                << QString::fromLatin1(file) << QString::fromLatin1(codec) << isTopFirst;
    }
}

// Fields of 25 pictures as 50 frames: the code is that of each picture twice, and what moves goes
// on by half a picture from each to the next. In the wrong order it goes back and forth.
void TestPlayedTraits::fields_followEachOtherInTime()
{
    QFETCH(QString, file);
    QFETCH(QString, codec);
    QFETCH(bool, isTopFirst);
    ClipRecipe recipe;
    recipe.fps = {25, 1};
    recipe.width = 640;
    recipe.height = 360;
    recipe.videoCodec = codec;
    recipe.bitrate = u"8M"_s;
    recipe.fields = isTopFirst ? framecode::Fields::TopFirst : framecode::Fields::BottomFirst;
    const std::shared_ptr<const Clip> clip = make(recipe, file);
    if (!clip)
        return;
    const PlayOrder order{u"640x360"_s, u"50"_s};
    playExactly(clip, order, m_output);
    const QByteArrayList frames = playedFrames(m_output, 20, 20, order.size);
    QCOMPARE(frames.size(), 20);
    for (qsizetype i = 1; i < frames.size(); ++i)
        QCOMPARE(movedBy(lumaOf(planesOf(frames[i - 1], order.size)),
                         lumaOf(planesOf(frames[i], order.size))),
                 2);
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestPlayedTraits)
#include "tst_playedtraits.moc"
