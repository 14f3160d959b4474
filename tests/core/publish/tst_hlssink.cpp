// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlssink.h"
#include "tests/core/publish/packets.h"
#include "tests/core/publish/subjects.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <malloc.h>

using namespace Qt::StringLiterals;

namespace continuo::test {

class TestHlsSink final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void segments_areCutAtTheGrid_withTheirSound();
    void continuityCounters_runOnOverSegments();
    void clockOfTheStream_isTheFrameNumber_overTheWrap();
    void hole_isADiscontinuity_andCounted();
    void newParameters_areADiscontinuity();
    void secondRun_goesOnWithoutRewriting();
    void secondRun_atTheExactFrame_needsNoDiscontinuity();
    void longArchive_costsItsListAndNoMore();
    void lostList_isBegunAboveEveryFile();
    void folderThatGoesAway_isTroubleUntilItIsBack();
    void folderThatIsMovedAway_isSaid_andMadeAgain_data();
    void folderThatIsMovedAway_isSaid_andMadeAgain();
    void slidingWindow_deletesLater();
    void listThatCannotBeReplaced_isTrouble_andKeepsItsSegments();
    void secondWriter_isRefused();

private:
    static constexpr qint64 kGop = 10;

    std::unique_ptr<HlsSink> makeSink(int listSize = 0);
    // Frames first..end-1 as released by a session that begins at first.
    Result<void> feed(HlsSink &sink, qint64 first, qint64 end, int variant = 0);
    QString path(const QString &name) const { return m_dir->filePath(u"hls/"_s + name); }
    QByteArray read(const QString &name) const;
    QStringList segments() const;
    HlsPlaylist playlist() const;

    std::unique_ptr<QTemporaryDir> m_dir;
    std::shared_ptr<Epochs> m_epochs;
    qint64 m_lastSample = -1;
};

namespace {

constexpr FrameRate kRate{30, 1};

struct TsPacket {
    int pid = 0;
    int counter = 0;
    bool hasPayload = false;
    qint64 pcr = -1;
    qint64 pts = -1;
};

qint64 readStamp(const std::uint8_t *p)
{
    return (qint64(p[0] >> 1) & 7) << 30 | qint64(p[1]) << 22 | (qint64(p[2]) >> 1) << 15
        | qint64(p[3]) << 7 | qint64(p[4]) >> 1;
}

QList<TsPacket> parseTs(const QByteArray &bytes)
{
    QList<TsPacket> packets;
    for (qsizetype at = 0; at + 188 <= bytes.size(); at += 188) {
        const auto *p = reinterpret_cast<const std::uint8_t *>(bytes.constData() + at);
        TsPacket packet;
        if (p[0] != 0x47)
            return {};
        packet.pid = (p[1] & 0x1f) << 8 | p[2];
        packet.counter = p[3] & 15;
        packet.hasPayload = p[3] & 0x10;
        std::size_t payload = 4;
        if (p[3] & 0x20) {
            if (p[4] > 0 && (p[5] & 0x10))
                packet.pcr = qint64(p[6]) << 25 | qint64(p[7]) << 17 | qint64(p[8]) << 9
                    | qint64(p[9]) << 1 | qint64(p[10]) >> 7;
            payload += 1u + p[4];
        }
        const bool isStart = (p[1] & 0x40) && packet.hasPayload && payload + 14 <= 188;
        const std::uint8_t *pes = p + payload;
        if (isStart && pes[0] == 0 && pes[1] == 0 && pes[2] == 1 && (pes[7] & 0x80))
            packet.pts = readStamp(pes + 9);
        packets.append(packet);
    }
    return packets;
}

} // namespace

void TestHlsSink::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
    // In memory where there is such a folder, for the many fsyncs.
    const QString memory = u"/dev/shm"_s;
    m_dir = std::make_unique<QTemporaryDir>(
        (QFileInfo(memory).isWritable() ? memory : QDir::tempPath()) + u"/tst_hlssink"_s);
    m_lastSample = -1;
    m_epochs = std::make_shared<Epochs>(kRate);
    m_epochs->add(0, 1'700'000'000'000'000);
}

std::unique_ptr<HlsSink> TestHlsSink::makeSink(int listSize)
{
    HlsSink::Settings settings;
    settings.folder = m_dir->filePath(u"hls"_s);
    settings.rate = kRate;
    settings.gop = kGop;
    settings.listSize = listSize;
    return std::make_unique<HlsSink>(settings, m_epochs);
}

Result<void> TestHlsSink::feed(HlsSink &sink, qint64 first, qint64 end, int variant)
{
    const auto streams = makeStreams(kRate, 2, variant);
    for (const TimelinePacketPtr &packet :
         makeSession(first, end - first, kGop, kRate, 0, streams)) {
        if (!packet->isVideo()) {
            // As the release rule does: from the packet that holds the first frame's sound on,
            // and none twice.
            if (packet->pts + 1024 <= samplesBefore(first, kRate) || packet->pts <= m_lastSample)
                continue;
            m_lastSample = packet->pts;
        }
        if (Result<void> written = sink.write(packet); !written)
            return written;
    }
    return {};
}

QByteArray TestHlsSink::read(const QString &name) const
{
    QFile file(path(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList TestHlsSink::segments() const
{
    return QDir(m_dir->filePath(u"hls"_s)).entryList({u"*.ts"_s}, QDir::Files, QDir::Name);
}

HlsPlaylist TestHlsSink::playlist() const
{
    HlsPlaylist list(1, 0);
    if (!list.resume(read(u"index.m3u8"_s)))
        return HlsPlaylist(1, 0);
    return list;
}

void TestHlsSink::segments_areCutAtTheGrid_withTheirSound()
{
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 484, 515));
    QVERIFY(sink->finish());
    // 484-489 (short, at once), 490-499, 500-509, 510-514
    QCOMPARE(segments(),
             (QStringList{u"seg00000048.ts"_s, u"seg00000049.ts"_s, u"seg00000050.ts"_s,
                          u"seg00000051.ts"_s}));
    const HlsPlaylist list = playlist();
    QCOMPARE(list.segments().size(), std::size_t(4));
    QCOMPARE(list.segments()[0].durationUs, qint64(200'000));
    QCOMPARE(list.segments()[1].durationUs, qint64(333'333));
    QCOMPARE(list.segments()[3].durationUs, qint64(166'667));
    QCOMPARE(list.segments()[1].wallUs, 1'700'000'000'000'000 + 16'333'000); // 490/30 s in ms
    QVERIFY(read(u"index.m3u8"_s).endsWith("#EXT-X-ENDLIST\n"));
    QCOMPARE(list.nextFrame(), qint64(515));
    for (int i = 0; i < 4; ++i) {
        const qint64 first = i == 0 ? 484 : 480 + i * 10;
        qint64 frames = 0;
        for (const TsPacket &packet : parseTs(read(segments()[i]))) {
            if (packet.pid == 0x100 && packet.pts >= 0) {
                ++frames;
                QVERIFY(packet.pts >= first * 3000);
            }
            if (packet.pid == 0x101 && packet.pts >= 0) {
                // The sound of a segment begins in it, and before the next one.
                const qint64 sample = packet.pts * 48000 / 90000;
                QVERIFY(sample + 1024 >= samplesBefore(first, kRate));
                QVERIFY(sample < samplesBefore(480 + (i + 1) * 10, kRate));
            }
        }
        QCOMPARE(frames, i == 0 ? 6 : i == 3 ? 5 : 10);
    }
}

void TestHlsSink::continuityCounters_runOnOverSegments()
{
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 530));
    QVERIFY(sink->finish());
    QMap<int, int> counters;
    QVERIFY(segments().size() >= 5);
    for (const QString &name : segments()) {
        const QList<TsPacket> packets = parseTs(read(name));
        QVERIFY(packets.size() > 3);
        QCOMPARE(packets[0].pid, 0x11); // tables first: SDT, PAT, PMT
        QCOMPARE(packets[1].pid, 0);
        for (const TsPacket &packet : packets) {
            if (!packet.hasPayload)
                continue;
            if (counters.contains(packet.pid))
                QCOMPARE(packet.counter, (counters[packet.pid] + 1) % 16);
            counters[packet.pid] = packet.counter;
        }
    }
}

void TestHlsSink::clockOfTheStream_isTheFrameNumber_overTheWrap()
{
    constexpr qint64 kWrap = qint64(1) << 33;
    const qint64 wrapFrame = kWrap / 3000; // 2863311.5: the wrap lies within
    const qint64 first = wrapFrame / kGop * kGop - kGop;
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, first, first + 40));
    QVERIFY(sink->finish());
    QList<qint64> stamps;
    for (const QString &name : segments()) {
        for (const TsPacket &packet : parseTs(read(name))) {
            if (packet.pid == 0x100 && packet.pts >= 0)
                stamps.append(packet.pts);
            if (packet.pcr >= 0) { // 0.7 s ahead, modulo the wrap, too
                const qint64 frame = first - 2 + qint64(stamps.size()) - (packet.pts >= 0 ? 1 : 0);
                QCOMPARE(packet.pcr, (frame * 3000 - 63000) % kWrap);
            }
        }
    }
    QCOMPARE(stamps.size(), 40);
    QList<qint64> expected;
    for (const qint64 frame : pyramidOrder(first, 40, kGop))
        expected.append(frame * 3000 % kWrap);
    QCOMPARE(stamps, expected);
}

void TestHlsSink::hole_isADiscontinuity_andCounted()
{
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 495));
    QVERIFY(feed(*sink, 510, 525)); // 15 frames are missing
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(15));
    const HlsPlaylist list = playlist();
    QList<bool> discontinuous;
    for (const HlsSegment &segment : list.segments())
        discontinuous.append(segment.isDiscontinuous);
    QCOMPARE(discontinuous, (QList<bool>{false, false, true, false}));
    QCOMPARE(list.segments().back().sequence, qint64(51));
}

void TestHlsSink::newParameters_areADiscontinuity()
{
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 490));
    QVERIFY(feed(*sink, 490, 500, 1));
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(0));
    const HlsPlaylist list = playlist();
    QCOMPARE(list.segments().size(), std::size_t(2));
    QVERIFY(!list.segments()[0].isDiscontinuous);
    QVERIFY(list.segments()[1].isDiscontinuous);
}

void TestHlsSink::secondRun_goesOnWithoutRewriting()
{
    auto sink = makeSink(3);
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 525));
    QVERIFY(sink->finish());
    sink.reset();
    QMap<QString, QByteArray> before;
    for (const QString &name : segments())
        before.insert(name, read(name));
    QCOMPARE(before.size(), 5);
    sink = makeSink(3);
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 560, 580));
    QVERIFY(sink->finish());
    for (auto it = before.cbegin(); it != before.cend(); ++it)
        QCOMPARE(read(it.key()), it.value());
    const HlsPlaylist list = playlist();
    QCOMPARE(list.segments().size(), std::size_t(3));
    QCOMPARE(list.segments()[0].sequence, qint64(52));
    QCOMPARE(list.segments()[1].sequence, qint64(53)); // not 56: the numbers go on
    QVERIFY(list.segments()[1].isDiscontinuous);
    QVERIFY(!list.segments()[2].isDiscontinuous);
}

void TestHlsSink::secondRun_atTheExactFrame_needsNoDiscontinuity()
{
    auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 500));
    QVERIFY(sink->finish());
    sink.reset();
    sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 500, 520));
    QVERIFY(sink->finish());
    const HlsPlaylist list = playlist();
    QCOMPARE(list.segments().size(), std::size_t(4));
    for (const HlsSegment &segment : list.segments())
        QVERIFY(!segment.isDiscontinuous);
}

// Eleven hours that are all kept: a publisher that comes back reads their list and their names.
void TestHlsSink::longArchive_costsItsListAndNoMore()
{
    constexpr int kSegments = 20'000;
    QVERIFY(makeSink()->prepare());
    {
        HlsPlaylist all(2, 0);
        for (int i = 0; i < kSegments; ++i) {
            all.append({i, 2'000'000, 0, false});
            QVERIFY(QFile(path(segmentFileName(i))).open(QIODevice::WriteOnly));
        }
        QFile list(path(u"index.m3u8"_s));
        QVERIFY(list.open(QIODevice::WriteOnly));
        list.write(all.toText(HlsPlaylist::End::Open));
    }
    const auto taken = [] {
        const struct mallinfo2 now = ::mallinfo2();
        return qint64(now.arena + now.hblkhd);
    };
    ::malloc_trim(0);
    const qint64 before = taken();
    auto sink = makeSink();
    QVERIFY(sink->prepare());
    const qint64 each = (taken() - before) / kSegments;
    QVERIFY2(each < 400, qPrintable(u"%1 bytes a segment"_s.arg(each)));
    QCOMPARE(playlist().segments().size(), std::size_t(kSegments));
}

void TestHlsSink::lostList_isBegunAboveEveryFile()
{
    auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 500));
    QVERIFY(sink->finish());
    QFile list(path(u"index.m3u8"_s));
    QVERIFY(list.open(QIODevice::WriteOnly | QIODevice::Truncate));
    list.write("#EXTM3U\nbroken");
    list.close();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"not one of ours"_s));
    sink.reset();
    sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 490));
    QVERIFY(sink->finish());
    QCOMPARE(playlist().segments().front().sequence, qint64(50));
}

void TestHlsSink::folderThatGoesAway_isTroubleUntilItIsBack()
{
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 500));
    QVERIFY(!sink->trouble());
    QVERIFY(QDir(m_dir->filePath(u"hls"_s)).removeRecursively());
    // A file where the folder should be: no segment can be written.
    QFile file(m_dir->filePath(u"hls"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QVERIFY(feed(*sink, 500, 520));
    QVERIFY(sink->trouble());
    QVERIFY(!sink->trouble()->detail.isEmpty());
    QVERIFY(file.remove());
    QVERIFY(feed(*sink, 520, 540));
    QVERIFY(!sink->trouble());
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(0)); // what waited is there
    QCOMPARE(segments().size(), 5); // 490 on
}

void TestHlsSink::folderThatIsMovedAway_isSaid_andMadeAgain_data()
{
    QTest::addColumn<bool>("isReplaced");
    QTest::newRow("nothing in its place") << false;
    QTest::newRow("another in its place") << true;
}

void TestHlsSink::folderThatIsMovedAway_isSaid_andMadeAgain()
{
    QFETCH(bool, isReplaced);
    const auto sink = makeSink();
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 510));
    QVERIFY(!sink->trouble());
    QVERIFY(QDir(m_dir->path()).rename(u"hls"_s, u"moved"_s));
    if (isReplaced)
        QVERIFY(QDir(m_dir->path()).mkdir(u"hls"_s));
    QStringList told;
    for (qint64 frame = 510; frame < 550; frame += kGop) {
        QVERIFY(feed(*sink, frame, frame + kGop));
        if (sink->trouble() && !told.contains(sink->trouble()->detail))
            told.append(sink->trouble()->detail);
    }
    QCOMPARE(told.size(), 1);
    QVERIFY2(told.first().contains(m_dir->filePath(u"hls"_s))
                 && told.first().contains(u"moved away"_s),
             qPrintable(told.first()));
    QVERIFY(!sink->trouble());
    QCOMPARE(sink->lostFrames(), qint64(0));
    const auto second = makeSink();
    const Result<void> refused = second->prepare(); // the new one is locked as the old one was
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Busy);
    QVERIFY(sink->finish());
    QVERIFY(segments().contains(u"seg00000054.ts"_s));
    QVERIFY(read(u"index.m3u8"_s).contains("seg00000054.ts"));
}

void TestHlsSink::slidingWindow_deletesLater()
{
    const auto sink = makeSink(2);
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 600));
    QVERIFY(sink->finish());
    QCOMPARE(playlist().segments().size(), std::size_t(2));
    // 2 listed, 2 + 1 that a client may still read.
    QCOMPARE(segments().size(), 5);
    QCOMPARE(segments().last(), u"seg00000059.ts"_s);
}

void TestHlsSink::listThatCannotBeReplaced_isTrouble_andKeepsItsSegments()
{
    const QStringList named{u"seg00000049.ts"_s, u"seg00000050.ts"_s};
    const auto sink = makeSink(2);
    QVERIFY(sink->prepare());
    QVERIFY(feed(*sink, 480, 520));
    const QByteArray frozen = read(u"index.m3u8"_s);
    for (const QString &name : named)
        QVERIFY(frozen.contains(name.toLatin1()));
    // Something in the way of the new list, not of the segments.
    QVERIFY(QDir(m_dir->filePath(u"hls"_s)).mkdir(u"index.m3u8.new"_s));
    QVERIFY(feed(*sink, 520, 700));
    QVERIFY(sink->trouble());
    QCOMPARE(sink->trouble()->code, ErrorCode::AlreadyExists);
    QVERIFY(sink->trouble()->detail.contains(u"index.m3u8"_s));
    QCOMPARE(read(u"index.m3u8"_s), frozen);
    for (const QString &name : named)
        QVERIFY(segments().contains(name));
    QCOMPARE(segments().size(), 7); // these, and those that there would be otherwise
    QVERIFY(QDir(m_dir->filePath(u"hls"_s)).rmdir(u"index.m3u8.new"_s));
    QVERIFY(feed(*sink, 700, 720));
    QVERIFY(!sink->trouble());
    QCOMPARE(playlist().segments().back().sequence, qint64(70));
    for (const QString &name : named) // a client may have read the list just before
        QVERIFY(segments().contains(name));
    QVERIFY(feed(*sink, 720, 760));
    QVERIFY(sink->finish());
    QCOMPARE(sink->lostFrames(), qint64(0));
    QCOMPARE(segments().size(), 5);
    QCOMPARE(segments().first(), u"seg00000071.ts"_s);
}

void TestHlsSink::secondWriter_isRefused()
{
    auto first = makeSink();
    QVERIFY(first->prepare());
    const auto second = makeSink();
    const Result<void> prepared = second->prepare();
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::Busy);
    first.reset();
    QVERIFY(second->prepare());
}

QObject *makeHlsSinkTest()
{
    return new TestHlsSink;
}

} // namespace continuo::test

#include "tst_hlssink.moc"
