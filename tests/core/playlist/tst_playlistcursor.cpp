// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/playlistcursor.h"

#include <QStringList>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

/// Does what \p script says, word by word, with "B" on air in "ABCD": "+X@2" inserts X at row 2,
/// "-B" removes, ">BC@0" moves, "!" undoes, "=XYZ" replaces, "0" clears, "." the item ends.
void play(Playlist &list, PlaylistCursor &cursor, const QString &script)
{
    const QStringList words = script.split(u' ', Qt::SkipEmptyParts);
    for (const QString &word : words) {
        const QString letters = word.sliced(1).section(u'@', 0, 0);
        const int row = word.section(u'@', 1, 1).toInt();
        const QStringList ids = letters.split(QString(), Qt::SkipEmptyParts);
        if (word == u'.') {
            cursor.finish();
            continue;
        }
        Edit edit = ClearEdit{};
        if (word[0] == u'+')
            edit = InsertEdit{row, namedItems(letters)};
        else if (word[0] == u'-')
            edit = RemoveEdit{ids};
        else if (word[0] == u'>')
            edit = MoveEdit{ids, row};
        else if (word[0] == u'=')
            edit = ReplaceEdit{namedItems(letters)};
        const Result<EditOutcome> outcome = word == u'!' ? list.undo() : list.apply(edit);
        QVERIFY(outcome);
        cursor.follow(outcome.value());
    }
}

} // namespace

void TestPlaylistCursor::following_afterEdits_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("once"); // what follows in a list that does not loop
    QTest::addColumn<QString>("looping");
    const auto add = [](const char *name, const QString &script, const QString &once,
                        const QString &looping = {}) {
        QTest::newRow(name) << script << once << (looping.isEmpty() ? once : looping);
    };
    add("nothing done", u""_s, u"C"_s);
    add("the item on air moved up", u">B@0"_s, u"A"_s);
    add("the item on air moved to the end", u">B@4"_s, u""_s, u"A"_s);
    add("the next moved away", u">C@0"_s, u"D"_s);
    add("another put behind it", u"+X@2"_s, u"X"_s);
    add("another put before it", u"+X@1"_s, u"C"_s);
    add("the next removed", u"-C"_s, u"D"_s);
    add("the item on air removed", u"-B"_s, u"C"_s);
    add("removed, and the one above too", u"-B -A"_s, u"C"_s);
    add("removed together with all above", u"-AB"_s, u"C"_s);
    add("removed, the next too", u"-B -C"_s, u"D"_s);
    add("removed, something put in its place", u"-B +X@1"_s, u"X"_s);
    add("removed, something put above its place", u"-B +X@0"_s, u"C"_s);
    add("removed, the one above moved away", u"-B >A@3"_s, u"C"_s);
    add("removed, the last moved to its place", u"-B >D@1"_s, u"D"_s);
    add("removed with all below", u"-BCD"_s, u""_s, u"A"_s);
    add("removed with all below, one added at the end", u"-BCD +X@1"_s, u"X"_s);
    add("removed and undone", u"-B +X@0 ! !"_s, u"C"_s);
    add("removed, put back elsewhere", u"-B +B@3"_s, u""_s, u"A"_s);
    add("list cleared", u"0"_s, u""_s);
    add("list cleared and filled", u"0 +XY@0"_s, u"X"_s);
    add("list replaced by another", u"=XYZ"_s, u"X"_s);
    add("list replaced, on air not in it", u"=AXCD"_s, u"X"_s);
    add("list turned round", u"=DCBA"_s, u"A"_s);
    add("ended", u"."_s, u"C"_s);
    add("ended, then removed", u". -B"_s, u"C"_s);
    add("ended as the last, one added", u">B@4 . +X@4"_s, u"X"_s);
}

void TestPlaylistCursor::following_afterEdits()
{
    QFETCH(QString, script);
    QFETCH(QString, once);
    QFETCH(QString, looping);
    Playlist list = namedPlaylist(u"ABCD"_s);
    PlaylistCursor cursor;
    cursor.putOnAir(u"B"_s);
    play(list, cursor, script);
    QCOMPARE(cursor.followingId(list, Looping::Off), once);
    QCOMPARE(cursor.followingId(list, Looping::On), looping);
    const PlaylistCursor kept = PlaylistCursor::fromJson(cursor.toJson());
    QCOMPARE(kept.followingId(list, Looping::On), looping);
}

void TestPlaylistCursor::next_isUsedOnceAndForgottenWhenRemoved()
{
    Playlist list = namedPlaylist(u"ABCD"_s);
    PlaylistCursor cursor;
    QCOMPARE(cursor.followingId(list, Looping::Off), u"A"_s);
    cursor.putOnAir(u"A"_s);
    cursor.setNext(u"C"_s);
    QCOMPARE(cursor.following(list, Looping::Off, 9), (QStringList{u"C"_s, u"D"_s}));
    cursor.putOnAir(u"B"_s); // taken instead: the choice stands
    QCOMPARE(cursor.followingId(list, Looping::Off), u"C"_s);
    cursor.putOnAir(u"C"_s);
    QCOMPARE(cursor.followingId(list, Looping::Off), u"D"_s);
    cursor.setNext(u"C"_s); // once more the same
    QCOMPARE(cursor.followingId(list, Looping::Off), u"C"_s);
    play(list, cursor, u"-C +C@0"_s);
    QVERIFY(cursor.nextId().isEmpty());
    QCOMPARE(cursor.followingId(list, Looping::Off), u"A"_s); // C on air stands at the top now
}

void TestPlaylistCursor::finish_keepsThePlaceForLaterItems()
{
    Playlist list = namedPlaylist(u"AB"_s);
    PlaylistCursor cursor;
    cursor.putOnAir(u"B"_s);
    cursor.finish();
    QVERIFY(cursor.onAirId().isEmpty());
    QVERIFY(cursor.followingId(list, Looping::Off).isEmpty());
    play(list, cursor, u"+X@0"_s);
    QVERIFY(cursor.followingId(list, Looping::Off).isEmpty());
    play(list, cursor, u"+Y@3"_s);
    QCOMPARE(cursor.followingId(list, Looping::Off), u"Y"_s);
}

void TestPlaylistCursor::following_listsManyAhead()
{
    const Playlist list = namedPlaylist(u"ABC"_s);
    PlaylistCursor cursor;
    cursor.putOnAir(u"B"_s);
    QCOMPARE(cursor.following(list, Looping::On, 5).join(QString()), u"CABCA"_s);
    QCOMPARE(cursor.following(list, Looping::Off, 5).join(QString()), u"C"_s);
    QVERIFY(cursor.following(Playlist(), Looping::On, 5).isEmpty());
}

void TestPlaylistCursor::randomEdits_agreeWithAListWithHoles()
{
    // The rule told differently: the item on air stays in the model's list for ever, as a hole that
    // rows do not count once it was removed.
    for (quint32 seed = 1; seed <= 40; ++seed) {
        QRandomGenerator random(seed);
        Playlist list = namedPlaylist(u"ABCDEF"_s);
        PlaylistCursor cursor;
        cursor.putOnAir(u"C"_s);
        QStringList model{u"A"_s, u"B"_s, u"C"_s, u"D"_s, u"E"_s, u"F"_s};
        bool hole = false;
        int made = 0;
        const auto modelRow = [&](int row) { // of the visible row, right below the hole at equal
            const auto place = model.indexOf(u"C"_s);
            return hole && place <= row ? row + 1 : row;
        };
        for (int step = 0; step < 100; ++step) {
            Edit edit = InsertEdit{};
            const int row = random.bounded(list.size() + 1);
            const int kind = list.isEmpty() ? 0 : random.bounded(3);
            const QString id
                = kind == 0 ? QString() : list.items().at(random.bounded(list.size())).id;
            if (kind == 0) {
                const QString name = u"n%1"_s.arg(++made);
                edit = InsertEdit{row, {namedItem(name)}};
                model.insert(modelRow(row), name);
            } else if (kind == 1) {
                edit = RemoveEdit{{id}};
                if (id == u"C"_s)
                    hole = true;
                else
                    model.removeAll(id);
            } else {
                // A move of an item that stands right above the hole to its own place takes it
                // below the hole (an item that is moved is not the one above any more).
                edit = MoveEdit{{id}, row};
                const bool toOwnPlace = row == list.rowOf(id) || row == list.rowOf(id) + 1;
                const bool aboveHole = hole && model.indexOf(id) + 1 == model.indexOf(u"C"_s);
                model.insert(modelRow(row), u"mark"_s);
                model.removeAll(id);
                model.replace(model.indexOf(u"mark"_s), id);
                if (toOwnPlace && aboveHole && model.indexOf(id) < model.indexOf(u"C"_s))
                    model.swapItemsAt(model.indexOf(id), model.indexOf(u"C"_s));
            }
            const Result<EditOutcome> outcome = list.apply(edit);
            QVERIFY(outcome);
            cursor.follow(outcome.value());
            const auto below = model.indexOf(u"C"_s) + 1;
            QCOMPARE(cursor.followingId(list, Looping::Off),
                     below < model.size() ? model[below] : QString());
        }
    }
}

} // namespace continuo
