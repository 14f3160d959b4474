// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/programme.h"
#include "tests/support/framecode/subjects.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

using Change = std::function<void(ClipRecipe &)>;

/// Clips of every make, conformed by ffmpeg's filters and encoded at 1 Mb/s: the code is read from
/// each frame, and it is the frame that the model orders.
class TestTraits final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void clip_passes_whenConformed_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("house");
        const Change plain = [](ClipRecipe &) {};
        const auto codecs = [](const QString &video, const QString &audio) {
            return Change([=](ClipRecipe &recipe) {
                recipe.videoCodec = video;
                recipe.audioCodec = audio;
            });
        };
        const auto rate
            = [](const Rate &fps) { return Change([=](ClipRecipe &recipe) { recipe.fps = fps; }); };
        const QString hd = u"1280x720"_s;
        // Those that differ most; "./check --full traits" has all.
        const QList<QByteArray> chosen{
            "23.976",        "irregular mp4", "4:3",           "turned by 90", "interlaced tff",
            "sound shorter", "no sound",      "vp9 opus webm", "256x144",      "160x90 portrait"};
        const bool isFull = qEnvironmentVariableIsSet("CONTINUO_ALL_TRAITS");
        const auto add = [&](const QByteArray &name, const QString &file, const Change &change,
                             const QString &house) {
            if (isFull || chosen.contains(name))
                QTest::newRow(name.constData()) << file << change << house;
        };
        add("23.976", u"a.mp4"_s, rate({24000, 1001}), hd);
        add("24", u"a.mp4"_s, rate({24, 1}), hd);
        add("25", u"a.mkv"_s, rate({25, 1}), hd);
        add("29.97", u"a.mov"_s, rate({30000, 1001}), hd);
        add("50", u"a.ts"_s, rate({50, 1}), hd);
        add("60", u"a.mp4"_s, rate({60, 1}), hd);
        add(
            "irregular mp4", u"a.mp4"_s, [](ClipRecipe &recipe) { recipe.irregularSeed = 3; }, hd);
        add(
            "irregular mkv", u"a.mkv"_s, [](ClipRecipe &recipe) { recipe.irregularSeed = 4; }, hd);
        const Change oldShape = [](ClipRecipe &recipe) {
            recipe.width = 640;
            recipe.height = 480;
        };
        add("4:3", u"a.mp4"_s, oldShape, hd);
        const Change shaped = [](ClipRecipe &recipe) {
            recipe.width = 720;
            recipe.height = 576;
            recipe.sampleAspect = {16, 15};
            recipe.videoCodec = u"mpeg2"_s;
        };
        add("4:3 by pixel shape", u"a.ts"_s, shaped, hd);
        for (const int degrees : {90, 180, 270}) {
            add(
                "turned by " + QByteArray::number(degrees), u"a.mov"_s,
                [degrees](ClipRecipe &recipe) { recipe.turnClockwise = degrees; }, hd);
        }
        const Change topFirst = [](ClipRecipe &recipe) {
            recipe.fields = Fields::TopFirst;
            recipe.fps = {25, 1};
            recipe.videoCodec = u"mpeg2"_s;
        };
        add("interlaced tff", u"a.ts"_s, topFirst, hd);
        add(
            "interlaced bff", u"a.mp4"_s,
            [](ClipRecipe &recipe) { recipe.fields = Fields::BottomFirst; }, hd);
        add(
            "sound shorter", u"a.mp4"_s, [](ClipRecipe &recipe) { recipe.audioDeltaMs = -400; },
            hd);
        add(
            "sound longer", u"a.mkv"_s, [](ClipRecipe &recipe) { recipe.audioDeltaMs = 600; }, hd);
        add("no sound", u"a.mp4"_s, codecs(u"h264"_s, u"none"_s), hd);
        const Change mono = [](ClipRecipe &recipe) {
            recipe.sampleRate = 44100;
            recipe.channels = 1;
        };
        add("mono 44.1", u"a.mp4"_s, mono, hd);
        const Change surround = [](ClipRecipe &recipe) {
            recipe.audioCodec = u"ac3"_s;
            recipe.channels = 6;
        };
        add("5.1 ac3", u"a.mkv"_s, surround, hd);
        add(
            "5.1 aac", u"a.mp4"_s, [](ClipRecipe &recipe) { recipe.channels = 6; }, hd);
        add("hevc flac mkv", u"a.mkv"_s, codecs(u"hevc"_s, u"flac"_s), hd);
        add("vp9 opus webm", u"a.webm"_s, codecs(u"vp9"_s, u"opus"_s), hd);
        add("vp9 vorbis webm", u"a.webm"_s, codecs(u"vp9"_s, u"vorbis"_s), hd);
        add("mpeg2 mp2 ts", u"a.ts"_s, codecs(u"mpeg2"_s, u"mp2"_s), hd);
        add("mpeg4 mp3 avi", u"a.avi"_s, codecs(u"mpeg4"_s, u"mp3"_s), hd);
        add("prores pcm mov", u"a.mov"_s, codecs(u"prores"_s, u"pcm"_s), hd);
        for (const QString &small : {u"256x144"_s, u"160x90"_s}) {
            const QByteArray name = small.toLatin1();
            add(name, u"a.mp4"_s, plain, small);
            add(
                name + " 4:3", u"a.mp4"_s, [](ClipRecipe &recipe) { recipe.width = 480; }, small);
            add(
                name + " portrait", u"a.mp4"_s,
                [](ClipRecipe &recipe) { recipe.turnClockwise = 90; }, small);
        }
    }
    void clip_passes_whenConformed()
    {
        QFETCH(QString, file);
        QFETCH(Change, change);
        QFETCH(QString, house);
        QTemporaryDir folder;
        ClipRecipe recipe;
        recipe.output = folder.filePath(file);
        recipe.id = 1234;
        recipe.width = 640;
        recipe.height = 360;
        change(recipe);
        recipe.frames = static_cast<int>(recipe.fps.value());
        const Outcome<Clip> clip = makeClip(recipe);
        QVERIFY2(clip, qPrintable(clip ? QString() : clip.error()));

        const QStringList size = house.split(u'x');
        const QString output = folder.filePath(u"out.ts"_s);
        const Outcome<Done> made
            = encodeConformed(clip.value(), {size[0].toInt(), size[1].toInt(), {30, 1}}, output);
        QVERIFY2(made, qPrintable(made ? QString() : made.error()));
        Expectation expectation;
        expectation.slate = Slate::Never;
        expectation.items.push_back(
            {std::make_shared<const Clip>(clip.value()), 0, std::nullopt, false});
        const Outcome<Report> report = check(output, expectation);
        QVERIFY2(report, qPrintable(report ? QString() : report.error()));
        QVERIFY2(report.value().passed(), qPrintable(report.value().toText()));
        QVERIFY2(std::abs(report.value().avMaxMs) < 1, qPrintable(report.value().toText()));
        QCOMPARE(report.value().avWindows > 40, recipe.audioCodec != u"none"_s);
    }
};

} // namespace

std::unique_ptr<QObject> makeTraitsTest()
{
    return std::make_unique<TestTraits>();
}

#include "tst_traits.moc"
