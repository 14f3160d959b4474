// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/picturejudge.h"
#include "tests/support/framecode/subjects.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <memory>
#include <vector>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

constexpr ObservedPicture kDark{};
constexpr ObservedPicture kBroken{0, 0, ReadState::Damaged, {}};

std::shared_ptr<const Clip> clip(int id, int frames, Rate fps = {30, 1})
{
    Clip clip;
    clip.id = id;
    clip.tick = {fps.den, fps.num};
    for (int frame = 0; frame < frames; ++frame)
        clip.times.push_back(frame);
    clip.durationTicks = frames;
    return std::make_shared<const Clip>(clip);
}

/// A list and the pictures of its perfect airing, to be spoilt.
struct Airing {
    explicit Airing(const std::vector<std::shared_ptr<const Clip>> &clips)
    {
        for (const auto &one : clips)
            expectation.items.push_back({one, 0, std::nullopt, false});
    }

    std::vector<ObservedPicture> perfect(int count = 1 << 20) const
    {
        std::vector<ObservedPicture> pictures;
        const ExpectedSequence sequence(expectation);
        for (auto at = sequence.first(); !sequence.isEnd(at) && count > 0;
             at = sequence.advanced(at, 1), --count)
            pictures.push_back(
                {0, 0, ReadState::Read, {sequence.clipAt(at), sequence.sourceFrameAt(at)}});
        return pictures;
    }

    Report judge(std::vector<ObservedPicture> pictures)
    {
        Report report;
        const ExpectedSequence sequence(expectation);
        stretches.clear();
        PictureJudge judge(expectation, sequence, report,
                           [this](const Stretch &stretch) { stretches.push_back(stretch); });
        for (std::size_t at = 0; at < pictures.size(); ++at) {
            pictures[at].atFrame = static_cast<std::int64_t>(at);
            pictures[at].seconds = 100 + static_cast<double>(at) / expectation.fps.value();
            judge.push(pictures[at]);
        }
        judge.finish();
        return report;
    }

    Expectation expectation;
    std::vector<Stretch> stretches;
};

QString faultsOf(const Report &report)
{
    QStringList kinds;
    for (const Fault &fault : report.faults)
        kinds << u"%1@%2"_s.arg(fault.kind).arg(fault.atFrame);
    return kinds.join(u' ');
}

int exactJoins(const Report &report)
{
    return static_cast<int>(std::count_if(report.joins.begin(), report.joins.end(),
                                          [](const Join &join) { return join.exact; }));
}

class TestPictureJudge final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void perfectAiring_hasNoFaults()
    {
        Airing airing({clip(1, 100), clip(2, 100, {24, 1}), clip(3, 200, {60, 1})});
        airing.expectation.times = 3;
        const Report report = airing.judge(airing.perfect());
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(report.seen, 3 * (100 + 125 + 100));
        QCOMPARE(report.joins.size(), std::size_t(8));
        QCOMPARE(exactJoins(report), 8);
        QCOMPARE(airing.stretches.size(), std::size_t(9));
        const Stretch &second = airing.stretches[1];
        QCOMPARE(second.atFrame, 100);
        QVERIFY(std::abs(second.zeroSeconds - (100 + 100 / 30.0)) < 1e-9);
    }

    void longStretch_isHandedOnInParts()
    {
        Airing airing({clip(1, 2000)});
        QVERIFY(airing.judge(airing.perfect()).passed());
        QCOMPARE(airing.stretches.size(), std::size_t(4));
        QVERIFY(!airing.stretches[0].continues && airing.stretches[0].continued);
        QVERIFY(airing.stretches[3].continues && !airing.stretches[3].continued);
        QCOMPARE(airing.stretches[1].first.frame, 600);
    }

    void oneFault_isNamedAndOnlyThat_data()
    {
        QTest::addColumn<int>("at");
        QTest::newRow("within") << 50;
        QTest::newRow("early") << 3;
        QTest::newRow("late") << 170;
        QTest::newRow("in the 24 fps item") << 133;
        QTest::newRow("last before a join") << 99;
        QTest::newRow("first after a join") << 100;
    }
    void oneFault_isNamedAndOnlyThat()
    {
        QFETCH(int, at);
        Airing airing({clip(1, 100), clip(2, 100, {24, 1})});
        const auto perfect = airing.perfect();
        const bool touchesJoin = at == 99 || at == 100;

        auto dropped = perfect;
        dropped.erase(dropped.begin() + at);
        Report report = airing.judge(dropped);
        QCOMPARE(report.lost, 1);
        QCOMPARE(report.repeated + report.outOfOrder + report.foreign + report.unreadable, 0);
        QCOMPARE(report.faultCount, 1);
        QCOMPARE(exactJoins(report), touchesJoin ? 0 : 1);

        auto repeated = perfect;
        repeated.insert(repeated.begin() + at, repeated[static_cast<std::size_t>(at)]);
        report = airing.judge(repeated);
        QCOMPARE(report.repeated, 1);
        QCOMPARE(report.lost + report.outOfOrder + report.foreign + report.unreadable, 0);
        QCOMPARE(report.faultCount, 1);
        QCOMPARE(exactJoins(report), at == 99 ? 0 : 1);

        auto broken = perfect;
        broken[static_cast<std::size_t>(at)] = kBroken;
        report = airing.judge(broken);
        QCOMPARE(report.unreadable, 1);
        QCOMPARE(report.lost + report.outOfOrder + report.foreign + report.repeated, 0);
        QCOMPARE(report.faultCount, 1);
    }

    void swappedFrames_areOutOfOrder()
    {
        Airing airing({clip(1, 100), clip(2, 100)});
        auto pictures = airing.perfect();
        std::swap(pictures[40], pictures[41]);
        const Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), u"order@40"_s);
        QCOMPARE(report.outOfOrder, 1);
        QCOMPARE(report.lost + report.repeated, 0);
    }

    void longHole_andFrozenPicture_areCounted()
    {
        Airing airing({clip(1, 400), clip(2, 100)});
        auto pictures = airing.perfect();
        pictures.erase(pictures.begin() + 50, pictures.begin() + 290);
        Report report = airing.judge(pictures);
        QCOMPARE(report.lost, 240);
        QCOMPARE(report.repeated, 0);

        pictures = airing.perfect();
        pictures.insert(pictures.begin() + 50, 90, pictures[49]);
        report = airing.judge(pictures);
        QCOMPARE(report.repeated, 90);
        QCOMPARE(report.lost, 0);
        QCOMPARE(report.foreign, 0);

        // Frozen while the clock went on: repeated and lost.
        pictures = airing.perfect();
        std::fill_n(pictures.begin() + 50, 20, pictures[49]);
        report = airing.judge(pictures);
        QCOMPARE(report.repeated, 20);
        QCOMPARE(report.lost, 20);
    }

    void leapBack_isNamed()
    {
        Airing airing({clip(1, 200), clip(2, 100)});
        auto pictures = airing.perfect();
        const std::vector<ObservedPicture> again(pictures.begin() + 100, pictures.begin() + 160);
        pictures.insert(pictures.begin() + 160, again.begin(), again.end());
        const Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), u"jump@160"_s);
        QCOMPARE(report.repeated, 60);
        QCOMPARE(report.lost, 0);
    }

    void slate_isAllowedAtTheEndsOnly()
    {
        Airing airing({clip(1, 100), clip(2, 100)});
        auto pictures = airing.perfect();
        pictures.insert(pictures.begin(), 70, kDark);
        pictures.insert(pictures.end(), 5, pictures.back()); // held, then slate
        pictures.insert(pictures.end(), 100, kDark);
        Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(report.slate, 175);
        airing.expectation.slate = Slate::Never;
        QVERIFY(!airing.judge(pictures).passed());

        airing.expectation.slate = Slate::AtEnds;
        pictures = airing.perfect();
        pictures.insert(pictures.begin() + 100, 70, kDark);
        report = airing.judge(pictures);
        QCOMPARE(report.countOf(u"dark"_s), 1);
        QCOMPARE(report.slate, 70);
        QCOMPARE(report.lost + report.repeated + report.unreadable, 0);
        QCOMPARE(exactJoins(report), 0);
    }

    void slateBetweenItems_isNoFaultWhereSaid()
    {
        Airing airing({clip(1, 100), clip(2, 100)});
        auto pictures = airing.perfect();
        pictures.insert(pictures.begin() + 100, 70, kDark);
        QCOMPARE(exactJoins(airing.judge(pictures)), 0);
        airing.expectation.slate = Slate::Anywhere;
        Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(exactJoins(report), 1);
        // What is held beside it still is.
        pictures.insert(pictures.begin() + 100, pictures[99]);
        report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), u"repeated@100"_s);
        QCOMPARE(exactJoins(report), 0);
    }

    void itemLeftEarly_isAllowedWhereSaid()
    {
        Airing airing({clip(1, 100), clip(2, 100), clip(3, 100)});
        auto pictures = airing.perfect();
        pictures.erase(pictures.begin() + 130, pictures.begin() + 200);
        QCOMPARE(airing.judge(pictures).lost, 70);

        airing.expectation.items[1].cut = true;
        Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(exactJoins(report), 2);
        QVERIFY(report.joins[1].early && !report.joins[0].early);

        // The last picture held while the next item is opened: only as far as allowed.
        pictures.insert(pictures.begin() + 130, 6, pictures[129]);
        report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), u"repeated@130"_s);
        airing.expectation.heldAtCut = 6;
        report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(report.joins[1].held, 6);
        QCOMPARE(report.repeated, 6);
        QCOMPARE(exactJoins(report), 2);

        // The next item must still begin with its first frame.
        pictures.erase(pictures.begin() + 136);
        report = airing.judge(pictures);
        QCOMPARE(report.lost, 1);
        QCOMPARE(exactJoins(report), 1);
    }

    void input_mayBeginAndEndAnywhere()
    {
        // The same clip in two places: only the next join tells which one it was.
        Airing airing({clip(1, 100), clip(2, 100), clip(1, 100), clip(3, 100)});
        airing.expectation.loop = true;
        airing.expectation.begin = Begin::Anywhere;
        airing.expectation.end = End::Anywhere;
        auto pictures = airing.perfect(950);
        pictures.erase(pictures.begin(), pictures.begin() + 210);
        const Report report = airing.judge(pictures);
        QCOMPARE(faultsOf(report), QString());
        QCOMPARE(report.joins.front().toItem, 3);
        QCOMPARE(exactJoins(report), static_cast<int>(report.joins.size()));
    }

    void missingEnd_isNamed()
    {
        Airing airing({clip(1, 100), clip(2, 100)});
        auto pictures = airing.perfect();
        pictures.resize(150);
        const Report report = airing.judge(pictures);
        QCOMPARE(report.lost, 50);
        QCOMPARE(report.countOf(u"end"_s), 1);
        QCOMPARE(airing.judge({}).countOf(u"end"_s), 1);
    }

    void strangePictures_areForeign()
    {
        Airing airing({clip(1, 100), clip(2, 100)});
        auto pictures = airing.perfect();
        for (std::size_t at = 50; at < 55; ++at)
            pictures[at].code = {99, static_cast<int>(at)};
        const Report report = airing.judge(pictures);
        QCOMPARE(report.lost, 5);
        QCOMPARE(report.outOfOrder + report.foreign, 5);
        QVERIFY(!report.passed());
    }
};

} // namespace

std::unique_ptr<QObject> makePictureJudgeTest()
{
    return std::make_unique<TestPictureJudge>();
}

#include "tst_picturejudge.moc"
