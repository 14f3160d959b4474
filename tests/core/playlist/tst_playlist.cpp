// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(continuo::Edit)

namespace continuo {

namespace {

QStringList ids(const QString &names)
{
    return names.split(QString(), Qt::SkipEmptyParts);
}

/// The edits again, by the book and slowly: a list of names.
void naive(QStringList &list, const Edit &edit)
{
    if (const auto *insert = std::get_if<InsertEdit>(&edit)) {
        for (qsizetype i = 0; i < insert->items.size(); ++i)
            list.insert(insert->row < 0 ? list.size() : insert->row + i, insert->items[i].id);
    } else if (const auto *remove = std::get_if<RemoveEdit>(&edit)) {
        for (const QString &id : remove->ids)
            list.removeAll(id);
    } else if (const auto *move = std::get_if<MoveEdit>(&edit)) {
        list.insert(move->row, u"mark"_s);
        for (const QString &id : move->ids)
            list.removeAll(id);
        for (const QString &id : move->ids)
            list.insert(list.indexOf(u"mark"_s), id);
        list.removeAll(u"mark"_s);
    } else if (const auto *replace = std::get_if<ReplaceEdit>(&edit)) {
        list.clear();
        for (const PlaylistItem &item : replace->items)
            list.append(item.id);
    } else {
        list.clear();
    }
}

QStringList idsOf(const Playlist &list)
{
    QStringList result;
    for (const PlaylistItem &item : list.items())
        result.append(item.id);
    return result;
}

QStringList someOf(QStringList list, QRandomGenerator &random)
{
    QStringList chosen;
    for (int count = random.bounded(1, 5); count > 0 && !list.isEmpty(); --count)
        chosen.append(list.takeAt(random.bounded(int(list.size()))));
    return chosen;
}

Edit randomEdit(const QStringList &list, QRandomGenerator &random, int &made)
{
    const int row = random.bounded(int(list.size()) + 1);
    QList<PlaylistItem> fresh;
    for (int count = random.bounded(1, 4); count > 0; --count)
        fresh.append(namedItem(u"n%1"_s.arg(++made)));
    switch (random.bounded(list.isEmpty() ? 3 : 12)) {
    case 0:
    case 1:
    case 2:
        return InsertEdit{random.bounded(8) == 0 ? -1 : row, fresh};
    case 3:
        if (random.bounded(10) == 0)
            return ClearEdit{};
        return InsertEdit{row, fresh};
    case 4: {
        for (const QString &id : someOf(list, random))
            fresh.insert(random.bounded(int(fresh.size())), namedItem(id));
        return ReplaceEdit{fresh};
    }
    case 5:
    case 6:
    case 7:
        return RemoveEdit{someOf(list, random)};
    default:
        return MoveEdit{someOf(list, random), row};
    }
}

} // namespace

void TestPlaylist::edit_changesTheOrder_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<Edit>("edit");
    QTest::addColumn<QString>("after");
    QTest::newRow("insert at the top")
        << u"AB"_s << Edit(InsertEdit{0, namedItems(u"XY"_s)}) << u"XYAB"_s;
    QTest::newRow("insert at the end")
        << u"AB"_s << Edit(InsertEdit{-1, namedItems(u"X"_s)}) << u"ABX"_s;
    QTest::newRow("insert behind the last")
        << u"AB"_s << Edit(InsertEdit{2, namedItems(u"X"_s)}) << u"ABX"_s;
    QTest::newRow("remove some") << u"ABCDE"_s << Edit(RemoveEdit{ids(u"DB"_s)}) << u"ACE"_s;
    QTest::newRow("move down") << u"ABCDE"_s << Edit(MoveEdit{ids(u"AB"_s), 4}) << u"CDABE"_s;
    QTest::newRow("move up") << u"ABCDE"_s << Edit(MoveEdit{ids(u"E"_s), 1}) << u"AEBCD"_s;
    QTest::newRow("move from both sides, in the order given")
        << u"ABCDE"_s << Edit(MoveEdit{ids(u"EA"_s), 3}) << u"BCEAD"_s;
    QTest::newRow("move to itself") << u"ABC"_s << Edit(MoveEdit{ids(u"B"_s), 1}) << u"ABC"_s;
    QTest::newRow("move to the end") << u"ABC"_s << Edit(MoveEdit{ids(u"A"_s), 3}) << u"BCA"_s;
    QTest::newRow("clear") << u"ABC"_s << Edit(ClearEdit{}) << QString();
    QTest::newRow("replace") << u"ABC"_s << Edit(ReplaceEdit{namedItems(u"CXA"_s)}) << u"CXA"_s;
}

void TestPlaylist::edit_changesTheOrder()
{
    QFETCH(QString, before);
    QFETCH(Edit, edit);
    QFETCH(QString, after);
    Playlist list = namedPlaylist(before);
    const quint64 version = list.version();
    const Result<EditOutcome> outcome = list.apply(edit);
    QVERIFY(outcome);
    QCOMPARE(names(list.items()), after);
    QCOMPARE(outcome->version, version + 1);
    QCOMPARE(list.version(), version + 1);
    QCOMPARE(names(outcome->before), before);
    for (int row = 0; row < list.size(); ++row)
        QCOMPARE(list.rowOf(list.items().at(row).id), row);
}

void TestPlaylist::edit_isRefused_whenWrong_data()
{
    QTest::addColumn<Edit>("edit");
    QTest::addColumn<int>("code");
    PlaylistItem relative = namedItem(u"X"_s);
    relative.path = u"clips/x.mp4"_s;
    PlaylistItem nameless;
    nameless.path = u"/a"_s;
    const auto add = [](const char *name, const Edit &edit, ErrorCode code) {
        QTest::newRow(name) << edit << int(code);
    };
    add("remove unknown", RemoveEdit{ids(u"AX"_s)}, ErrorCode::NotFound);
    add("remove twice", RemoveEdit{ids(u"AA"_s)}, ErrorCode::InvalidArgument);
    add("move unknown", MoveEdit{ids(u"X"_s), 0}, ErrorCode::NotFound);
    add("move twice", MoveEdit{ids(u"AA"_s), 0}, ErrorCode::InvalidArgument);
    add("move too far", MoveEdit{ids(u"A"_s), 4}, ErrorCode::InvalidArgument);
    add("move before the top", MoveEdit{ids(u"A"_s), -1}, ErrorCode::InvalidArgument);
    add("insert too far", InsertEdit{4, namedItems(u"X"_s)}, ErrorCode::InvalidArgument);
    add("insert a known id", InsertEdit{0, namedItems(u"A"_s)}, ErrorCode::AlreadyExists);
    add("insert an id twice", InsertEdit{0, namedItems(u"XX"_s)}, ErrorCode::InvalidArgument);
    add("insert a relative path", InsertEdit{0, {relative}}, ErrorCode::InvalidArgument);
    add("update unknown", UpdateEdit{namedItems(u"X"_s)}, ErrorCode::NotFound);
    add("too many", InsertEdit{0, QList<PlaylistItem>(50000, nameless)}, ErrorCode::NoSpace);
    add("rows that fall", PlaylistChange{{}, {{1, namedItem(u"X"_s)}, {0, namedItem(u"Y"_s)}}, {}},
        ErrorCode::InvalidArgument);
    add("a row far behind", PlaylistChange{{}, {{9, namedItem(u"X"_s)}}, {}},
        ErrorCode::InvalidArgument);
}

void TestPlaylist::edit_isRefused_whenWrong()
{
    QFETCH(Edit, edit);
    QFETCH(int, code);
    Playlist list = namedPlaylist(u"ABC"_s);
    const Result<EditOutcome> outcome = list.apply(edit);
    QVERIFY(!outcome);
    QCOMPARE(int(outcome.error().code), code);
    QVERIFY(!outcome.error().detail.isEmpty());
    QCOMPARE(names(list.items()), u"ABC"_s);
    QCOMPARE(list.version(), quint64(1));
}

void TestPlaylist::insert_fillsInIdAndTitle()
{
    Playlist list;
    PlaylistItem item;
    item.path = u"/clips/Evening news.final.mov"_s;
    const Result<EditOutcome> outcome = list.apply(InsertEdit{-1, {item, item}});
    QVERIFY(outcome);
    QCOMPARE(outcome->insertedIds.size(), 2);
    QVERIFY(outcome->insertedIds[0] != outcome->insertedIds[1]);
    QCOMPARE(outcome->insertedIds[0].size(), 10);
    QCOMPARE(list.items().at(0).title, u"Evening news.final"_s);
}

void TestPlaylist::undo_restoresEveryStep()
{
    QRandomGenerator random(7);
    Playlist list;
    QList<QList<PlaylistItem>> history;
    int made = 0;
    for (int step = 0; step < Playlist::kMaxUndo; ++step) {
        history.append(list.items());
        QVERIFY(list.apply(randomEdit(idsOf(list), random, made)));
    }
    while (!history.isEmpty()) {
        const quint64 version = list.version();
        QVERIFY(list.undo());
        QCOMPARE(list.version(), version + 1);
        QVERIFY(list.items() == history.takeLast());
    }
    QVERIFY(!list.canUndo());
    QCOMPARE(int(list.undo().error().code), int(ErrorCode::NotFound));
}

void TestPlaylist::randomEdits_agreeWithANaiveModel()
{
    for (quint32 seed = 1; seed <= 20; ++seed) {
        QRandomGenerator random(seed);
        Playlist list;
        QStringList model;
        int made = 0;
        for (int step = 0; step < 200; ++step) {
            const Edit edit = randomEdit(model, random, made);
            const QList<PlaylistItem> before = list.items();
            const Result<EditOutcome> outcome = list.apply(edit);
            QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
            naive(model, edit);
            QCOMPARE(idsOf(list), model);
            // What is journalled says the same as the edit.
            const Result<QList<PlaylistItem>> replayed = changed(before, outcome->change);
            QVERIFY(replayed && replayed.value() == list.items());
        }
    }
}

void TestPlaylist::change_survivesJson()
{
    PlaylistItem full = namedItem(u"X"_s);
    full.title = u"Ünïcode \"quoted\", 日本"_s;
    full.duration = std::chrono::milliseconds(1234);
    full.in = std::chrono::microseconds(1);
    full.out = std::chrono::microseconds(8'640'000'000'000);
    full.category = u"news"_s;
    full.sound = u"de"_s;
    full.attributes = u"tvg-id=\"1\""_s;
    full.tags = QStringList{u"#EXTGRP:a"_s, u"#note"_s};
    const PlaylistChange change{{u"A"_s, u"B"_s}, {{3, full}}, {namedItem(u"C"_s)}};
    const Result<PlaylistChange> back = changeFromJson(changeToJson(change));
    QVERIFY(back);
    QVERIFY(back.value() == change);
}

} // namespace continuo
