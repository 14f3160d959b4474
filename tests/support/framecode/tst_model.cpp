// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/expectation.h"
#include "tests/support/framecode/subjects.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

using Times = std::vector<std::int64_t>;
using Shown = std::vector<int>;

Times counted(int frames, std::int64_t step = 1)
{
    Times times;
    for (int frame = 0; frame < frames; ++frame)
        times.push_back(frame * step);
    return times;
}

Clip clipOf(const Rate &tick, const Times &times, std::int64_t duration)
{
    Clip clip;
    clip.id = 1;
    clip.tick = tick;
    clip.times = times;
    clip.durationTicks = duration;
    return clip;
}

class TestModel final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void roundedProduct_roundsHalvesAwayFromZero()
    {
        QCOMPARE(roundedProduct(1, {1, 2}), 1);
        QCOMPARE(roundedProduct(-1, {1, 2}), -1);
        QCOMPARE(roundedProduct(5, {1, 2}), 3);
        QCOMPARE(roundedProduct(499, {1, 1000}), 0);
        QCOMPARE(roundedProduct(-499, {1, 1000}), 0);
        // Beyond 64 bits on the way: a year in 1/90000 s at 59.94 (31622400 s * 59.94005994).
        const std::int64_t year = 366LL * 86400 * 90000;
        QCOMPARE(roundedProduct(year, {60000, 1001LL * 90000}), 1895448551);
    }

    void firstSampleOf_isTheFloor()
    {
        const Rate ntsc{30000, 1001};
        QCOMPARE(firstSampleOf(0, ntsc), 0);
        QCOMPARE(firstSampleOf(1, ntsc), 1601); // 1601.6
        QCOMPARE(firstSampleOf(2, ntsc), 3203); // 3203.2
        QCOMPARE(firstSampleOf(5, ntsc), 8008);
        QCOMPARE(firstSampleOf(480, {30, 1}), 768000);
        QCOMPARE(firstSampleOf(std::int64_t(1) << 40, {25, 1}), (std::int64_t(1) << 40) * 1920);
    }

    void parseRate_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("rate");
        QTest::newRow("whole") << u"25"_s << u"25/1"_s;
        QTest::newRow("ratio") << u"30000/1001"_s << u"30000/1001"_s;
        QTest::newRow("decimal") << u"29.97"_s << u"30000/1001"_s;
        QTest::newRow("shape") << u"1024:576"_s << u"16/9"_s;
        QTest::newRow("zero") << u"0"_s << QString();
        QTest::newRow("words") << u"fast"_s << QString();
        QTest::newRow("three") << u"1/2/3"_s << QString();
        QTest::newRow("nothing") << QString() << QString();
    }
    void parseRate()
    {
        QFETCH(QString, text);
        QFETCH(QString, rate);
        const Outcome<Rate> parsed = framecode::parseRate(text);
        QCOMPARE(parsed ? toString(parsed.value()) : QString(), rate);
    }

    // By hand: the position of each source frame in house frames, rounded, a half upwards; each
    // house frame shows the last one that is not beyond it.
    void houseFrames_followTheTieRule_data()
    {
        QTest::addColumn<qint64>("tickNum");
        QTest::addColumn<qint64>("tickDen");
        QTest::addColumn<Times>("times");
        QTest::addColumn<qint64>("duration");
        QTest::addColumn<qint64>("fps");
        QTest::addColumn<Shown>("shown");
        // 0 1.25 2.5 3.75 5 6.25 7.5 8.75 -> 0 1 3 4 5 6 8 9, length 10
        QTest::newRow("24 at 30") << 1LL << 24LL << counted(8) << 8LL << 30LL
                                  << Shown{0, 1, 1, 2, 3, 4, 5, 5, 6, 7};
        // 0 1.2 2.4 3.6 4.8 -> 0 1 2 4 5, length 6
        QTest::newRow("25 at 30") << 1LL << 25LL << counted(5) << 5LL << 30LL
                                  << Shown{0, 1, 2, 2, 3, 4};
        // 0 0.6 1.2 1.8 2.4 3 3.6 4.2 4.8 5.4 -> 0 1 1 2 2 3 4 4 5 5, length 6
        QTest::newRow("50 at 30") << 1LL << 50LL << counted(10) << 10LL << 30LL
                                  << Shown{0, 2, 4, 5, 7, 9};
        // 0 0.5 1 1.5 2 2.5 -> 0 1 1 2 2 3, length 3: every odd frame is a tie
        QTest::newRow("60 at 30") << 1LL << 60LL << counted(6) << 6LL << 30LL << Shown{0, 2, 4};
        // 0 0.8333 1.6667 2.5 3.3333 4.1667 -> 0 1 2 3 3 4, length 5
        QTest::newRow("30 at 25") << 1LL << 30LL << counted(6) << 6LL << 25LL
                                  << Shown{0, 1, 2, 4, 5};
        // 0 2.04 2.85 4.38 5.13 5.85 6.48 -> 0 2 3 4 5 6 6, length 7.5 -> 8
        QTest::newRow("irregular") << 1LL << 1000LL << Times{0, 68, 95, 146, 171, 195, 216} << 250LL
                                   << 30LL << Shown{0, 0, 1, 2, 3, 4, 6, 6};
        // Milliseconds round 33.33: 0 0.99 2.01 3 -> 0 1 2 3
        QTest::newRow("30 in ms") << 1LL << 1000LL << Times{0, 33, 67, 100} << 133LL << 30LL
                                  << Shown{0, 1, 2, 3};
        // One frame of 20 ms at 25: 0.5 -> one house frame; of 19 ms: 0.475 -> none.
        QTest::newRow("half a frame") << 1LL << 1000LL << Times{0} << 20LL << 25LL << Shown{0};
        QTest::newRow("under half") << 1LL << 1000LL << Times{0} << 19LL << 25LL << Shown{};
    }
    void houseFrames_followTheTieRule()
    {
        QFETCH(qint64, tickNum);
        QFETCH(qint64, tickDen);
        QFETCH(Times, times);
        QFETCH(qint64, duration);
        QFETCH(qint64, fps);
        QFETCH(Shown, shown);
        QCOMPARE(houseFramesOf(clipOf({tickNum, tickDen}, times, duration), {fps, 1}), shown);
    }

    void houseFrames_repeatOne_when2997RunsAt30()
    {
        // Frame i lies at 1.001 i: at i = 500 it is 500.5, the tie, and moves on by one.
        const Clip clip = clipOf({1001, 30000}, counted(600), 600);
        const Shown shown = houseFramesOf(clip, {30, 1});
        QCOMPARE(shown.size(), std::size_t(601)); // 600.6
        Shown expected(601);
        std::iota(expected.begin(), expected.begin() + 500, 0);
        std::iota(expected.begin() + 500, expected.end(), 499);
        QCOMPARE(shown, expected);
        // At its own rate every frame once.
        Shown once(600);
        std::iota(once.begin(), once.end(), 0);
        QCOMPARE(houseFramesOf(clip, {30000, 1001}), once);
    }

    void sequence_repeatsTheList()
    {
        Expectation expectation;
        const auto clip = std::make_shared<const Clip>(clipOf({1, 30}, counted(4), 4));
        expectation.items = {{clip, 0, std::nullopt, false}, {clip, 1, 3, false}};
        expectation.times = 2;
        const ExpectedSequence sequence(expectation);
        QCOMPARE(sequence.framesInPass(), 6);
        Shown shown;
        auto at = sequence.first();
        for (; !sequence.isEnd(at); at = sequence.advanced(at, 1))
            shown.push_back(sequence.sourceFrameAt(at));
        QCOMPARE(shown, (Shown{0, 1, 2, 3, 1, 2, 0, 1, 2, 3, 1, 2}));
        QCOMPARE(sequence.distance(sequence.first(), at), 12);
        QCOMPARE(sequence.nextItem({0, 2}), (ExpectedSequence::Position{1, 1}));
        QCOMPARE(sequence.advanced({0, 3}, 4), (ExpectedSequence::Position{2, 1}));
        expectation.loop = true;
        QVERIFY(!ExpectedSequence(expectation).isEnd({1000, 0}));
    }

    void sidecar_comesBackAsWritten()
    {
        QTemporaryDir folder;
        Clip clip = clipOf({1, 90000}, {0, 3003, 6006}, 9009);
        clip.file = folder.filePath(u"a.ts"_s);
        clip.id = 77;
        clip.displayAspect = {9, 16};
        clip.hasSound = true;
        clip.soundTo = 0.1;
        clip.soundOffset = -0.0065;
        QVERIFY(writeSidecar(clip));
        const Outcome<Clip> read = readSidecar(clip.file);
        QVERIFY2(read, qPrintable(read ? QString() : read.error()));
        QCOMPARE(read.value().times, clip.times);
        QCOMPARE(read.value().durationTicks, clip.durationTicks);
        QCOMPARE(read.value().id, 77);
        QVERIFY(read.value().displayAspect == clip.displayAspect);
        QCOMPARE(read.value().soundOffset, clip.soundOffset);
        QVERIFY(!readSidecar(folder.filePath(u"b.ts"_s)));
    }

    void expectation_isReadFromJson()
    {
        QTemporaryDir folder;
        Clip clip = clipOf({1, 25}, counted(50), 50);
        clip.file = folder.filePath(u"a.ts"_s);
        QVERIFY(writeSidecar(clip));
        QFile file(folder.filePath(u"e.json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"fps": "25", "times": 3, "start": "anywhere", "slate": "never", "held": 4,
                       "items": [{"sidecar": "a.ts", "from": 2, "to": 9, "cut": true},
                                 {"sidecar": "a.ts.framecode.json", "to": null}]})");
        file.close();
        const Outcome<Expectation> read = readExpectation(file.fileName());
        QVERIFY2(read, qPrintable(read ? QString() : read.error()));
        const Expectation &expectation = read.value();
        QVERIFY(expectation.fps == (Rate{25, 1}));
        QCOMPARE(expectation.items.size(), std::size_t(2));
        QCOMPARE(expectation.items[0].from, 2);
        QCOMPARE(expectation.items[0].to, std::optional(9));
        QVERIFY(expectation.items[0].cut && !expectation.items[1].cut && !expectation.items[1].to);
        QCOMPARE(expectation.times, 3);
        QCOMPARE(expectation.heldAtCut, 4);
        QVERIFY(expectation.begin == Begin::Anywhere && expectation.end == End::Complete
                && expectation.slate == Slate::Never);
    }

    void expectation_isRefused_whenItNamesNothing()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(u"e.json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"items": []})");
        file.close();
        QVERIFY(!readExpectation(file.fileName()));
        QVERIFY(!readExpectation(folder.filePath(u"none.json"_s)));
    }
};

} // namespace

std::unique_ptr<QObject> makeModelTest()
{
    return std::make_unique<TestModel>();
}

#include "tst_model.moc"
