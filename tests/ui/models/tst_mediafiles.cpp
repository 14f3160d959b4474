// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/models/tst_mediafiles.h"

#include "ui/models/mediafinder.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

void touch(const QString &path)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
}

} // namespace

void MediaFilesTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void MediaFilesTest::naturallyLess_countsNumbers_data()
{
    QTest::addColumn<QString>("less");
    QTest::addColumn<QString>("more");
    QTest::newRow("numbers") << u"Part 2.mp4"_s << u"Part 10.mp4"_s;
    QTest::newRow("case") << u"alpha.mp4"_s << u"Beta.mp4"_s;
    QTest::newRow("prefix") << u"news"_s << u"news 1"_s;
    QTest::newRow("zeros") << u"a007"_s << u"a10"_s;
    QTest::newRow("two numbers") << u"S01E09"_s << u"S01E10"_s;
    QTest::newRow("beyond 64 bits") << u"9999999999999999999998"_s << u"9999999999999999999999"_s;
}

void MediaFilesTest::naturallyLess_countsNumbers()
{
    QFETCH(QString, less);
    QFETCH(QString, more);
    QVERIFY(naturallyLess(less, more));
    QVERIFY(!naturallyLess(more, less));
    QVERIFY(!naturallyLess(less, less));
}

void MediaFilesTest::folders_giveMediaInNaturalOrder()
{
    const QTemporaryDir folder;
    const QString root = folder.path();
    for (const QString &name : {u"show/part 10.mp4"_s, u"show/part 2.MKV"_s, u"show/notes.txt"_s,
                                u"show/b/inner.ts"_s, u"z.txt"_s})
        touch(root + u'/' + name);
    const std::atomic_bool stop = false;
    const MediaFiles files = findMediaFiles({QUrl::fromLocalFile(root + u"/z.txt"_s),
                                             QUrl::fromLocalFile(root + u"/show"_s),
                                             QUrl(u"https://example.org/a.mp4"_s)},
                                            stop);
    // A file that was dropped itself is taken whatever its name; its faults are the engine's to
    // name.
    QCOMPARE(files.paths,
             QStringList({root + u"/z.txt"_s, root + u"/show/b/inner.ts"_s,
                          root + u"/show/part 2.MKV"_s, root + u"/show/part 10.mp4"_s}));
    QCOMPARE(files.passedOver, 1);
    QCOMPARE(files.onNetwork, 1);
}

void MediaFilesTest::folder_isNotWalkedTwice_whenLinkedInACircle()
{
    const QTemporaryDir folder;
    touch(folder.filePath(u"a/one.mp4"_s));
    QVERIFY(QFile::link(folder.path(), folder.filePath(u"a/back"_s)));
    const std::atomic_bool stop = false;
    QCOMPARE(findMediaFiles({QUrl::fromLocalFile(folder.path())}, stop).paths.size(), 1);
}

void MediaFilesTest::finder_answersWithThePlace()
{
    const QTemporaryDir folder;
    touch(folder.filePath(u"one.mp4"_s));
    MediaFinder finder;
    QStringList paths;
    DropPlace where;
    connect(&finder, &MediaFinder::found, this,
            [&](const MediaFiles &files, const DropPlace &place) {
                paths = files.paths;
                where = place;
            });
    finder.find({QUrl::fromLocalFile(folder.path())}, {u"Channel"_s, u"7"_s, 3});
    QTRY_COMPARE(paths, QStringList(folder.filePath(u"one.mp4"_s)));
    QCOMPARE(where.channel, u"Channel"_s);
    QCOMPARE(where.beforeItem, u"7"_s);
    QCOMPARE(where.row, 3);
}

void MediaFilesTest::finder_mayGoWhileFoldersAreRead()
{
    for (int i = 0; i < 20; ++i) {
        MediaFinder finder;
        finder.find({QUrl::fromLocalFile(u"/usr/share"_s)}, {});
    }
}
