// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"

#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

using namespace Qt::StringLiterals;
using framecode::Clip;
using framecode::ClipRecipe;
using framecode::Outcome;
using framecode::Rate;

namespace continuo {

namespace {

using Change = std::function<void(ClipRecipe &)>;

constexpr double kSeconds = 2;

} // namespace

/// The player alone, judged by the frame code: each clip of the corpus at several house rates, and
/// each trait that a file may have.
class TestExact final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void everyFrameAndSample_isTheRightOne_data();
    void everyFrameAndSample_isTheRightOne();
    void part_isExactAtBothEnds_data();
    void part_isExactAtBothEnds();
    void trait_isHonoured_data();
    void trait_isHonoured();

private:
    void play(const std::shared_ptr<const Clip> &clip, const QString &size, const QString &fps,
              int from = 0, std::optional<int> until = std::nullopt);

    QTemporaryDir m_folder;
    std::vector<std::shared_ptr<const Clip>> m_corpus;
};

void TestExact::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN);
    const Outcome<QString> list = framecode::makeCorpus(m_folder.path(), kSeconds);
    QVERIFY2(list, qPrintable(list ? QString() : list.error()));
    const Outcome<framecode::Expectation> all
        = framecode::expectationOfList(list.value(), Rate{30, 1});
    QVERIFY2(all, qPrintable(all ? QString() : all.error()));
    for (const framecode::ExpectedItem &item : all.value().items)
        m_corpus.push_back(item.clip);
    QCOMPARE(m_corpus.size(), std::size_t(12));
}

void TestExact::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestExact::play(const std::shared_ptr<const Clip> &clip, const QString &size,
                     const QString &fps, int from, std::optional<int> until)
{
    const QString output = m_folder.filePath(u"played.nut"_s);
    QProcess player;
    player.setProcessChannelMode(QProcess::MergedChannels);
    QStringList arguments{u"--play"_s,   clip->file,        u"--nut"_s,  output,
                          u"--format"_s, size + u'@' + fps, u"--from"_s, QString::number(from)};
    if (until)
        arguments += {u"--until"_s, QString::number(*until)};
    player.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s, arguments);
    QVERIFY2(player.waitForFinished(120'000), "the player hangs");
    const QByteArray words = player.readAll();
    QVERIFY2(player.exitCode() == 0, words.constData());
    framecode::Expectation expectation;
    expectation.fps = framecode::parseRate(fps).value();
    expectation.items.push_back({clip, from, until, false});
    const Outcome<framecode::Report> report = framecode::check(output, expectation);
    QVERIFY2(report, qPrintable(report ? QString() : report.error()));
    QVERIFY2(report.value().passed(), qPrintable(report.value().toText()));
}

void TestExact::everyFrameAndSample_isTheRightOne_data()
{
    QTest::addColumn<int>("clip");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<QString>("size");
    for (std::size_t i = 0; i < m_corpus.size(); ++i) {
        const QByteArray name = m_corpus[i]->file.section(u'/', -1).toUtf8();
        const auto add = [&](const char *fps, const char *rate, const char *size) {
            QTest::addRow("%s at %s", name.constData(), fps)
                << int(i) << QString::fromLatin1(rate) << QString::fromLatin1(size);
        };
        add("30", "30", "640x360");
        add("29.97", "30000/1001", "640x360");
        add("25", "25", "256x144");
    }
}

void TestExact::everyFrameAndSample_isTheRightOne()
{
    QFETCH(int, clip);
    QFETCH(QString, fps);
    QFETCH(QString, size);
    play(m_corpus[std::size_t(clip)], size, fps);
}

void TestExact::part_isExactAtBothEnds_data()
{
    QTest::addColumn<int>("clip");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("until");
    for (std::size_t i = 0; i < m_corpus.size(); ++i) {
        const QByteArray name = m_corpus[i]->file.section(u'/', -1).toUtf8();
        QTest::addRow("%s at 30", name.constData()) << int(i) << u"30"_s << 13 << 47;
        QTest::addRow("%s at 29.97", name.constData()) << int(i) << u"30000/1001"_s << 31 << 45;
        QTest::addRow("%s at 25", name.constData()) << int(i) << u"25"_s << 7 << 49;
        QTest::addRow("%s at 50", name.constData()) << int(i) << u"50"_s << 51 << 93;
    }
}

// Long groups of pictures, and containers without an index, too: none is decoded from its begin to
// be left, and all begin at the frame that was asked for.
void TestExact::part_isExactAtBothEnds()
{
    QFETCH(int, clip);
    QFETCH(QString, fps);
    QFETCH(int, from);
    QFETCH(int, until);
    play(m_corpus[std::size_t(clip)], u"256x144"_s, fps, from, until);
}

void TestExact::trait_isHonoured_data()
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
    // 2^33 ticks of 90 kHz are 95443.718 s: the first, or the second half, lies behind the wrap.
    for (const double start : {95441.0, 95442.7, 95443.6}) {
        add("wraps behind " + QByteArray::number(95443.7 - start, 'f', 1) + " s", u"a.ts"_s,
            [start](ClipRecipe &recipe) { recipe.startSeconds = start; });
    }
    for (const QString &ending : {u"mp4"_s, u"mov"_s}) {
        add("edit list, " + ending.toLatin1(), u"a."_s + ending,
            [](ClipRecipe &recipe) { recipe.hiddenFrames = 15; });
    }
    for (const QString &ending : {u"mp4"_s, u"mkv"_s, u"ts"_s}) {
        for (const int delay : {-500, 300, 1200}) {
            add("sound " + QByteArray::number(delay) + " ms late, " + ending.toLatin1(),
                u"a."_s + ending, [delay](ClipRecipe &recipe) { recipe.soundDelayMs = delay; });
        }
    }
}

void TestExact::trait_isHonoured()
{
    QFETCH(QString, file);
    QFETCH(Change, change);
    const QTemporaryDir folder;
    ClipRecipe recipe;
    recipe.output = folder.filePath(file);
    recipe.id = 1234;
    recipe.width = 640;
    recipe.height = 360;
    change(recipe);
    recipe.frames = int(kSeconds * recipe.fps.value());
    const Outcome<Clip> made = framecode::makeClip(recipe);
    QVERIFY2(made, qPrintable(made ? QString() : made.error()));
    play(std::make_shared<const Clip>(made.value()), u"640x360"_s, u"30"_s);
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestExact)
#include "tst_exact.moc"
