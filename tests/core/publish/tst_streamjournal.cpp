// SPDX-License-Identifier: GPL-3.0-or-later
// What a publisher leaves in the journal, and how the next one's destinations go on from it.
#include "core/frames/packetjournal.h"
#include "core/publish/continuitycounters.h"
#include "core/publish/destination.h"
#include "core/publish/filesink.h"
#include "core/publish/hlssink.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo::test {

namespace {

constexpr FrameRate kRate{30, 1};
constexpr int kGop = 10;

TimelineBatch part(const TimelineBatch &whole, qint64 first, qint64 end)
{
    TimelineBatch batch;
    for (const TimelinePacketPtr &packet : whole) {
        const qint64 frame = packet->isVideo() ? packet->pts : packet->pts * kRate.num / 48000;
        if (frame >= first && frame < end)
            batch.push_back(packet);
    }
    return batch;
}

int videoPackets(const QString &path)
{
    AVFormatContext *file = nullptr;
    if (avformat_open_input(&file, QFile::encodeName(path).constData(), nullptr, nullptr) < 0)
        return -1;
    const PacketPtr packet(av_packet_alloc());
    int count = 0;
    for (; av_read_frame(file, packet.get()) >= 0; av_packet_unref(packet.get()))
        count += file->streams[packet->stream_index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    avformat_close_input(&file);
    return count;
}

} // namespace

class TestStreamJournal final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void packets_comeBackWithTheirStreams();
    void notes_countForTheirTargetOnly();
    void continuity_goesOnFromAnotherStream();
    void destination_takesNothingTwice();
    void hole_isCounted_data();
    void hole_isCounted();
    void deletedFile_isNotGoneOnWith();
    void anotherFileInItsPlace_isNotTouched();
    void endedFile_isGoneOnWith_data();
    void endedFile_isGoneOnWith();
    void indexOfThePast_isLeftOut_whenItTakesTooLong_data();
    void indexOfThePast_isLeftOut_whenItTakesTooLong();

private:
    std::shared_ptr<StreamJournal> open() const
    {
        return StreamJournal::open(UniqueFd(::dup(m_memory.get())), kRate).value();
    }
    std::unique_ptr<Sink> makeSink(const QString &type,
                                   const std::shared_ptr<StreamJournal> &journal) const;
    // A publisher that wrote 40 frames and was killed.
    void writeAndKill(const QString &type, const std::shared_ptr<StreamJournal> &journal) const;
    std::unique_ptr<Destination> makeResumed(const QString &type,
                                             const std::shared_ptr<StreamJournal> &journal) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    UniqueFd m_memory;
    const std::shared_ptr<const StreamSet> m_streams = makeStreams(kRate, 2, 0);
};

void TestStreamJournal::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    m_dir = std::make_unique<QTemporaryDir>();
    m_memory = PacketJournal::create(1024 * 1024).value();
}

std::unique_ptr<Sink>
TestStreamJournal::makeSink(const QString &type,
                            const std::shared_ptr<StreamJournal> &journal) const
{
    if (type != u"hls"_s) {
        const QString path = m_dir->filePath(u"rec."_s + type);
        return std::make_unique<FileSink>(path, SinkNote(journal, type, path));
    }
    HlsSink::Settings hls;
    hls.folder = m_dir->filePath(type);
    hls.rate = kRate;
    hls.gop = kGop;
    hls.listSize = 0;
    const auto epochs = std::make_shared<Epochs>(kRate);
    epochs->add(480, 1'700'000'000'000'000);
    return std::make_unique<HlsSink>(hls, epochs, SinkNote(journal, type, hls.folder));
}

void TestStreamJournal::writeAndKill(const QString &type,
                                     const std::shared_ptr<StreamJournal> &journal) const
{
    const std::unique_ptr<Sink> sink = makeSink(type, journal); // goes without finish()
    QVERIFY(sink->prepare());
    for (const TimelinePacketPtr &packet : makeSession(480, 40, kGop, kRate, 0, m_streams)) {
        if (packet->isVideo() || packet->pts + 1024 > samplesBefore(480, kRate))
            QVERIFY(sink->write(packet));
    }
}

std::unique_ptr<Destination>
TestStreamJournal::makeResumed(const QString &type,
                               const std::shared_ptr<StreamJournal> &journal) const
{
    Destination::Settings settings;
    settings.id = type;
    settings.queue = {1 << 26, 100000, PacketQueue::WhenFull::Wait};
    settings.isResumed = true;
    return std::make_unique<Destination>(settings, makeSink(type, journal), [] {});
}

void TestStreamJournal::packets_comeBackWithTheirStreams()
{
    const auto first = makeStreams(kRate, 2, 0);
    const auto second = makeStreams(kRate, 2, 1);
    const TimelineBatch before = makeSession(480, 20, kGop, kRate, 0, first);
    const TimelineBatch after = makeSession(500, 20, kGop, kRate, 0, second);
    QCOMPARE(open()->read().nextFrame, -1);
    {
        const auto journal = open();
        journal->append(before, 500, 800'000);
        journal->append(after, 520, std::nullopt);
    }
    const StreamJournal::Contents contents = open()->read();
    QCOMPARE(contents.nextFrame, 520);
    QVERIFY(!contents.nextSample);
    QCOMPARE(contents.packets.size(), before.size() + after.size());
    for (std::size_t i = 0; i < contents.packets.size(); ++i) {
        const TimelinePacket &due = i < before.size() ? *before[i] : *after[i - before.size()];
        const TimelinePacket &packet = *contents.packets[i];
        QCOMPARE(packet.isVideo(), due.isVideo());
        QCOMPARE(packet.isKey, due.isKey);
        QCOMPARE(packet.pts, due.pts);
        QCOMPARE(packet.dts, due.dts);
        QCOMPARE(
            QByteArray(reinterpret_cast<const char *>(packet.payload->data), packet.payload->size),
            QByteArray(reinterpret_cast<const char *>(due.payload->data), due.payload->size));
        QCOMPARE(packet.streams->fingerprint, due.streams->fingerprint);
        QCOMPARE(packet.streams->videoDelay, 2);
    }
}

void TestStreamJournal::notes_countForTheirTargetOnly()
{
    const SinkNote note(open(), u"id"_s, u"/a"_s);
    QVERIFY(note.value().isEmpty());
    note.set({{u"x"_s, 1}});
    QCOMPARE(SinkNote(open(), u"id"_s, u"/a"_s).value().value(u"x"_s).toInt(), 1);
    QVERIFY(SinkNote(open(), u"id"_s, u"/b"_s).value().isEmpty());
    note.remove();
    QVERIFY(note.value().isEmpty());
    SinkNote().set({{u"x"_s, 1}}); // without a journal: nothing
    QVERIFY(SinkNote().value().isEmpty());
}

void TestStreamJournal::continuity_goesOnFromAnotherStream()
{
    const auto packet = [](int pid, int counter, bool hasPayload) {
        QByteArray bytes(188, '\0');
        bytes[0] = '\x47';
        bytes[1] = char(pid >> 8);
        bytes[2] = char(pid & 0xff);
        bytes[3] = char((hasPayload ? 0x10 : 0x20) | counter);
        return bytes;
    };
    ContinuityCounters counters;
    counters.observe(packet(256, 14, true) + packet(0, 3, true));
    QByteArray next = packet(256, 0, true) + packet(256, 0, false) + packet(256, 1, true)
        + packet(0, 0, true) + packet(257, 7, true);
    counters.renumber(reinterpret_cast<std::uint8_t *>(next.data()), next.size());
    QCOMPARE(next,
             packet(256, 15, true) + packet(256, 15, false) + packet(256, 0, true)
                 + packet(0, 4, true) + packet(257, 7, true));
}

void TestStreamJournal::destination_takesNothingTwice()
{
    const auto journal = open();
    writeAndKill(u"mkv"_s, journal);
    const QJsonObject note = journal->note(u"mkv"_s);
    QVERIFY(note.value(u"bytes"_s).toInteger() > 0);
    QCOMPARE(note.value(u"frame"_s).toInteger(), 510);
    // What the journal holds and what was pushed since overlap.
    const TimelineBatch whole = makeSession(480, 40, kGop, kRate, 0, m_streams);
    const auto destination = makeResumed(u"mkv"_s, journal);
    for (const TimelinePacketPtr &packet : part(whole, 505, 520))
        destination->push(packet);
    for (const TimelinePacketPtr &packet : makeSession(520, 40, kGop, kRate, 0, m_streams)) {
        if (packet->isVideo() || packet->pts >= samplesBefore(520, kRate))
            destination->push(packet);
    }
    destination->preload(whole);
    destination->finish();
    QTRY_VERIFY(destination->hasEnded());
    QCOMPARE(stateName(destination->status().state), u"ended"_s);
    QCOMPARE(destination->status().lostFrames, 0);
    QVERIFY(journal->note(u"mkv"_s).isEmpty()); // with its trailer it is not gone on with
}

void TestStreamJournal::hole_isCounted_data()
{
    QTest::addColumn<QString>("type");
    for (const char *type : {"hls", "mkv", "mp4", "ts"})
        QTest::newRow(type) << QString::fromLatin1(type);
}

void TestStreamJournal::hole_isCounted()
{
    QFETCH(QString, type);
    const auto journal = open();
    writeAndKill(type, journal);
    // The journal's oldest is frame 600; what was whole before ends at 510 (a list's last segment
    // waits for the sound of its end).
    const auto destination = makeResumed(type, journal);
    destination->preload(makeSession(600, 40, kGop, kRate, 0, m_streams));
    destination->finish();
    QTRY_VERIFY(destination->hasEnded());
    QCOMPARE(stateName(destination->status().state), u"ended"_s);
    const qint64 lost = destination->status().lostFrames;
    QVERIFY2(lost == 600 - 510 || (type == u"hls"_s && lost == 600 - 500),
             qPrintable(QString::number(lost)));
    if (type != u"hls"_s)
        return;
    QFile list(m_dir->filePath(u"hls/index.m3u8"_s));
    QVERIFY(list.open(QIODevice::ReadOnly));
    QCOMPARE(list.readAll().count("#EXT-X-DISCONTINUITY\n"), 1);
}

void TestStreamJournal::deletedFile_isNotGoneOnWith()
{
    const auto journal = open();
    const QString path = m_dir->filePath(u"rec.mkv"_s);
    const TimelineBatch session = makeSession(480, 40, kGop, kRate, 0, m_streams);
    std::unique_ptr<Sink> sink = makeSink(u"mkv"_s, journal);
    QVERIFY(sink->prepare());
    for (const TimelinePacketPtr &packet : part(session, 480, 500))
        QVERIFY(sink->write(packet));
    QVERIFY(QFile::remove(path));
    QVERIFY(!sink->write(part(session, 500, 501).front()));
    sink->abandon();
    sink.reset(); // killed before it began another
    const QJsonObject note = journal->note(u"mkv"_s);
    QCOMPARE(note.value(u"path"_s).toString(), QString());
    QCOMPARE(note.value(u"lost"_s).toInteger(), qint64(10));
    QFile other(path); // somebody else's by now
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write(QByteArray(100'000, 'x'));
    other.close();
    sink = makeSink(u"mkv"_s, journal);
    QVERIFY(sink->prepare());
    QVERIFY(sink->resumePoint());
    QCOMPARE(sink->resumePoint()->frame, qint64(500)); // which the journal still holds
    for (const TimelinePacketPtr &packet : part(session, 500, 520))
        QVERIFY(sink->write(packet));
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(10)); // 490 to 499
    QCOMPARE(sink->address(), m_dir->filePath(u"rec (2).mkv"_s));
    QVERIFY(other.open(QIODevice::ReadOnly));
    QCOMPARE(other.readAll(), QByteArray(100'000, 'x'));
}

void TestStreamJournal::anotherFileInItsPlace_isNotTouched()
{
    const auto journal = open();
    writeAndKill(u"ts"_s, journal);
    const QString path = m_dir->filePath(u"rec.ts"_s);
    QVERIFY(QFile::rename(path, m_dir->filePath(u"kept.ts"_s)));
    QFile other(path);
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write(QByteArray(100'000, 'x')); // longer than what was whole
    other.close();
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"is not gone on with: .*not what it was"_s));
    const std::unique_ptr<Sink> sink = makeSink(u"ts"_s, journal);
    QVERIFY(sink->prepare());
    for (const TimelinePacketPtr &packet :
         part(makeSession(480, 40, kGop, kRate, 0, m_streams), 510, 520))
        QVERIFY(sink->write(packet));
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(0));
    QCOMPARE(sink->address(), m_dir->filePath(u"rec (2).ts"_s));
    QVERIFY(other.open(QIODevice::ReadOnly));
    QCOMPARE(other.readAll(), QByteArray(100'000, 'x'));
}

void TestStreamJournal::endedFile_isGoneOnWith_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("missingBytes"); // of its end
    QTest::newRow("mkv, by SIGTERM") << u"mkv"_s << 0;
    QTest::newRow("mp4, by SIGTERM") << u"mp4"_s << 0;
    QTest::newRow("mkv, killed while ending it") << u"mkv"_s << 9;
    QTest::newRow("mp4, killed while ending it") << u"mp4"_s << 9;
}

void TestStreamJournal::endedFile_isGoneOnWith()
{
    QFETCH(QString, type);
    QFETCH(int, missingBytes);
    const auto journal = open();
    const QString path = m_dir->filePath(u"rec."_s + type);
    TimelineBatch whole;
    for (const TimelinePacketPtr &packet : makeSession(480, 80, kGop, kRate, 0, m_streams)) {
        if (packet->isVideo() || packet->pts + 1024 > samplesBefore(480, kRate))
            whole.push_back(packet);
    }
    std::unique_ptr<Sink> sink = makeSink(type, journal);
    QVERIFY(sink->prepare());
    for (const TimelinePacketPtr &packet : part(whole, 480, 520))
        QVERIFY(sink->write(packet));
    sink->leaveOpen();
    QVERIFY(sink->finish());
    sink.reset();
    QFile file(path);
    QVERIFY(file.resize(file.size() - missingBytes));
    QCOMPARE(videoPackets(path), 40); // all of it, whatever became of its index
    sink = makeSink(type, journal);
    QVERIFY(sink->prepare());
    QVERIFY(sink->resumePoint());
    QCOMPARE(sink->resumePoint()->frame, qint64(510)); // the last key frame
    for (const TimelinePacketPtr &packet : part(whole, 510, 560))
        QVERIFY(sink->write(packet));
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(0));
    QCOMPARE(sink->address(), path); // no second part
    QCOMPARE(videoPackets(path), 80);
    QVERIFY(journal->note(type).isEmpty());
}

void TestStreamJournal::indexOfThePast_isLeftOut_whenItTakesTooLong_data()
{
    QTest::addColumn<int>("milliseconds");
    QTest::addColumn<int>("points");
    QTest::newRow("in time") << 60'000 << 4;
    QTest::newRow("no time at all") << 0 << 1;
}

void TestStreamJournal::indexOfThePast_isLeftOut_whenItTakesTooLong()
{
    QFETCH(int, milliseconds);
    QFETCH(int, points);
    const auto journal = open();
    writeAndKill(u"mkv"_s, journal); // three clusters are whole
    const QString path = m_dir->filePath(u"rec.mkv"_s);
    FileSink sink(path, SinkNote(journal, u"mkv"_s, path), std::chrono::milliseconds(milliseconds));
    QVERIFY(sink.prepare());
    for (const TimelinePacketPtr &packet :
         part(makeSession(480, 40, kGop, kRate, 0, m_streams), 510, 520))
        QVERIFY(sink.write(packet));
    QVERIFY(sink.finish());
    QCOMPARE(sink.lostFrames(), qint64(0));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray mkv = file.readAll();
    const qsizetype cues = mkv.lastIndexOf("\x1c\x53\xbb\x6b");
    QVERIFY(cues > 0);
    QCOMPARE(mkv.left(cues).count("\x1f\x43\xb6\x75"), qsizetype(4));
    int found = 0; // a CuePoint, its size, its CueTime
    for (qsizetype at = cues; at + 2 < mkv.size(); ++at)
        found += mkv[at] == '\xbb' && mkv[at + 2] == '\xb3' ? 1 : 0;
    QCOMPARE(found, points);
}

QObject *makeStreamJournalTest()
{
    return new TestStreamJournal;
}

} // namespace continuo::test

#include "tst_streamjournal.moc"
