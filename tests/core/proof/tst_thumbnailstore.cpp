// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/thumbnailstore.h"
#include "tests/core/proof/subjects.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <future>
#include <memory>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

RawThumbnail flatPicture(const QString &kind, char level)
{
    return {kind, 16, 8, QByteArray(16 * 8 * 3 / 2, level)};
}

// As long as what it is of, between the two marks that every JPEG has.
Result<QByteArray> encodeForTests(const RawThumbnail &thumbnail)
{
    return "\xff\xd8" + thumbnail.yuv + "\xff\xd9";
}

/// A store, and what it told.
struct KeptThumbnails {
    explicit KeptThumbnails(const QString &folder, ThumbnailBounds bounds = {})
        : store(
            folder, &encodeForTests,
            [this](const Result<void> &state) { troubles += state ? 0 : 1; }, bounds)
    {
    }
    /// Waits: all that was asked before is done then.
    QByteArray find(const QString &tag, const QString &kind)
    {
        auto found = std::make_shared<std::promise<QByteArray>>();
        std::future<QByteArray> answer = found->get_future();
        store.find(tag, kind, [found](const QByteArray &jpeg) { found->set_value(jpeg); });
        return answer.get();
    }

    std::atomic_int troubles = 0;
    ThumbnailStore store;
};

class TestThumbnailStore final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void kept_isFound_byTheNextEngineToo()
    {
        const QString folder = m_folder.filePath(u"kept"_s);
        {
            KeptThumbnails kept(folder);
            QVERIFY(kept.find(u"a"_s, u"poster"_s).isEmpty());
            kept.store.keep(u"a"_s, flatPicture(u"poster"_s, 'p'));
            kept.store.keep(u"a"_s, flatPicture(u"tail"_s, 't'));
            QCOMPARE(kept.find(u"a"_s, u"poster"_s).at(2), 'p');
            QCOMPARE(kept.find(u"a"_s, u"tail"_s).at(2), 't');
            QVERIFY(kept.find(u"a"_s, u"head"_s).isEmpty());
            QCOMPARE(kept.troubles, 0);
        }
        KeptThumbnails next(folder);
        QCOMPARE(next.find(u"a"_s, u"tail"_s).at(2), 't');
        next.store.keep(u"a"_s, flatPicture(u"tail"_s, 'u')); // made again
        QCOMPARE(next.find(u"a"_s, u"tail"_s).at(2), 'u');
    }

    void leastUsed_goesFirst()
    {
        const QString folder = m_folder.filePath(u"bounds"_s);
        KeptThumbnails kept(folder, {3, 1 << 20});
        for (const QString &tag : {u"a"_s, u"b"_s, u"c"_s})
            kept.store.keep(tag, flatPicture(u"poster"_s, tag.at(0).toLatin1()));
        QCOMPARE(kept.find(u"a"_s, u"poster"_s).at(2), 'a'); // used: b is the oldest now
        kept.store.keep(u"d"_s, flatPicture(u"poster"_s, 'd'));
        QVERIFY(kept.find(u"b"_s, u"poster"_s).isEmpty());
        QVERIFY(!kept.find(u"a"_s, u"poster"_s).isEmpty());
        QCOMPARE(QDir(folder).entryList(QDir::Files).size(), 3);
    }

    void bytes_areBounded()
    {
        const QString folder = m_folder.filePath(u"bytes"_s);
        const qint64 each = 16 * 8 * 3 / 2 + 4;
        KeptThumbnails kept(folder, {1000, 5 * each});
        for (int i = 0; i < 20; ++i)
            kept.store.keep(QString::number(i), flatPicture(u"poster"_s, 'x'));
        QVERIFY(!kept.find(u"19"_s, u"poster"_s).isEmpty());
        QCOMPARE(QDir(folder).entryList(QDir::Files).size(), 5);
        // An engine with less room, of what it finds.
        KeptThumbnails next(folder, {1000, 2 * each});
        QVERIFY(next.find(u"0"_s, u"poster"_s).isEmpty());
        QCOMPARE(QDir(folder).entryList(QDir::Files).size(), 2);
    }

    // As a power cut or somebody with a file manager leaves them.
    void damaged_isNotFound()
    {
        const QString folder = m_folder.filePath(u"damaged"_s);
        KeptThumbnails kept(folder);
        for (const QString &tag : {u"cut"_s, u"gone"_s, u"whole"_s})
            kept.store.keep(tag, flatPicture(u"poster"_s, 'x'));
        QVERIFY(!kept.find(u"whole"_s, u"poster"_s).isEmpty());
        QVERIFY(QFile::resize(folder + u"/cut.poster.jpg"_s, 0));
        QVERIFY(QFile::remove(folder + u"/gone.poster.jpg"_s));
        QVERIFY(kept.find(u"cut"_s, u"poster"_s).isEmpty());
        QVERIFY(kept.find(u"gone"_s, u"poster"_s).isEmpty());
        QVERIFY(QDir(folder).removeRecursively());
        kept.store.keep(u"cut"_s, flatPicture(u"poster"_s, 'y')); // and the folder is made again
        QCOMPARE(kept.find(u"cut"_s, u"poster"_s).at(2), 'y');
        QCOMPARE(kept.troubles, 0);
    }

    void refusingDisk_isToldOnce()
    {
        KeptThumbnails kept(u"/proc/nowhere"_s);
        kept.store.keep(u"a"_s, flatPicture(u"poster"_s, 'x'));
        kept.store.keep(u"a"_s, flatPicture(u"tail"_s, 'x'));
        QVERIFY(kept.find(u"a"_s, u"poster"_s).isEmpty());
        QCOMPARE(kept.troubles, 1);
    }

    // They are not taken for lost: whoever asks is to ask again.
    void moreThanCanBeTaken_isRefused()
    {
        std::promise<void> goOn;
        ThumbnailStore store(
            m_folder.filePath(u"many"_s),
            [gate = goOn.get_future().share()](const RawThumbnail &thumbnail) {
                gate.wait();
                return encodeForTests(thumbnail);
            },
            [](const Result<void> &) {});
        std::atomic_int answered = 0;
        store.keep(u"a"_s, flatPicture(u"poster"_s, 'a'));
        int taken = 0;
        while (taken < 5000
               && store.find(u"b"_s, u"poster"_s, [&](const QByteArray &) { ++answered; }))
            ++taken;
        QVERIFY2(taken > 100 && taken < 5000, qPrintable(QString::number(taken)));
        goOn.set_value();
        QTRY_COMPARE(answered.load(), taken);
    }

    // A prover may have been taken over by what it parses.
    void whatIsNoPicture_isRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<bool>("isTaken");
        QTest::newRow("picture") << u"head"_s << 160 << 90 << 21600 << true;
        QTest::newRow("small") << u"tail"_s << 2 << 2 << 6 << true;
        QTest::newRow("path") << u"../../x"_s << 160 << 90 << 21600 << false;
        QTest::newRow("large") << u"head"_s << 1600 << 90 << 216000 << false;
        QTest::newRow("odd") << u"head"_s << 161 << 90 << 21735 << false;
        QTest::newRow("none") << u"head"_s << 0 << 0 << 0 << false;
        QTest::newRow("negative") << u"head"_s << -2 << -2 << 6 << false;
        QTest::newRow("short") << u"head"_s << 160 << 90 << 21599 << false;
        QTest::newRow("long") << u"head"_s << 160 << 90 << 21601 << false;
    }
    void whatIsNoPicture_isRefused()
    {
        QFETCH(QString, kind);
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, bytes);
        QFETCH(bool, isTaken);
        const QByteArray yuv = QByteArray(bytes, 'x').toBase64();
        QCOMPARE(RawThumbnail::fromJson({{u"kind"_s, kind},
                                         {u"width"_s, width},
                                         {u"height"_s, height},
                                         {u"yuv"_s, QString::fromLatin1(yuv)}})
                     .has_value(),
                 isTaken);
    }

    void tag_isThatOfTheFile()
    {
        FileState state;
        state.exists = true;
        state.inode = 7;
        FileState other = state;
        other.modifiedNs = 1;
        QCOMPARE(thumbnailTag(state), thumbnailTag(state));
        QVERIFY(thumbnailTag(state) != thumbnailTag(other));
    }

private:
    QTemporaryDir m_folder;
};

} // namespace

std::unique_ptr<QObject> makeThumbnailStoreTest()
{
    return std::make_unique<TestThumbnailStore>();
}

#include "tst_thumbnailstore.moc"
