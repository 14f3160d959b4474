// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/destination.h"
#include "core/publish/filesink.h"
#include "core/publish/secretlog.h"
#include "core/publish/writebehindfile.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstring>

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
    void largeGroup_isNoHole_whileTheDiskTakesIt();
    void deletedFile_isAnError_andMadeAgain_data();
    void deletedFile_isAnError_andMadeAgain();
    void movedFile_isAnError_andStaysAsItIs();
    void deletedFile_isSaidAtTheEnd();
    void destination_goesOn_whenItsFileWasDeleted();
    void readOnlyDisk_isSaid_withWhatToDo();
    void fileThatCannotGrow_isLeftWhole_andAnotherBegun();
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

void push(Destination &destination, qint64 first, qint64 end)
{
    const auto streams = makeStreams({30, 1}, 2);
    for (const TimelinePacketPtr &packet :
         makeSession(first, end - first, 10, {30, 1}, 0, streams)) {
        if (packet->isVideo() || packet->pts >= samplesBefore(first, {30, 1}))
            destination.push(packet);
    }
}

// Its disk is mounted for reading only.
class ReadOnlySink final : public Sink {
public:
    Result<void> prepare() override { return errorFromErrno(EROFS, u"make the file /srv/a.mkv"_s); }
    Result<void> write(const TimelinePacketPtr &) override { return {}; }
    Result<void> finish() override { return {}; }
    void abandon() override { }
};

// No file of this process may grow beyond a size: what some file systems say, on demand.
class FileSizeLimit final {
public:
    explicit FileSizeLimit(qint64 bytes)
        : m_handler(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = rlim_t(bytes);
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }
    FileSizeLimit(const FileSizeLimit &) = delete;
    FileSizeLimit &operator=(const FileSizeLimit &) = delete;

private:
    void (*m_handler)(int);
    rlimit m_before{};
};

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

void TestFiles::largeGroup_isNoHole_whileTheDiskTakesIt()
{
    FileSink sink(m_dir->filePath(u"a.ts"_s));
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 490, 2'000'000)); // 20 MB wait for the next key frame
    QVERIFY(feed(sink, 490, 500));
    QVERIFY(!sink.trouble());
    QCOMPARE(sink.lostFrames(), qint64(0));
    QVERIFY(sink.finish());
    QVERIFY(QFileInfo(m_dir->filePath(u"a.ts"_s)).size() > 20'000'000);
}

void TestFiles::deletedFile_isAnError_andMadeAgain_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isWithItsFolder");
    QTest::newRow("mkv") << u"a.mkv"_s << false;
    QTest::newRow("mp4") << u"a.mp4"_s << false;
    QTest::newRow("ts") << u"a.ts"_s << false;
    QTest::newRow("with its folder, which is made again") << u"a.mkv"_s << true;
}

void TestFiles::deletedFile_isAnError_andMadeAgain()
{
    QFETCH(QString, name);
    QFETCH(bool, isWithItsFolder);
    const QDir folder(m_dir->filePath(u"rec"_s));
    QVERIFY(QDir(m_dir->path()).mkdir(u"rec"_s));
    const QString path = folder.filePath(name);
    FileSink sink(path);
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 500));
    QVERIFY(QFile::remove(path));
    if (isWithItsFolder) {
        QVERIFY(QDir(m_dir->path()).rmdir(u"rec"_s));
        QVERIFY(QDir(m_dir->path()).mkdir(u"rec"_s));
    }
    const Result<void> written = feed(sink, 500, 510);
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::NotFound);
    QCOMPARE(written.error().detail, u"the file %1 was deleted while it was recorded"_s.arg(path));
    QCOMPARE(sink.lostFrames(), qint64(10)); // 480 to 489 stood in the file
    const qint64 bytes = sink.bytesWritten();
    sink.abandon();
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 510, 530));
    QVERIFY(!sink.trouble());
    QCOMPARE(sink.lostFrames(), qint64(20)); // 490 to 509
    QCOMPARE(sink.address(), path);
    QVERIFY(sink.finish());
    QCOMPARE(sink.lostFrames(), qint64(20));
    QVERIFY(contentOf(path).size() > 2000);
    QVERIFY(sink.bytesWritten() > bytes);
    QCOMPARE(folder.entryList(QDir::Files), QStringList{name});
}

void TestFiles::movedFile_isAnError_andStaysAsItIs()
{
    const QString path = m_dir->filePath(u"a.mkv"_s);
    const QString moved = m_dir->filePath(u"b.mkv"_s);
    FileSink sink(path);
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 500));
    QVERIFY(QFile::rename(path, moved));
    const Result<void> written = feed(sink, 500, 510);
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::NotFound);
    QVERIFY(written.error().detail.contains(u"moved away"_s));
    sink.abandon();
    const QByteArray left = contentOf(moved);
    QVERIFY(left.size() > 2000); // all of the 20 frames
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 510, 530));
    QVERIFY(sink.finish());
    QCOMPARE(contentOf(moved), left);
    QVERIFY(contentOf(path).size() > 2000);
}

void TestFiles::deletedFile_isSaidAtTheEnd()
{
    FileSink sink(m_dir->filePath(u"a.mkv"_s));
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 500));
    QVERIFY(QFile::remove(m_dir->filePath(u"a.mkv"_s)));
    const Result<void> finished = sink.finish();
    QVERIFY(!finished);
    QCOMPARE(finished.error().code, ErrorCode::NotFound);
    QCOMPARE(sink.lostFrames(), qint64(10));
}

void TestFiles::destination_goesOn_whenItsFileWasDeleted()
{
    const QString path = m_dir->filePath(u"a.mkv"_s);
    Destination::Settings settings;
    settings.id = u"a"_s;
    settings.queue = {1 << 26, 100000, PacketQueue::WhenFull::Wait};
    settings.retryDelay = std::chrono::milliseconds(0);
    Destination destination(settings, std::make_unique<FileSink>(path), [] {});
    push(destination, 480, 500);
    QTRY_COMPARE(destination.status().frame, pyramidOrder(480, 20, 10).back());
    QVERIFY(QFile::remove(path));
    QTest::ignoreMessage(
        QtWarningMsg,
        qPrintable(u"a: retrying: the file %1 was deleted while it was recorded"_s.arg(path)));
    push(destination, 500, 530);
    QTRY_COMPARE(destination.status().frame, pyramidOrder(500, 30, 10).back());
    QCOMPARE(stateName(destination.status().state), u"running"_s);
    destination.finish();
    QTRY_VERIFY(destination.hasEnded());
    QCOMPARE(stateName(destination.status().state), u"ended"_s);
    QCOMPARE(destination.status().lostFrames, qint64(20)); // 490 to 509
    QVERIFY(contentOf(path).size() > 2000);
}

void TestFiles::readOnlyDisk_isSaid_withWhatToDo()
{
    const QString text = u"make the file /srv/a.mkv: %1; that disk can only be "
                         u"read: mount it for writing, or choose another"_s.arg(
                             QString::fromLocal8Bit(std::strerror(EROFS)));
    QTest::ignoreMessage(QtWarningMsg, qPrintable(u"a: retrying: "_s + text));
    Destination::Settings settings;
    settings.id = u"a"_s;
    settings.queue = {1 << 20, 100, PacketQueue::WhenFull::Wait};
    Destination destination(settings, std::make_unique<ReadOnlySink>(), [] {});
    QTRY_COMPARE(stateName(destination.status().state), u"retrying"_s);
    QCOMPARE(destination.status().error->detail, text);
    QCOMPARE(destination.status().error->code, ErrorCode::PermissionDenied);
}

void TestFiles::fileThatCannotGrow_isLeftWhole_andAnotherBegun()
{
    const QString path = m_dir->filePath(u"a.mkv"_s);
    FileSink sink(path);
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 480, 500, 20000));
    const qint64 whole = QFileInfo(path).size(); // 480 to 489
    QVERIFY(whole > 200'000);
    {
        const FileSizeLimit limit(whole + 50'000);
        const Result<void> written = feed(sink, 500, 510, 20000);
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::Io);
        QCOMPARE(written.error().native, EFBIG);
        QVERIFY(written.error().detail.contains(path));
    }
    QCOMPARE(QFileInfo(path).size(), whole); // without the half of a group
    QCOMPARE(sink.lostFrames(), qint64(10));
    sink.abandon();
    QVERIFY(sink.prepare());
    QVERIFY(feed(sink, 510, 530, 20000));
    QVERIFY(!sink.trouble());
    QVERIFY(sink.finish());
    QCOMPARE(sink.lostFrames(), qint64(20)); // 490 to 509
    QCOMPARE(QFileInfo(path).size(), whole);
    QCOMPARE(sink.address(), m_dir->filePath(u"a (2).mkv"_s));
    QVERIFY(QFileInfo(sink.address()).size() > 400'000);
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
