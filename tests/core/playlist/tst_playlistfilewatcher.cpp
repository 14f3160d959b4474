// SPDX-License-Identifier: GPL-3.0-or-later
#include "subjects.h"

#include "core/playlist/playlistfilewatcher.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSaveFile>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <functional>

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
        QElapsedTimer timer;
        timer.start();
        QVERIFY(spy.wait(1500));
        QVERIFY2(timer.elapsed() < 400, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(spy.size(), 1);
        QVERIFY(spy.takeFirst()[0].toByteArray().contains("new\n"));
        shell(u"printf 'old\\n' > \"$1\""_s, path); // and back
        QVERIFY(spy.wait(1500));
        QCOMPARE(spy.takeFirst()[0].toByteArray(), QByteArray("old\n"));
    }
    QVERIFY(!watcher.isSettling());
}

void TestPlaylistFileWatcher::halfWritten_isWaitedFor()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"list.m3u8"_s);
    write(path, "old\n");
    PlaylistFileWatcher watcher(path);
    QSignalSpy spy(&watcher, &PlaylistFileWatcher::fileChanged);
    watcher.start();

    // A slow writer: pauses longer than the settle time, once in the middle of a line and once
    // behind a whole one with the file still open.
    QProcess writer;
    writer.start(u"/bin/sh"_s,
                 {u"-c"_s,
                  u"{ printf 'a'; sleep 0.3; printf 'b\\n'; sleep 0.3; printf 'c\\n'; } "
                  "> \"$1\""_s,
                  u"sh"_s, path});
    QVERIFY(spy.wait(1900));
    QCOMPARE(spy.size(), 1);
    QCOMPARE(spy.takeFirst()[0].toByteArray(), QByteArray("ab\nc\n"));
    QVERIFY(writer.state() == QProcess::NotRunning || writer.waitForFinished());
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
    QTRY_VERIFY(watcher.isSettling());
    QTRY_VERIFY(!watcher.isSettling());
    QCOMPARE(spy.size(), 0);
    write(path, "old\n"); // a return to what stood there before is a change
    QVERIFY(spy.wait(1500));
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
    QVERIFY(missing.wait(1900));
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
    QTRY_COMPARE_WITH_TIMEOUT(spy.size(), 1, 4000);
    QCOMPARE(spy[0][0].toByteArray(), QByteArray("new\n"));
}

} // namespace continuo
