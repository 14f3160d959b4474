// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/listfile.h"
#include "core/playlist/playliststore.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(continuo::EditOutcome)

namespace continuo {

namespace {

QByteArray fileOf(const PlaylistStore &store)
{
    Result<QByteArray> bytes = readListFile(store.filePath()); // it may be a pipe
    return bytes ? std::move(bytes).value() : QByteArray();
}

void save(const PlaylistStore &store, const QByteArray &bytes)
{
    QSaveFile file(store.filePath());
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    QVERIFY(file.commit());
}

QString namesInFile(const PlaylistStore &store)
{
    const Result<M3uDocument> document = parseM3u(fileOf(store), u"/"_s);
    return document ? names(document->items) : document.error().detail;
}

/// Something that must not be read, in place of the list's file.
bool placeInstead(const PlaylistStore &store, const QString &what)
{
    const QByteArray name = QFile::encodeName(store.filePath());
    if (::unlink(name.constData()) < 0)
        return false;
    if (what == "pipe"_L1)
        return ::mkfifo(name.constData(), 0600) == 0;
    if (what == "folder"_L1)
        return ::mkdir(name.constData(), 0700) == 0;
    if (what == "device"_L1)
        return ::symlink("/dev/null", name.constData()) == 0;
    QFile large(store.filePath());
    return large.open(QIODevice::WriteOnly) && large.resize(64 * 1024 * 1024 + 1);
}

QStringList setAside(const QTemporaryDir &folder, const QString &names)
{
    return QDir(folder.path()).entryList({names}, QDir::AllEntries | QDir::System);
}

/// The lines of one item of namedItem().
QByteArray lines(const QByteArray &name)
{
    return "#EXTINF:-1," + name + "\n#CONTINUO-ID:" + name + "\n/clips/" + name + ".mp4\n";
}

} // namespace

void TestPlaylistStore::edits_areInTheFileAndAfterReopening()
{
    const QTemporaryDir folder;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
        QVERIFY(store.apply(MoveEdit{{u"C"_s}, 0}));
        QTRY_COMPARE(namesInFile(store), u"CAB"_s);
        QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
        QVERIFY(store.undo());
    }
    PlaylistStore store(folder.path());
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    QVERIFY(store.open());
    QCOMPARE(names(store.playlist().items()), u"CAB"_s);
    QCOMPARE(store.playlist().version(), quint64(4));
    QCOMPARE(namesInFile(store), u"CAB"_s);
    QCOMPARE(external.size(), 0);
}

void TestPlaylistStore::firstEdits_areKept_whenTheirFileWasNotWritten()
{
    const QTemporaryDir folder;
    QByteArray first;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        first = fileOf(store);
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
    }
    // As a kill leaves it: the edit is in the journal, the file is the one of the empty list.
    PlaylistStore store(folder.path());
    save(store, first);
    QVERIFY(store.open());
    QCOMPARE(names(store.playlist().items()), u"ABC"_s);
    QTRY_COMPARE(namesInFile(store), u"ABC"_s);
}

void TestPlaylistStore::edits_areKept_whenTheirFileIsFarBehind_data()
{
    QTest::addColumn<int>("written"); // edits before the file was written last
    QTest::addColumn<QString>("added"); // to the file afterwards, by another program
    QTest::newRow("of the empty list") << 0 << QString();
    QTest::newRow("of an early version") << 3 << QString();
    QTest::newRow("of an early version, edited") << 3 << u"Y"_s;
}

void TestPlaylistStore::edits_areKept_whenTheirFileIsFarBehind()
{
    QFETCH(int, written);
    QFETCH(QString, added);
    const QTemporaryDir folder;
    constexpr int kEdits = PlaylistJournal::kKeptVersions + 13;
    QByteArray old;
    QStringList expected;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        for (int i = 0; i < kEdits; ++i) {
            if (i == written) {
                store.flushFile();
                old = fileOf(store);
            }
            expected << u"i%1"_s.arg(i);
            QVERIFY(store.apply(InsertEdit{-1, {namedItem(expected.last())}}));
        }
        // One that the file still has: nobody may bring it back.
        if (written > 0)
            QVERIFY(store.apply(RemoveEdit{{expected.takeFirst()}}));
    }
    // As a kill leaves it, when the file could not be written for a while.
    PlaylistStore store(folder.path());
    save(store, added.isEmpty() ? old : old + lines(added.toUtf8()));
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    QVERIFY(store.open());
    QVERIFY(store.openWarning().isEmpty());
    QCOMPARE(external.size(), added.isEmpty() ? 0 : 1);
    if (!added.isEmpty())
        expected.insert(2, added); // below i1 and i2, as in the file
    QCOMPARE(names(store.playlist().items()), expected.join(QString()));
    QTRY_COMPARE(namesInFile(store), expected.join(QString()));
}

void TestPlaylistStore::fileEdit_becomesAnEdit()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
    QTRY_COMPARE(namesInFile(store), u"ABC"_s);
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);

    QByteArray text = fileOf(store);
    text.replace(lines("B"), "");
    QStringList found; // what the list had when that was found
    connect(&store, &PlaylistStore::externalEditFound, &store,
            [&] { found.append(names(store.playlist().items())); });
    save(store, "# mine\n" + text + "new/clip.mov\n");
    QVERIFY(external.wait(kTestPatienceMs));
    QCOMPARE(found, QStringList(u"ABC"_s));
    const QList<PlaylistItem> &items = store.playlist().items();
    QCOMPARE(items.size(), 3);
    QCOMPARE(names(items.first(2)), u"AC"_s);
    QCOMPARE(items[2].path, folder.filePath(u"new/clip.mov"_s));
    QCOMPARE(items[2].title, u"clip"_s);
    // The file gets its ids, and keeps what it said otherwise.
    QTRY_VERIFY(fileOf(store).contains("#CONTINUO-ID:" + items[2].id.toUtf8()));
    QVERIFY(fileOf(store).contains("# mine\n"));
    QVERIFY(store.undo());
    QCOMPARE(names(store.playlist().items()), u"ABC"_s);
}

void TestPlaylistStore::fileEdit_isMergedWithWhatItsAuthorHadNotSeen()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
    QTRY_COMPARE(namesInFile(store), u"ABC"_s);
    QByteArray text = fileOf(store); // a program reads it …
    QVERIFY(store.apply(InsertEdit{3, namedItems(u"X"_s)}));
    QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
    QTRY_COMPARE(namesInFile(store), u"BCX"_s);
    text.replace(lines("C"), lines("C") + lines("Y"));
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    save(store, text); // … and saves what it made of it
    QVERIFY(external.wait(kTestPatienceMs));
    QCOMPARE(names(store.playlist().items()), u"BCYX"_s);
    QTRY_COMPARE(namesInFile(store), u"BCYX"_s);
    QCOMPARE(external.size(), 1);
}

void TestPlaylistStore::fileEdit_isMerged_howeverManyEditsWereNotWritten()
{
    // In memory where there is such a folder, for the many fdatasyncs.
    const QString memory = u"/dev/shm"_s;
    const QTemporaryDir folder((QFileInfo(memory).isWritable() ? memory : QDir::tempPath())
                               + u"/tst_playliststore"_s);
    QVERIFY(folder.isValid());
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
    store.flushFile();
    const QByteArray text = fileOf(store); // a program reads it …
    QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
    QVERIFY(store.apply(InsertEdit{2, namedItems(u"W"_s)}));
    for (int i = 0; i < PlaylistJournal::kKeptVersions * 8; ++i) // … and is slower than all these
        QVERIFY(store.apply(MoveEdit{{u"W"_s}, i % 2 == 0 ? 0 : 3}));
    QCOMPARE(names(store.playlist().items()), u"BCW"_s);
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    save(store, text + lines("Y"));
    QTRY_COMPARE(external.size(), 1);
    QCOMPARE(names(store.playlist().items()), u"BCYW"_s);
    QTRY_COMPARE(namesInFile(store), u"BCYW"_s);
}

void TestPlaylistStore::fileEdit_isTakenUp_whenMadeWhileClosed()
{
    const QTemporaryDir folder;
    QByteArray text;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
        store.flushFile();
        text = fileOf(store);
        text.replace(lines("A"), "");
        QVERIFY(store.apply(MoveEdit{{u"C"_s}, 0}));
        store.flushFile();
        save(store, text);
    }
    PlaylistStore store(folder.path());
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    QVERIFY(store.open());
    QCOMPARE(names(store.playlist().items()), u"CB"_s);
    QCOMPARE(external.size(), 1);
}

void TestPlaylistStore::invalidFile_changesNothingAndIsNamed()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
    store.flushFile();
    QSignalSpy refused(&store, &PlaylistStore::fileRefused);
    QString said;
    connect(&store, &PlaylistStore::fileRefused, this,
            [&said](const Error &error) { said = error.detail; });
    const QByteArray bad = "#EXTM3U\n/a.mp4\n#EXTINF:soon,Title\n/b.mp4\n";
    save(store, bad);
    QVERIFY(refused.wait(kTestPatienceMs));
    QCOMPARE(said,
             store.filePath() + u", line 3: #EXTINF with \"soon\" where seconds should stand"_s);
    QCOMPARE(names(store.playlist().items()), u"AB"_s);
    QCOMPARE(fileOf(store), bad); // left to its author …
    QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
    QTRY_COMPARE(namesInFile(store), u"B"_s); // … until the next edit, and not lost then
    QFile aside(store.filePath() + u".refused"_s);
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QCOMPARE(aside.readAll(), bad);
}

// Saved by a program that keeps no comments, in the moment before ours is written: it was made from
// what stood there until then.
void TestPlaylistStore::displacedPlainFile_undoesNoEdit()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"ABC"_s)}));
    store.flushFile();
    QByteArray plain = "#EXTM3U\n";
    for (const char *name : {"A", "B", "C", "Y"})
        plain += lines(name);
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"X"_s)}));
    QFile file(store.filePath());
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(plain);
    file.close();
    store.flushFile();
    QTRY_COMPARE(names(store.playlist().items()), u"XABCY"_s);
}

void TestPlaylistStore::whatIsNoFile_isRefusedAndMovedByTheNextEdit_data()
{
    QTest::addColumn<QString>("reason");
    QTest::newRow("pipe") << u"a pipe stands in place of the list"_s;
    QTest::newRow("folder") << u"a folder stands in place of the list"_s;
    QTest::newRow("device") << u"a device stands in place of the list"_s;
    QTest::newRow("large file") << u"it is larger than 64 MiB and is not read"_s;
}

void TestPlaylistStore::whatIsNoFile_isRefusedAndMovedByTheNextEdit()
{
    QFETCH(QString, reason);
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
    store.flushFile();
    QStringList said;
    connect(&store, &PlaylistStore::fileRefused, this,
            [&said](const Error &error) { said.append(error.detail); });
    QVERIFY(placeInstead(store, QString::fromLatin1(QTest::currentDataTag())));
    QTRY_COMPARE(said, QStringList(store.filePath() + u", "_s + reason));
    QCOMPARE(names(store.playlist().items()), u"AB"_s);
    QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
    QTRY_COMPARE(namesInFile(store), u"B"_s);
    QCOMPARE(setAside(folder, u"playlist.m3u8.refused-*"_s).size(), 1);
    QVERIFY(store.apply(RemoveEdit{{u"B"_s}})); // and it is written on
    QTRY_COMPARE(namesInFile(store), QString());
    QCOMPARE(names(store.playlist().items()), QString());
}

void TestPlaylistStore::whatIsNoFile_isLeftAlone_whenFoundByOpen()
{
    const QTemporaryDir folder;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
        store.flushFile();
    }
    PlaylistStore store(folder.path());
    QVERIFY(placeInstead(store, u"pipe"_s));
    QVERIFY(store.open());
    QVERIFY2(store.openWarning().contains(u"a pipe stands in place of the list"_s),
             qPrintable(store.openWarning()));
    QCOMPARE(names(store.playlist().items()), u"AB"_s);
    QVERIFY(QFileInfo(store.filePath()).exists() && !QFileInfo(store.filePath()).isFile());
}

void TestPlaylistStore::damagedSnapshot_isReplacedByTheFileAndTheEditsSince_data()
{
    QTest::addColumn<double>("kept"); // of the snapshot
    QTest::addColumn<bool>("flipped"); // a bit where it is cut, and all that follows is there
    QTest::newRow("empty") << 0.0 << false;
    QTest::newRow("cut short") << 0.5 << false;
    QTest::newRow("a bit in the middle") << 0.5 << true;
}

void TestPlaylistStore::damagedSnapshot_isReplacedByTheFileAndTheEditsSince()
{
    QFETCH(double, kept);
    QFETCH(bool, flipped);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"playlist.snapshot"_s);
    QByteArray old;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        // 24 titles of 12,000 letters: more than the 256 KiB from which on a journal is folded.
        QList<PlaylistItem> items = namedItems(u"CDEFGHIJKLMNOPQRSTUVWXYZ"_s);
        for (PlaylistItem &item : items)
            item.title = QString(12000, u'x');
        QVERIFY(store.apply(InsertEdit{0, items}));
        QVERIFY(QFile::exists(path));
        store.flushFile();
        old = fileOf(store);
        QVERIFY(store.apply(RemoveEdit{{u"C"_s}}));
        QVERIFY(store.apply(MoveEdit{{u"Z"_s}, 0}));
    }
    QFile snapshot(path);
    QVERIFY(snapshot.open(QIODevice::ReadWrite));
    const QByteArray whole = snapshot.readAll();
    const qint64 at = qint64(double(whole.size()) * kept);
    QVERIFY(snapshot.seek(at));
    if (flipped)
        QVERIFY(snapshot.putChar(char(whole[at] ^ 1)));
    else
        QVERIFY(snapshot.resize(at));
    snapshot.close();
    const QString expected = u"ZDEFGHIJKLMNOPQRSTUVWXY"_s;
    {
        // As a kill leaves it: the last edits are in the journal only.
        PlaylistStore store(folder.path());
        save(store, old);
        const Result<void> opened = store.open();
        QVERIFY2(opened, opened ? "" : qPrintable(opened.error().detail));
        QVERIFY2(store.openWarning().startsWith(path + u" is damaged"_s),
                 qPrintable(store.openWarning()));
        QCOMPARE(names(store.playlist().items()), expected);
        QCOMPARE(store.playlist().version(), quint64(3));
        QCOMPARE(setAside(folder, u"playlist.snapshot.damaged-*"_s).size(), 1);
        QTRY_COMPARE(namesInFile(store), expected);
    }
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY2(store.openWarning().isEmpty(), qPrintable(store.openWarning()));
    QCOMPARE(names(store.playlist().items()), expected);
}

void TestPlaylistStore::tooOldFile_changesNothingAndIsNamed()
{
    const QTemporaryDir folder;
    QByteArray old;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
        store.flushFile();
        old = fileOf(store) + lines("Y");
        QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
        for (int i = 0; i < PlaylistJournal::kKeptVersions / 2; ++i) {
            QVERIFY(store.apply(InsertEdit{0, namedItems(u"X"_s)}));
            QVERIFY(store.apply(RemoveEdit{{u"X"_s}}));
        }
    }
    PlaylistStore store(folder.path()); // knows the last versions only
    QVERIFY(store.open());
    QCOMPARE(names(store.playlist().items()), u"B"_s);
    const quint64 version = store.playlist().version();
    QSignalSpy refused(&store, &PlaylistStore::fileRefused);
    QString said;
    connect(&store, &PlaylistStore::fileRefused, this,
            [&said](const Error &error) { said = error.detail; });
    save(store, old);
    QVERIFY(refused.wait(kTestPatienceMs));
    QCOMPARE(said, store.filePath() + u", it was made from version 1, which is too old to merge"_s);
    QCOMPARE(store.playlist().version(), version);
    QCOMPARE(names(store.playlist().items()), u"B"_s);
    QCOMPARE(fileOf(store), old);
    QFile aside(store.filePath() + u".refused"_s);
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QCOMPARE(aside.readAll(), old);
}

void TestPlaylistStore::tooOldFile_isReplacedAndKeptAside_whenFoundByOpen()
{
    const QTemporaryDir folder;
    QByteArray old;
    {
        PlaylistStore store(folder.path());
        QVERIFY(store.open());
        QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
        store.flushFile();
        old = fileOf(store);
        QVERIFY(store.apply(RemoveEdit{{u"A"_s}}));
        // 24 titles of 12,000 letters: more than the 256 KiB from which on a journal is folded.
        QList<PlaylistItem> items = namedItems(u"CDEFGHIJKLMNOPQRSTUVWXYZ"_s);
        for (PlaylistItem &item : items)
            item.title = QString(12000, u'x');
        QVERIFY(store.apply(InsertEdit{1, items}));
        QVERIFY(QFile::exists(folder.filePath(u"playlist.snapshot"_s)));
    }
    // An old copy that somebody puts back: what was then, the folded journal no longer says.
    PlaylistStore store(folder.path());
    save(store, old);
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    QSignalSpy refused(&store, &PlaylistStore::fileRefused);
    QVERIFY(store.open());
    QCOMPARE(external.size(), 0);
    QCOMPARE(refused.size(), 1);
    QVERIFY(store.openWarning().contains(u"made from version 1, which is too old to merge"_s));
    QCOMPARE(names(store.playlist().items()), u"BCDEFGHIJKLMNOPQRSTUVWXYZ"_s);
    QTRY_COMPARE(namesInFile(store), u"BCDEFGHIJKLMNOPQRSTUVWXYZ"_s);
    QFile aside(store.filePath() + u".refused"_s);
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QCOMPARE(aside.readAll(), old);
}

void TestPlaylistStore::deletedFile_isWrittenAgain()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
    store.flushFile();
    QVERIFY(QFile::remove(store.filePath()));
    QTRY_COMPARE(namesInFile(store), u"AB"_s);
    QCOMPARE(names(store.playlist().items()), u"AB"_s);
}

void TestPlaylistStore::expectedVersion_isChecked()
{
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}, 0));
    const Result<EditOutcome> late = store.apply(ClearEdit{}, 0);
    QVERIFY(!late);
    QCOMPARE(int(late.error().code), int(ErrorCode::Busy));
    QCOMPARE(int(store.undo(7).error().code), int(ErrorCode::Busy));
    QCOMPARE(names(store.playlist().items()), u"AB"_s);
}

void TestPlaylistStore::racingEdits_loseNothing()
{
    // Edits through the store and rewrites of the file at once, each adding items of its own: in
    // the end all are there, wherever the two met.
    const QTemporaryDir folder;
    PlaylistStore store(folder.path());
    QVERIFY(store.open());
    QVERIFY(store.apply(InsertEdit{0, namedItems(u"AB"_s)}));
    store.flushFile();
    QSignalSpy external(&store, &PlaylistStore::externallyEdited);
    QStringList expected{u"A"_s, u"B"_s};
    QRandomGenerator random(3);
    const auto hasAll = [&] {
        return std::all_of(expected.begin(), expected.end(),
                           [&](const QString &id) { return store.playlist().contains(id); });
    };
    for (int round = 0; round < 8; ++round) {
        const QByteArray text = fileOf(store);
        const QString ours = u"o%1"_s.arg(round);
        const QString theirs = u"t%1"_s.arg(round);
        expected << ours << theirs;
        QVERIFY(store.apply(
            InsertEdit{random.bounded(store.playlist().size() + 1), {namedItem(ours)}}));
        if (random.bounded(2) == 0)
            store.flushFile();
        save(store, text + lines(theirs.toUtf8()));
        if (random.bounded(2) == 0)
            store.flushFile();
        QTRY_VERIFY(hasAll());
    }
    QTRY_COMPARE(namesInFile(store), names(store.playlist().items()));
    QCOMPARE(store.playlist().size(), expected.size());
}

} // namespace continuo
