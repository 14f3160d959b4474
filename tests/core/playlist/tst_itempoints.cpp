// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/itempoints.h"
#include "subjects.h"

#include "core/playlist/playliststore.h"

#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr FrameRate kRate{25, 1};

PlaylistItem itemWith(const QString &id, const QString &in, const QString &out)
{
    PlaylistItem item = namedItem(id);
    const Result<void> set = setPoints(item, in, out, kRate);
    Q_ASSERT(set);
    return item;
}

} // namespace

void TestItemPoints::points_areFramesOfTheClip_data()
{
    QTest::addColumn<qint64>("num");
    QTest::addColumn<qint64>("den");
    QTest::addColumn<qint64>("inUs");
    QTest::addColumn<qint64>("outUs");
    QTest::addColumn<qint64>("in");
    QTest::addColumn<qint64>("out");
    const auto row = [](const char *name, FrameRate rate, qint64 inUs, qint64 outUs, qint64 in,
                        qint64 out) {
        QTest::newRow(name) << qint64(rate.num) << qint64(rate.den) << inUs << outUs << in << out;
    };
    row("25", {25, 1}, 40'000, 10'000'000, 1, 250);
    row("25, nearest", {25, 1}, 59'999, 60'000, 1, 2);
    row("29.97", {30000, 1001}, 33'367, 3'603'600'000, 1, 108'000);
    row("30", {30, 1}, 33'333, 3'600'000'000, 1, 108'000);
    row("50", {50, 1}, 20'000, 7'200'020'000, 1, 360'001);
    row("none", {50, 1}, -1, -1, 0, -1);
}

void TestItemPoints::points_areFramesOfTheClip()
{
    QFETCH(qint64, num);
    QFETCH(qint64, den);
    QFETCH(qint64, inUs);
    QFETCH(qint64, outUs);
    QFETCH(qint64, in);
    QFETCH(qint64, out);
    PlaylistItem item = namedItem(u"a"_s);
    if (inUs >= 0)
        item.in = std::chrono::microseconds(inUs);
    if (outUs >= 0)
        item.out = std::chrono::microseconds(outUs);
    const ItemPoints points = pointsOf(item, {num, den});
    QCOMPARE(qint64(points.in), in);
    QCOMPARE(qint64(points.out), out);
    // Of a clip that is long enough, one that ends before the out, one that nobody has looked at.
    QCOMPARE(qint64(points.framesOf(500'000)), out >= 0 ? out - in : 500'000);
    QCOMPARE(qint64(points.framesOf(in + 1)), out >= 0 ? std::min<qint64>(out - in, 1) : 1);
    QCOMPARE(qint64(points.framesOf(-1)), out >= 0 ? out - in : -1);
    if (in > 0)
        QCOMPARE(qint64(points.framesOf(in - 1)), 0);
}

void TestItemPoints::setPoints_refusesWithASentence_data()
{
    QTest::addColumn<QString>("in");
    QTest::addColumn<QString>("out");
    QTest::addColumn<QString>("words");
    QTest::newRow("out before in")
        << u"00:00:02:00"_s << u"00:00:01:00"_s
        << u"its out point, 00:00:01:00, is not behind its in point, 00:00:02:00"_s;
    QTest::newRow("out at in")
        << u"2"_s << u"2"_s
        << u"its out point, 00:00:02:00, is not behind its in point, 00:00:02:00"_s;
    QTest::newRow("within one frame")
        << u"2.001"_s << u"2.019"_s
        << u"its out point, 00:00:02:00, is not behind its in point, 00:00:02:00"_s;
    QTest::newRow("out at the begin")
        << QString() << u"0"_s
        << u"its out point, 00:00:00:00, is not behind its in point, 00:00:00:00"_s;
    QTest::newRow("no time") << u"soon"_s << QString()
                             << u"\"soon\" is no place in a clip; give HH:MM:SS:FF (FF below 25) "
                                u"or seconds, for example 00:01:30:00 or 90.5"_s;
}

void TestItemPoints::setPoints_refusesWithASentence()
{
    QFETCH(QString, in);
    QFETCH(QString, out);
    QFETCH(QString, words);
    const PlaylistItem before = itemWith(u"a"_s, u"5"_s, u"6"_s);
    PlaylistItem item = before;
    const Result<void> set = setPoints(item, in, out, kRate);
    QVERIFY(!set);
    QCOMPARE(set.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(set.error().detail, words);
    QCOMPARE(item, before);
}

void TestItemPoints::setPoints_takesAPointAway()
{
    PlaylistItem item = itemWith(u"a"_s, u"00:00:01:05"_s, u"9.5"_s);
    QCOMPARE(item.in, std::optional(1'200'000us));
    QCOMPARE(item.out, std::optional(9'500'000us));
    QVERIFY(!setPoints(item, u"10"_s, std::nullopt, kRate)); // behind the out that it has
    QVERIFY(setPoints(item, std::nullopt, QString(), kRate));
    QCOMPARE(item.in, std::optional(1'200'000us));
    QVERIFY(!item.out);
    QVERIFY(setPoints(item, u"10"_s, std::nullopt, kRate));
    QVERIFY(setPoints(item, QString(), std::nullopt, kRate));
    QCOMPARE(item, namedItem(u"a"_s));
}

void TestItemPoints::whatShowsNothing_isNamed()
{
    QVERIFY(!nothingToShow({}, -1, kRate));
    QVERIFY(!nothingToShow({}, 0, kRate)); // that is the file's fault
    QVERIFY(!nothingToShow({10, 20}, -1, kRate));
    QVERIFY(!nothingToShow({10, 20}, 11, kRate));
    const auto behind = nothingToShow({250, -1}, 250, kRate);
    QVERIFY(behind);
    QCOMPARE(behind->detail,
             u"its in point, 00:00:10:00, lies behind its end; it is 00:00:10:00 long"_s);
    QVERIFY(nothingToShow({20, 20}, -1, kRate)); // as a list file may say
}

void TestItemPoints::edits_areUndoneAndReopened()
{
    const QTemporaryDir folder;
    const PlaylistItem first = itemWith(u"B"_s, u"00:00:01:05"_s, u"9.5"_s);
    const PlaylistItem second = itemWith(u"B"_s, QString(), u"00:00:03:00"_s);
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}, {}));
        QVERIFY(store.apply(UpdateEdit{{first}}, {}));
        QVERIFY(store.apply(UpdateEdit{{second}}, 2));
        const Result<EditOutcome> late = store.apply(UpdateEdit{{first}}, 2);
        QVERIFY(!late);
        QCOMPARE(late.error().code, ErrorCode::Busy);
    }
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QCOMPARE(names(store.playlist().items()), u"ABC"_s);
        QCOMPARE(*store.playlist().item(u"B"_s), second);
        QVERIFY(store.undo({}));
        QCOMPARE(*store.playlist().item(u"B"_s), first);
        QVERIFY(store.undo({}));
    }
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QCOMPARE(*store.playlist().item(u"B"_s), namedItem(u"B"_s));
}

} // namespace continuo
