// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/playlistmerge.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QList<PlaylistItem> mergedList(const QList<PlaylistItem> &base, const QList<PlaylistItem> &ours,
                               const QList<PlaylistItem> &theirs)
{
    const PlaylistChange change = mergePlaylist(base, ours, theirs);
    Result<QList<PlaylistItem>> list = changed(ours, change);
    if (!list)
        qFatal("a merge that cannot be applied: %s", qPrintable(list.error().detail));
    return std::move(list).value();
}

QSet<QString> idSet(const QList<PlaylistItem> &items)
{
    QSet<QString> ids;
    for (const PlaylistItem &item : items)
        ids.insert(item.id);
    return ids;
}

QList<PlaylistItem> shaken(QList<PlaylistItem> items, QRandomGenerator &random, const QString &mark)
{
    for (int step = random.bounded(6); step > 0; --step) {
        const int row = random.bounded(int(items.size()) + 1);
        switch (random.bounded(3)) {
        case 0:
            items.insert(row, namedItem(u"%1%2"_s.arg(mark).arg(step)));
            break;
        case 1:
            if (row < items.size())
                items.removeAt(row);
            break;
        default:
            if (row < items.size())
                items.move(row, random.bounded(int(items.size())));
        }
    }
    return items;
}

} // namespace

void TestPlaylistMerge::merge_givesTheOrder_data()
{
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("ours");
    QTest::addColumn<QString>("theirs");
    QTest::addColumn<QString>("result");
    const auto add
        = [](const char *name, const QString &base, const QString &ours, const QString &theirs,
             const QString &result) { QTest::newRow(name) << base << ours << theirs << result; };
    add("nothing", u"ABC"_s, u"ABC"_s, u"ABC"_s, u"ABC"_s);
    add("only theirs", u"ABCDE"_s, u"ABCDE"_s, u"EXBAYD"_s, u"EXBAYD"_s);
    add("only ours", u"ABCDE"_s, u"EXBAYD"_s, u"ABCDE"_s, u"EXBAYD"_s);
    add("both add", u"AB"_s, u"AXB"_s, u"ABY"_s, u"AXBY"_s);
    add("both add at one place", u"AB"_s, u"AXB"_s, u"AYB"_s, u"AYXB"_s);
    add("both add the same", u"AB"_s, u"AXB"_s, u"AXB"_s, u"AXB"_s);
    add("both remove", u"ABCD"_s, u"ACD"_s, u"ABD"_s, u"AD"_s);
    add("they move what we removed", u"ABC"_s, u"AB"_s, u"CAB"_s, u"AB"_s);
    add("they remove what we moved", u"ABC"_s, u"CAB"_s, u"AB"_s, u"AB"_s);
    add("we add, they move", u"ABCD"_s, u"ABCDX"_s, u"DABC"_s, u"DABCX"_s);
    add("they clear, we add", u"AB"_s, u"ABX"_s, u""_s, u"X"_s);
    add("both move the same item", u"ABCD"_s, u"DABC"_s, u"BCDA"_s, u"DABC"_s);
    add("nothing in common", u""_s, u"AB"_s, u"XY"_s, u"XYAB"_s);
}

void TestPlaylistMerge::merge_givesTheOrder()
{
    QFETCH(QString, base);
    QFETCH(QString, ours);
    QFETCH(QString, theirs);
    QFETCH(QString, result);
    QCOMPARE(names(mergedList(namedItems(base), namedItems(ours), namedItems(theirs))), result);
}

void TestPlaylistMerge::merge_findsItemsWithoutId()
{
    // Three airings of one clip; somebody's program dropped all ids and took the middle one out.
    QList<PlaylistItem> base = namedItems(u"ABC"_s);
    for (PlaylistItem &item : base)
        item.path = u"/clips/same.mp4"_s;
    QList<PlaylistItem> theirs = base;
    theirs.removeAt(1);
    for (PlaylistItem &item : theirs) {
        item.id.clear();
        item.title.clear();
    }
    const QList<PlaylistItem> result = mergedList(base, base, theirs);
    QCOMPARE(names(result), u"AB"_s); // two are left, in order; which of them nobody can tell
    QCOMPARE(result[0].title, u"A"_s);
    // With one id kept, that one is known.
    theirs[1].id = u"C"_s;
    QCOMPARE(names(mergedList(base, base, theirs)), u"AC"_s);
}

void TestPlaylistMerge::merge_takesAnotherPathAsANewItem()
{
    const QList<PlaylistItem> base = namedItems(u"ABC"_s);
    QList<PlaylistItem> theirs = base;
    theirs[1].path = u"/clips/other.mp4"_s;
    const QList<PlaylistItem> result = mergedList(base, base, theirs);
    QCOMPARE(result.size(), 3);
    QCOMPARE(result[1].path, u"/clips/other.mp4"_s);
    QVERIFY(!idSet(base).contains(result[1].id));
}

void TestPlaylistMerge::merge_takesValuesOfTheSideThatChangedThem()
{
    const QList<PlaylistItem> base = namedItems(u"ABC"_s);
    QList<PlaylistItem> ours = base;
    QList<PlaylistItem> theirs = base;
    ours[0].title = u"ours"_s;
    ours[0].category = u"news"_s;
    ours[0].sound = u"de"_s;
    theirs[0].title = u"theirs"_s;
    theirs[1].title = u"new"_s;
    theirs[2].title.clear();
    const QList<PlaylistItem> result = mergedList(base, ours, theirs);
    QCOMPARE(result[0].title, u"theirs"_s);
    QCOMPARE(result[0].category, u"news"_s);
    QCOMPARE(result[0].sound, u"de"_s);
    QCOMPARE(result[1].title, u"new"_s);
    QCOMPARE(result[2].title, u"C"_s);
    QCOMPARE(names(result), u"ABC"_s);
}

void TestPlaylistMerge::randomMerges_keepWhatBothKept()
{
    for (quint32 seed = 1; seed <= 500; ++seed) {
        QRandomGenerator random(seed);
        const QList<PlaylistItem> base = namedItems(u"ABCDEFGH"_s);
        const QList<PlaylistItem> ours = shaken(base, random, u"o"_s);
        const QList<PlaylistItem> theirs = shaken(base, random, u"t"_s);
        QCOMPARE(names(mergedList(base, base, theirs)), names(theirs));
        QCOMPARE(names(mergedList(base, ours, base)), names(ours));
        QCOMPARE(names(mergedList(base, ours, ours)), names(ours));

        const QList<PlaylistItem> result = mergedList(base, ours, theirs);
        const QSet<QString> baseIds = idSet(base);
        const QSet<QString> ourIds = idSet(ours);
        const QSet<QString> theirIds = idSet(theirs);
        const QSet<QString> expected
            = (ourIds & theirIds) | (ourIds - baseIds) | (theirIds - baseIds);
        QCOMPARE(idSet(result), expected);
        QCOMPARE(result.size(), expected.size());
    }
}

} // namespace continuo
