// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/filesink.h"
#include "core/publish/secretlog.h"
#include "core/publish/writebehindfile.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestFiles final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void writeBehind_keepsOrderAndOffsets();
    void writeBehind_neverOverwrites();
    void fileSink_refusesOtherEndings();
    void fileSink_refusesAMissingFolder();
    void fileSink_beginsANewFile_whenParametersChange();
    void fullDisk_isAHole_andGoesOn();
    void secrets_areReplaced();

private:
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestFiles::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    m_dir = std::make_unique<QTemporaryDir>();
}

namespace {

void put(WriteBehindFile &file, qint64 offset, const QByteArray &bytes)
{
    file.write(offset, reinterpret_cast<const std::uint8_t *>(bytes.constData()),
               int(bytes.size()));
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Result<void> feed(FileSink &sink, qint64 first, qint64 end, int bytes = 100, int variant = 0)
{
    const auto streams = makeStreams({30, 1}, 2, variant);
    for (const TimelinePacketPtr &small :
         makeSession(first, end - first, 10, {30, 1}, 0, streams)) {
        if (!small->isVideo() && small->pts < samplesBefore(first, {30, 1}))
            continue;
        const TimelinePacketPtr packet = small->isVideo()
            ? makeVideo(small->pts, small->dts, small->isKey, bytes, streams)
            : small;
        if (Result<void> written = sink.write(packet); !written)
            return written;
    }
    return {};
}

} // namespace

void TestFiles::writeBehind_keepsOrderAndOffsets()
{
    auto file = WriteBehindFile::create(m_dir->filePath(u"a.bin"_s));
    QVERIFY(file);
    put(*file.value(), 0, "0123456789");
    put(*file.value(), 10, "abc");
    put(*file.value(), 2, "XY");
    QCOMPARE(file.value()->waitingBytes(), qint64(15));
    QVERIFY(file.value()->sync());
    QCOMPARE(file.value()->waitingBytes(), qint64(0));
    QCOMPARE(contentOf(m_dir->filePath(u"a.bin"_s)), "01XY456789abc");
}

void TestFiles::writeBehind_neverOverwrites()
{
    const QString path = m_dir->filePath(u"my clip.v1.mkv"_s);
    for (const QString &expected : {path, m_dir->filePath(u"my clip.v1 (2).mkv"_s),
                                    m_dir->filePath(u"my clip.v1 (3).mkv"_s)}) {
        auto file = WriteBehindFile::create(path);
        QVERIFY(file);
        QCOMPARE(file.value()->path(), expected);
    }
    QCOMPARE(WriteBehindFile::create(u"/nonexistent/a.mkv"_s).error().code, ErrorCode::NotFound);
}

void TestFiles::fileSink_refusesOtherEndings()
{
    for (const QString &good : {u"a.mkv"_s, u"a.MP4"_s, u"a.ts"_s})
        QVERIFY(FileSink::formatFor(good));
    for (const QString &bad : {u"a.avi"_s, u"a"_s, u"mkv"_s, u"a.mkv.txt"_s}) {
        const Result<QByteArray> format = FileSink::formatFor(bad);
        QVERIFY(!format);
        QCOMPARE(format.error().code, ErrorCode::InvalidArgument);
        QVERIFY(format.error().detail.contains(u".mkv, .mp4 or .ts"_s));
    }
}

void TestFiles::fileSink_refusesAMissingFolder()
{
    FileSink sink(m_dir->filePath(u"no/a.mkv"_s));
    const Result<void> prepared = sink.prepare();
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::NotFound);
}

void TestFiles::fileSink_beginsANewFile_whenParametersChange()
{
    FileSink sink(m_dir->filePath(u"a.mkv"_s));
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 500));
    QVERIFY(feed(sink, 500, 520, 100, 1));
    QVERIFY(sink.finish());
    QCOMPARE(sink.lostFrames(), qint64(0));
    QVERIFY(contentOf(m_dir->filePath(u"a.mkv"_s)).size() > 2000);
    QVERIFY(contentOf(m_dir->filePath(u"a (2).mkv"_s)).size() > 2000);
    QCOMPARE(sink.address(), m_dir->filePath(u"a (2).mkv"_s));
    QVERIFY(!sink.note().isEmpty());
}

void TestFiles::fullDisk_isAHole_andGoesOn()
{
    const QByteArray folder = QFile::encodeName(m_dir->filePath(u"small"_s));
    QDir(m_dir->path()).mkdir(u"small"_s);
    if (::mount("tmpfs", folder.constData(), "tmpfs", 0, "size=1m") < 0)
        QSKIP("a small disk to fill needs the right to mount");
    {
        QFile ballast(m_dir->filePath(u"small/ballast"_s));
        QVERIFY(ballast.open(QIODevice::WriteOnly));
        ballast.write(QByteArray(900 * 1024, 'x'));
        ballast.close();
        FileSink sink(m_dir->filePath(u"small/a.mkv"_s));
        QVERIFY(sink.prepare());
        QVERIFY(feed(sink, 480, 520, 20000)); // 800 kB into 124 kB
        QVERIFY(sink.trouble());
        QCOMPARE(sink.trouble()->code, ErrorCode::NoSpace);
        QVERIFY(feed(sink, 520, 1500, 20000)); // 19 MB: more than waits in memory
        QVERIFY(ballast.remove());
        // 1 MB is still too small for what waits: freed by making the disk larger.
        QVERIFY(::mount("tmpfs", folder.constData(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
        QVERIFY(feed(sink, 1500, 1520, 20000));
        QVERIFY(!sink.trouble());
        QVERIFY(sink.lostFrames() > 0);
        QVERIFY(sink.lostFrames() < 980);
        QVERIFY(sink.finish());
    }
    ::umount(folder.constData());
}

void TestFiles::secrets_areReplaced()
{
    const QString line = u"rtmp://h/app/live_123456-abc?token=zyxwvu went away"_s;
    {
        const SecretGuard guard(u"live_123456-abc?token=zyxwvu"_s);
        QCOMPARE(withoutSecrets(line), u"rtmp://h/app/*** went away"_s);
        QCOMPARE(withoutSecrets(u"playpath live_123456-abc"_s), u"playpath ***"_s);
        const SecretGuard again(u"live_123456-abc?token=zyxwvu"_s);
    }
    QCOMPARE(withoutSecrets(line), line);
}

QObject *makeFilesTest()
{
    return new TestFiles;
}

} // namespace continuo::test

#include "tst_files.moc"
