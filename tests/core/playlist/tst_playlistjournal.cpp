// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/playlistjournal.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <sys/resource.h>

#include <csignal>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void writeAll(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

/// Does and journals an edit; the list of ids after it.
QString step(PlaylistJournal::Opened &opened, const Edit &edit)
{
    const Result<EditOutcome> outcome = opened.playlist.apply(edit);
    if (!outcome
        || !opened.journal.append(outcome->version, outcome->change,
                                  PlaylistJournal::Kind::Forward))
        return u"failed"_s;
    return names(opened.playlist.items());
}

/// Takes back the last edit and journals that; the list of ids after it.
QString stepBack(PlaylistJournal::Opened &opened)
{
    const Result<PlaylistChange> undo = opened.playlist.prepareUndo();
    const Result<EditOutcome> undone = opened.playlist.undo();
    if (!undo || !undone
        || !opened.journal.append(undone->version, undo.value(), PlaylistJournal::Kind::Undo))
        return u"failed"_s;
    return names(opened.playlist.items());
}

QStringList eightSteps(PlaylistJournal::Opened &opened)
{
    QStringList states{QString()};
    states << step(opened, InsertEdit{0, namedItems(u"ABCDE"_s)});
    states << step(opened, MoveEdit{{u"A"_s, u"C"_s}, 5});
    states << step(opened, RemoveEdit{{u"B"_s}});
    states << step(opened, InsertEdit{1, namedItems(u"XY"_s)});
    states << stepBack(opened);
    states << step(opened, ReplaceEdit{namedItems(u"EQA"_s)});
    states << step(opened, ClearEdit{});
    states << step(opened, InsertEdit{0, namedItems(u"Z"_s)});
    return states;
}

} // namespace

void TestPlaylistJournal::open_givesBackEveryAnsweredEdit()
{
    const QTemporaryDir folder;
    QStringList states;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        QCOMPARE(opened->playlist.version(), quint64(0));
        states = eightSteps(opened.value());
        QVERIFY(!states.contains(u"failed"_s));
    }
    Result<PlaylistJournal::Opened> again = PlaylistJournal::open(folder.path());
    QVERIFY(again);
    QVERIFY(again->warning.isEmpty());
    QCOMPARE(names(again->playlist.items()), states.last());
    QCOMPARE(again->playlist.version(), quint64(8));
    QCOMPARE(again->versions.size(), 9);
    for (int version = 0; version < 9; ++version)
        QCOMPARE(names(again->versions[version].items), states[version]);
    QVERIFY(again->playlist.undo()); // the undo stack came back too
    QCOMPARE(names(again->playlist.items()), QString());

    QVERIFY(again->journal.compact(again->playlist));
    QCOMPARE(readAll(folder.filePath(u"playlist.journal"_s)).size(), 0);
    const Result<PlaylistJournal::Opened> folded = PlaylistJournal::open(folder.path());
    QVERIFY(folded);
    QCOMPARE(folded->playlist.version(), quint64(9));
}

void TestPlaylistJournal::open_recoversFromEveryPrefix()
{
    // In memory where there is such a folder: 1,500 fdatasyncs take 6 s on a busy disk.
    const QString memory = u"/dev/shm"_s;
    const QTemporaryDir folder((QFileInfo(memory).isWritable() ? memory : QDir::tempPath())
                               + u"/tst_playlistjournal"_s);
    QVERIFY(folder.isValid());
    QStringList states;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        states = eightSteps(opened.value());
    }
    const QString path = folder.filePath(u"playlist.journal"_s);
    const QByteArray whole = readAll(path);
    for (qsizetype size = 0; size <= whole.size(); ++size) {
        const QByteArray prefix = whole.first(size);
        writeAll(path, prefix);
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY2(opened, qPrintable(u"%1 bytes"_s.arg(size)));
        QVERIFY(opened->warning.isEmpty());
        const auto records = prefix.count('\n');
        QCOMPARE(opened->playlist.version(), quint64(records));
        QCOMPARE(names(opened->playlist.items()), states[records]);
        // What is written next stands behind the whole records, not behind the torn one.
        if (size % 61 == 0) {
            const QString state = step(opened.value(), InsertEdit{0, namedItems(u"W"_s)});
            const Result<PlaylistJournal::Opened> next = PlaylistJournal::open(folder.path());
            QVERIFY(next);
            QCOMPARE(names(next->playlist.items()), state);
        }
    }
}

void TestPlaylistJournal::open_setsDamageAside()
{
    const QTemporaryDir folder;
    QStringList states;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        states = eightSteps(opened.value());
    }
    const QString path = folder.filePath(u"playlist.journal"_s);
    QByteArray bytes = readAll(path);
    qsizetype third = 0;
    for (int line = 0; line < 3; ++line)
        third = bytes.indexOf('\n', third) + 1;
    bytes[third + 40] = char(bytes[third + 40] ^ 4);
    writeAll(path, bytes);
    const Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
    QVERIFY(opened);
    QVERIFY(!opened->warning.isEmpty());
    QCOMPARE(names(opened->playlist.items()), states[3]);
    const QStringList aside = QDir(folder.path()).entryList({u"playlist.journal.damaged-*"_s});
    QCOMPARE(aside.size(), 1);
    QCOMPARE(readAll(folder.filePath(aside[0])), bytes);
}

void TestPlaylistJournal::open_refusesADamagedSnapshot_whenThereIsNoListFile()
{
    const QTemporaryDir folder;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        step(opened.value(), InsertEdit{0, namedItems(u"ABC"_s)});
        QVERIFY(opened->journal.compact(opened->playlist));
        step(opened.value(), RemoveEdit{{u"A"_s}});
    }
    const QString path = folder.filePath(u"playlist.snapshot"_s);
    const QByteArray good = readAll(path);
    QByteArray bad = good;
    bad.replace("/clips/B.mp4", "/clips/C.mp4"); // still JSON: only the sum tells
    QVERIFY(bad != good);
    writeAll(path, bad);
    const QByteArray journal = readAll(folder.filePath(u"playlist.journal"_s));
    const Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
    QVERIFY(!opened);
    QCOMPARE(int(opened.error().code), int(ErrorCode::Corrupt));
    QCOMPARE(opened.error().detail, path + u" is damaged"_s);
    QCOMPARE(readAll(path), bad);
    QCOMPARE(readAll(folder.filePath(u"playlist.journal"_s)), journal);

    // One from before there were sums is read as it is.
    writeAll(path, good.sliced(good.indexOf('{')));
    const Result<PlaylistJournal::Opened> older = PlaylistJournal::open(folder.path());
    QVERIFY2(older, older ? "" : qPrintable(older.error().detail));
    QCOMPARE(names(older->playlist.items()), u"BC"_s);
}

void TestPlaylistJournal::open_recovers_whenCutBetweenSnapshotAndJournal()
{
    const QTemporaryDir folder;
    Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
    QVERIFY(opened);
    const QStringList states = eightSteps(opened.value());
    const QString path = folder.filePath(u"playlist.journal"_s);
    const QByteArray journal = readAll(path);
    QVERIFY(opened->journal.compact(opened->playlist));
    writeAll(path, journal); // the cut came before the journal was emptied
    const Result<PlaylistJournal::Opened> again = PlaylistJournal::open(folder.path());
    QVERIFY(again);
    QVERIFY(again->warning.isEmpty());
    QCOMPARE(again->playlist.version(), quint64(8));
    QCOMPARE(names(again->playlist.items()), states.last());
}

void TestPlaylistJournal::open_replaysUndos_ofEditsThatWereFolded()
{
    const QTemporaryDir folder;
    QStringList states;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        step(opened.value(), InsertEdit{0, namedItems(u"AB"_s)});
        states << step(opened.value(), InsertEdit{2, namedItems(u"C"_s)});
        QVERIFY(opened->journal.compact(opened->playlist));
        states << step(opened.value(), InsertEdit{3, namedItems(u"D"_s)});
        states << stepBack(opened.value()); // of an edit that the journal still has
        states << stepBack(opened.value()) << stepBack(opened.value()); // of the folded ones
        states << step(opened.value(), InsertEdit{0, namedItems(u"Z"_s)});
        const QStringList expected{u"ABC"_s, u"ABCD"_s, u"ABC"_s, u"AB"_s, QString(), u"Z"_s};
        QCOMPARE(states, expected);
    }
    Result<PlaylistJournal::Opened> again = PlaylistJournal::open(folder.path());
    QVERIFY(again);
    QVERIFY(again->warning.isEmpty());
    QCOMPARE(again->playlist.version(), quint64(7));
    QCOMPARE(again->versions.size(), states.size());
    for (qsizetype i = 0; i < states.size(); ++i)
        QCOMPARE(names(again->versions[i].items), states[i]);
    QVERIFY(again->playlist.undo()); // takes Z back; before it nothing is left to undo
    QCOMPARE(names(again->playlist.items()), QString());
    QVERIFY(!again->playlist.canUndo());
}

void TestPlaylistJournal::open_keepsTheVersionAskedFor()
{
    const QTemporaryDir folder;
    {
        Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
        QVERIFY(opened);
        for (int i = 1; i <= PlaylistJournal::kKeptVersions + 8; ++i)
            step(opened.value(), InsertEdit{-1, {namedItem(u"i%1"_s.arg(i))}});
    }
    for (const quint64 asked : QList<quint64>{0, 3, 20, 40, 41}) {
        const Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path(), asked);
        QVERIFY(opened);
        const QList<PlaylistVersion> &versions = opened->versions;
        const qsizetype first = asked < 9 ? 1 : 0; // 9 to 40 are the last ones
        QCOMPARE(versions.size(), PlaylistJournal::kKeptVersions + first);
        if (asked < 9)
            QCOMPARE(versions.constFirst().version, asked);
        for (qsizetype i = first; i < versions.size(); ++i)
            QCOMPARE(versions[i].version, quint64(9 + i - first));
        for (const PlaylistVersion &version : versions)
            QCOMPARE(quint64(version.items.size()), version.version);
    }
}

void TestPlaylistJournal::append_leavesTheFileAsItWas_whenTheDiskIsFull()
{
    const QTemporaryDir folder;
    Result<PlaylistJournal::Opened> opened = PlaylistJournal::open(folder.path());
    QVERIFY(opened);
    const QString state = step(opened.value(), InsertEdit{0, namedItems(u"AB"_s)});
    const QString path = folder.filePath(u"playlist.journal"_s);
    const QByteArray before = readAll(path);

    // A limit on file size stands in for a full disk: half of the record can be written.
    rlimit limit = {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = limit;
    small.rlim_cur = rlim_t(before.size()) + 50;
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<EditOutcome> outcome = opened->playlist.apply(InsertEdit{0, namedItems(u"C"_s)});
    const Result<void> kept
        = opened->journal.append(outcome->version, outcome->change, PlaylistJournal::Kind::Forward);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, oldHandler);
    QVERIFY(!kept);
    QCOMPARE(readAll(path), before);
    const Result<PlaylistJournal::Opened> again = PlaylistJournal::open(folder.path());
    QVERIFY(again);
    QCOMPARE(names(again->playlist.items()), state);
}

} // namespace continuo
