// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/playlistfilewatcher.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSaveFile>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}

void shell(const QString &script, const QString &path)
{
    QCOMPARE(QProcess::execute(u"/bin/sh"_s, {u"-c"_s, script, u"sh"_s, path}), 0);
}

} // namespace

void TestPlaylistFileWatcher::change_isNoticedOnceAndSoon_data()
{
    QTest::addColumn<QString>("script");
    QTest::newRow("in place") << u"printf 'new\\n' > \"$1\""_s;
    QTest::newRow("appended") << u"printf 'new\\n' >> \"$1\""_s;
    QTest::newRow("sed -i") << u"sed -i s/old/new/ \"$1\""_s;
    QTest::newRow("renamed over") << u"printf 'new\\n' > \"$1.t\"; mv \"$1.t\" \"$1\""_s;
    QTest::newRow("moved away and written") << u"mv \"$1\" \"$1~\"; printf 'new\\n' > \"$1\""_s;
    QTest::newRow("deleted and made") << u"rm \"$1\"; printf 'new\\n' > \"$1\""_s;
}

void TestPlaylistFileWatcher::change_isNoticedOnceAndSoon()
{
    QFETCH(QString, script);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"list.m3u8"_s);
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy spy(&watcher, &PlaylistFileWatcher::fileChanged);
    watcher.start();
    for (int save = 0; save < 2; ++save) {
        shell(script, path);
        QCoreApplication::processEvents();
        QVERIFY(watcher.isSettling() || !spy.isEmpty()); // seen at once, and not by the slow look
        QTRY_COMPARE(spy.size(), 1);
        QVERIFY(spy.takeFirst()[0].toByteArray().contains("new\n"));
        shell(u"printf 'old\\n' > \"$1\""_s, path); // and back
        QVERIFY(spy.wait(kTestPatienceMs));
        QCOMPARE(spy.takeFirst()[0].toByteArray(), QByteArray("old\n"));
    }
    QVERIFY(!watcher.isSettling());
}

// A slow writer: pauses longer than the settle time, in the middle of a line, then behind whole
// ones with the file still open. A try in which the machine stood still until the watcher's
// patience was over says nothing.
void TestPlaylistFileWatcher::halfWritten_isWaitedFor()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"list.m3u8"_s);
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy spy(&watcher, &PlaylistFileWatcher::fileChanged);
    watcher.start();
    for (int attempt = 0; attempt < 5; ++attempt) {
        const QList<QByteArray> parts{QByteArray::number(attempt), "b\n", "c\n"};
        qint64 longestPause = 0;
        QFile writer(path);
        QVERIFY(writer.open(QIODevice::WriteOnly | QIODevice::Truncate | QIODevice::Unbuffered));
        for (const QByteArray &part : parts) {
            QElapsedTimer pause;
            pause.start();
            QCOMPARE(writer.write(part), part.size());
            QTest::qWait(300);
            longestPause = std::max(longestPause, pause.elapsed());
        }
        writer.close();
        QTRY_VERIFY(!spy.isEmpty() && !watcher.isSettling());
        if (longestPause < 1000) {
            QCOMPARE(spy.size(), 1);
            QCOMPARE(spy.takeFirst()[0].toByteArray(), parts.join());
            return;
        }
        spy.clear();
    }
    QSKIP("the machine stood still for a second in each of five tries");
}

void TestPlaylistFileWatcher::ownContent_isNotAChange()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"list.m3u8"_s);
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy spy(&watcher, &PlaylistFileWatcher::fileChanged);
    watcher.start();
    watcher.noteContent("own\n");
    write(path, "own\n");
    QCoreApplication::processEvents(); // it is seen here; a slow machine may settle it here, too
    QTRY_VERIFY(!watcher.isSettling());
    QCOMPARE(spy.size(), 0);
    write(path, "old\n"); // a return to what stood there before is a change
    QVERIFY(spy.wait(kTestPatienceMs));
}

void TestPlaylistFileWatcher::missing_isSaidOnce()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"list.m3u8"_s);
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy changed(&watcher, &PlaylistFileWatcher::fileChanged);
    QSignalSpy missing(&watcher, &PlaylistFileWatcher::fileMissing);
    watcher.start();
    QVERIFY(QFile::remove(path));
    QVERIFY(missing.wait(kTestPatienceMs));
    QCOMPARE(missing.size(), 1);
    QCOMPARE(changed.size(), 0);
}

void TestPlaylistFileWatcher::folder_mayGoAndComeBack()
{
    const QTemporaryDir above;
    const QString folder = above.filePath(u"lists"_s);
    const QString path = folder + u"/list.m3u8"_s;
    QVERIFY(QDir().mkdir(folder));
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy spy(&watcher, &PlaylistFileWatcher::fileChanged);
    watcher.start();
    QVERIFY(QDir(folder).removeRecursively());
    QVERIFY(QDir().mkdir(folder));
    write(path, "new\n");
    QTRY_COMPARE(spy.size(), 1);
    QCOMPARE(spy[0][0].toByteArray(), QByteArray("new\n"));
}

} // namespace continuo
