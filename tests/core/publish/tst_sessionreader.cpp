// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/muxer.h"
#include "core/publish/sessionreader.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>

using namespace Qt::StringLiterals;

namespace continuo::test {

// Encoded streams with a fault in them, as NUT through a real FIFO.
class TestSessionReader final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }
    void faultyStream_isASessionFailed_andEndsBeforeTheFault_data();
    void faultyStream_isASessionFailed_andEndsBeforeTheFault();
};

namespace {

constexpr FrameRate kSessionRate{30, 1};
constexpr qint64 kSessionStart = 480;

// What the reader said, from its thread.
struct Heard {
    std::mutex mutex;
    std::optional<Error> error;
    std::optional<SessionEnd> end;
    qint64 released = kSessionStart; // the first frame that was not

    bool hasEnded()
    {
        const std::scoped_lock lock(mutex);
        return end.has_value();
    }
};

QByteArray makeNut(const TimelineBatch &packets, const StreamSet &streams)
{
    QByteArray bytes;
    auto io = MuxerIo::create(
        [&bytes](qint64, std::uint8_t *data, int size) -> Result<void> {
            bytes.append(reinterpret_cast<const char *>(data), size);
            return {};
        },
        MuxerIo::Seeking::Forbidden);
    auto muxer = Muxer::create({"nut", {}, 0}, streams, io.value()->context());
    bool isGood = bool(muxer.value()->writeHeader());
    for (const TimelinePacketPtr &packet : packets)
        isGood = isGood && muxer.value()->write(*packet, MuxClock(kSessionRate, 0));
    isGood = isGood && muxer.value()->flush();
    return isGood ? bytes : QByteArray();
}

} // namespace

void TestSessionReader::faultyStream_isASessionFailed_andEndsBeforeTheFault_data()
{
    QTest::addColumn<bool>("isVideo"); // which packet is at fault
    QTest::addColumn<qint64>("shift"); // of its and all later times; 0: it is empty
    QTest::newRow("empty picture") << true << qint64(0);
    QTest::newRow("empty sound") << false << qint64(0);
    QTest::newRow("picture an hour ahead") << true << qint64(108000);
    QTest::newRow("sound an hour ahead") << false << qint64(172800000);
}

void TestSessionReader::faultyStream_isASessionFailed_andEndsBeforeTheFault()
{
    QFETCH(bool, isVideo);
    QFETCH(qint64, shift);
    const auto streams = makeStreams(kSessionRate, 0);
    TimelineBatch packets;
    qint64 frame = kSessionStart;
    for (qint64 sample = 740 * 1024; frame < kSessionStart + 60; sample += 1024) {
        for (; samplesBefore(frame, kSessionRate) < sample; ++frame) {
            const bool isBad = isVideo && frame >= kSessionStart + 30;
            const qint64 time = frame + (isBad ? shift : 0);
            packets.push_back(makeVideo(time, time, frame == kSessionStart,
                                        isBad && shift == 0 ? 0 : 100, streams));
        }
        const bool isBad = !isVideo && sample >= samplesBefore(kSessionStart + 30, kSessionRate);
        packets.push_back(
            makeAudio(sample + (isBad ? shift : 0), isBad && shift == 0 ? 0 : 50, streams));
    }
    const QByteArray nut = makeNut(packets, *streams);
    QVERIFY(!nut.isEmpty() && nut.size() < 65536); // what a pipe holds

    const QTemporaryDir folder;
    const QString path = folder.filePath(u"out"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    const UniqueFd writer(::open(QFile::encodeName(path).constData(), O_RDWR | O_CLOEXEC));
    QCOMPARE(::write(writer.get(), nut.constData(), std::size_t(nut.size())), nut.size());
    Heard heard;
    SessionReader::Callbacks callbacks;
    callbacks.released = [&heard](const TimelineBatch &, qint64 next, const SessionProgress &) {
        const std::scoped_lock lock(heard.mutex);
        heard.released = next;
    };
    callbacks.failed = [&heard](int, const Error &error) {
        const std::scoped_lock lock(heard.mutex);
        heard.error = error;
    };
    callbacks.ended = [&heard](const SessionEnd &end) {
        const std::scoped_lock lock(heard.mutex);
        heard.end = end;
    };
    SessionRequest request;
    request.session = 1;
    request.firstFrame = kSessionStart;
    request.fifo = path;
    request.rate = kSessionRate;
    const auto reader = SessionReader::start(request, callbacks);
    QVERIFY(reader);
    QTRY_VERIFY(heard.hasEnded()); // the writer lives: the fault ended it
    const std::scoped_lock lock(heard.mutex);
    QVERIFY(heard.error);
    QCOMPARE(heard.error->code, ErrorCode::Corrupt);
    QCOMPARE(heard.end->nextFrame, heard.released);
    QVERIFY2(heard.released > kSessionStart + 20 && heard.released <= kSessionStart + 30,
             qPrintable(QString::number(heard.released)));
}

QObject *makeSessionReaderTest()
{
    return new TestSessionReader;
}

} // namespace continuo::test

#include "tst_sessionreader.moc"
