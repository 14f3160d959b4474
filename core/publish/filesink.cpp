// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/filesink.h"

#include "core/base/logging.h"
#include "core/publish/fragmentindex.h"

#include <QFileInfo>

#include <algorithm>
#include <bit>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qint64 kMaxWaitingBytes = 16 * 1024 * 1024;
constexpr char kFragmentAfterHole[] = "+frag_discont"; // MP4; others have no such option
constexpr int kTsMaxDelayUs = 700'000; // PCR is set back by that
constexpr qint64 kTsPacket = 188;
// Tables come each 0.5 s: this much of the file's end has all counters at 100 Mb/s.
constexpr qint64 kCounterBytes = 8 * 1024 * 1024;

constexpr qint64 kClusterHead = 64; // more than its id, size, checksum and time take

struct ClusterHead {
    qint64 bytes = 0; // of the whole cluster
    qint64 timeMs = 0;
};

// The head of a Matroska cluster (RFC 9559, 5.1.3) of known size whose time comes first, after a
// checksum at most.
std::optional<ClusterHead> parseCluster(const QByteArray &bytes)
{
    qsizetype at = 0;
    const auto number = [&](int length) {
        qint64 value = 0;
        for (; length > 0 && at < bytes.size(); --length)
            value = value << 8 | std::uint8_t(bytes[at++]);
        return value;
    };
    const auto size = [&]() -> qint64 {
        const auto first = std::uint8_t(at < bytes.size() ? bytes[at] : 0);
        const int length = std::countl_zero(first) + 1;
        return length > 8 ? -1 : number(length) & ~(qint64(1) << (7 * length));
    };
    if (number(4) != 0x1f43b675)
        return std::nullopt;
    const qint64 payload = size();
    const qsizetype begin = at;
    qint64 id = number(1);
    if (id == 0xbf) { // CRC-32
        (void)number(int(size()));
        id = number(1);
    }
    const qint64 length = id == 0xe7 ? size() : -1; // Timestamp
    if (payload <= 0 || length <= 0 || length > 7)
        return std::nullopt;
    return ClusterHead{begin + payload, number(int(length))};
}

Muxer::Options optionsFor(const QByteArray &format)
{
    // A cluster or fragment ends where flush() says, and nowhere else.
    if (format == "matroska")
        return {
            format, {{"cluster_time_limit", "60000"}, {"cluster_size_limit", "33554432"}}, 0, true};
    // Without delay_moov each track of an MP4 would begin at its own zero: sound 67 ms early. The
    // movie's time scale holds frames of all usual rates and samples without a rest. The index at
    // the end is ours.
    if (format == "mp4")
        return {format,
                {{"movflags", "frag_custom+empty_moov+delay_moov+default_base_moof+skip_trailer"},
                 {"movie_timescale", "240000"}},
                0};
    return {format, {{"mpegts_copyts", "1"}}, kTsMaxDelayUs};
}

} // namespace

Result<QByteArray> FileSink::formatFor(const QString &path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    if (suffix == u"mkv")
        return QByteArray("matroska");
    if (suffix == u"mp4" || suffix == u"m4v")
        return QByteArray("mp4");
    if (suffix == u"ts" || suffix == u"mts")
        return QByteArray("mpegts");
    return Error{ErrorCode::InvalidArgument,
                 u"\"%1\": the name of a recording must end with .mkv, .mp4 or .ts"_s.arg(path), 0};
}

Result<void> FileSink::prepare()
{
    if (Result<QByteArray> format = formatFor(m_path); !format)
        return format.error();
    if (!std::exchange(m_hasPrepared, true)) {
        if (const QJsonObject noted = m_note.value(); !noted.isEmpty())
            resume(noted);
    }
    // Not made here: an unmounted disk would be recorded beside.
    const QString folder = QFileInfo(m_path).absolutePath();
    if (!QFileInfo(folder).isDir())
        return Error{ErrorCode::NotFound, u"the folder %1 does not exist"_s.arg(folder), 0};
    return {};
}

void FileSink::resume(const QJsonObject &note)
{
    Standing left;
    left.path = note.value("path"_L1).toString();
    left.inode = note.value("inode"_L1).toInteger();
    left.bytes = note.value("bytes"_L1).toInteger();
    left.frame = note.value("frame"_L1).toInteger();
    left.dts = note.value("dts"_L1).toInteger();
    left.origin = note.value("origin"_L1).toInteger();
    left.firstFrame = note.value("first_frame"_L1).toInteger();
    left.firstDts = note.value("first_dts"_L1).toInteger();
    left.firstSample = note.value("first_sample"_L1).toInteger();
    left.fingerprint = note.value("fingerprint"_L1).toString().toLatin1();
    left.lost = note.value("lost"_L1).toInteger();
    left.bytesBefore = note.value("bytes_before"_L1).toInteger();
    left.group = note.value("group"_L1).toInt();
    m_lostFrames = left.lost;
    m_lastDts = left.dts - 1;
    m_bytesBefore = left.bytesBefore;
    // In the file stands all that came before this key frame, so all that came after it is wanted.
    m_resume = left.bytes > 0 ? ResumePoint{left.frame, 0} : ResumePoint{left.frame, {}};
    m_left = left;
}

void FileSink::writeNote()
{
    m_note.set({{u"path"_s, m_standing.path},
                {u"inode"_s, m_standing.inode},
                {u"bytes"_s, m_standing.bytes},
                {u"frame"_s, m_standing.frame},
                {u"dts"_s, m_standing.dts},
                {u"origin"_s, m_standing.origin},
                {u"first_frame"_s, m_standing.firstFrame},
                {u"first_dts"_s, m_standing.firstDts},
                {u"first_sample"_s, m_standing.firstSample},
                {u"fingerprint"_s, QString::fromLatin1(m_standing.fingerprint)},
                {u"lost"_s, m_lostFrames.load()},
                {u"bytes_before"_s, m_bytesBefore},
                {u"group"_s, m_standing.group}});
}

Result<void> FileSink::openMuxer(const QByteArray &format)
{
    Result<std::unique_ptr<MuxerIo>> io = MuxerIo::create(
        [this, isTs = format == "mpegts"](qint64 offset, std::uint8_t *bytes,
                                          int size) -> Result<void> {
            if (m_isSwallowing) {
                m_swallowed.append(reinterpret_cast<const char *>(bytes), size);
                return {};
            }
            if (isTs)
                m_counters.renumber(bytes, size);
            m_file->write(offset, bytes, size);
            return {};
        },
        MuxerIo::Seeking::Allowed);
    if (!io)
        return io.error();
    m_io = std::move(io).value();
    Result<std::unique_ptr<Muxer>> muxer
        = Muxer::create(optionsFor(format), *m_streams, m_io->context());
    if (!muxer)
        return muxer.error();
    m_muxer = std::move(muxer).value();
    return {};
}

Result<void> FileSink::begin(const TimelinePacket &key)
{
    const QByteArray format = formatFor(m_path).value();
    m_streams = key.streams;
    const std::optional<Standing> left = std::exchange(m_left, std::nullopt);
    if (left && !left->path.isEmpty()
        && (left->bytes == 0 || left->fingerprint == key.streams->fingerprint)) {
        m_standing = *left;
        Result<void> gone = goOn(key, format);
        if (gone)
            return gone;
        qCWarning(lcPublish, "%ls is not gone on with: %ls", qUtf16Printable(left->path),
                  qUtf16Printable(gone.error().detail));
        abandon();
        m_streams = key.streams;
    }
    Result<std::unique_ptr<WriteBehindFile>> file = WriteBehindFile::create(m_path);
    if (!file)
        return file.error();
    m_file = std::move(file).value();
    return beginNew(key, format);
}

Result<void> FileSink::beginNew(const TimelinePacket &key, const QByteArray &format)
{
    m_madePath = m_file->path();
    m_counters = {};
    if (Result<void> opened = openMuxer(format); !opened)
        return opened;
    // Decode times must not run below zero, nor a TS's clock reference, which is a second earlier.
    // MP4 has edit lists for that.
    qint64 lead = m_streams->videoDelay;
    if (format == "mpegts")
        lead += qint64(m_streams->rate.toDouble() + 1);
    else if (format == "mp4")
        lead = 0;
    m_clock.emplace(m_streams->rate, key.pts - lead);
    m_standing = {m_madePath,
                  m_file->inode(),
                  0,
                  key.pts,
                  m_lastDts ? *m_lastDts + 1 : key.dts,
                  m_clock->origin(),
                  key.pts,
                  key.dts,
                  -1,
                  m_streams->fingerprint,
                  0,
                  m_bytesBefore,
                  0};
    writeNote();
    return m_muxer->writeHeader();
}

Result<void> FileSink::goOn(const TimelinePacket &key, const QByteArray &format)
{
    Result<std::unique_ptr<WriteBehindFile>> file
        = WriteBehindFile::reopen(m_standing.path, m_standing.inode, m_standing.bytes);
    if (!file)
        return file.error();
    m_file = std::move(file).value();
    if (m_standing.bytes == 0)
        return beginNew(key, format);
    m_madePath = m_file->path();
    if (Result<void> opened = openMuxer(format); !opened)
        return opened;
    m_clock.emplace(m_streams->rate, m_standing.origin);
    m_swallowed.clear();
    m_isSwallowing = true;
    Result<void> begun = m_muxer->writeHeader();
    if (begun && format == "mp4")
        begun = skipFirstFragment();
    if (begun && format == "matroska") {
        begun = restoreHead();
        if (begun)
            begun = indexOldClusters(m_swallowed.size());
    }
    m_isSwallowing = false;
    m_swallowed.clear();
    if (!begun)
        return begun;
    if (format == "mpegts") {
        const qint64 seen = std::min(m_standing.bytes, kCounterBytes) / kTsPacket * kTsPacket;
        m_counters = {};
        m_counters.observe(m_file->read(m_standing.bytes - seen, seen));
    }
    qCInfo(lcPublish, "%ls goes on after %lld bytes at frame %lld",
           qUtf16Printable(m_standing.path), static_cast<long long>(m_standing.bytes),
           static_cast<long long>(key.pts));
    return m_muxer->seek(m_standing.bytes);
}

// A file that was ended has another head than one that grows: its length, and where its index is.
Result<void> FileSink::restoreHead()
{
    const qint64 size = m_swallowed.size();
    if (!parseCluster(m_file->read(size, kClusterHead)))
        return Error{ErrorCode::Corrupt, u"its head is another"_s, 0};
    if (m_file->read(0, size) != m_swallowed)
        m_file->write(0, reinterpret_cast<const std::uint8_t *>(m_swallowed.constData()),
                      int(size));
    return {};
}

// The movie's head and its first fragment come out together, and the times of all fragments count
// from that one. So it is written again, with packets of the same times, to nowhere.
Result<void> FileSink::skipFirstFragment()
{
    TimelinePacket video;
    video.isKey = true;
    video.pts = m_standing.firstFrame;
    video.dts = m_standing.firstDts;
    video.streams = m_streams;
    // An access unit of one byte in a NAL unit, in annex B.
    static constexpr std::uint8_t kUnit[] = {0, 0, 0, 1, 0x65, 0x88};
    video.payload.reset(av_packet_alloc());
    TimelinePacket audio;
    audio.kind = TimelinePacket::Kind::Audio;
    audio.pts = m_standing.firstSample;
    audio.dts = audio.pts;
    audio.streams = m_streams;
    audio.payload.reset(av_packet_alloc());
    if (!video.payload || !audio.payload
        || av_new_packet(video.payload.get(), int(sizeof kUnit)) < 0
        || av_new_packet(audio.payload.get(), int(sizeof kUnit)) < 0)
        return Error{ErrorCode::NoSpace, u"out of memory"_s, 0};
    std::copy(std::begin(kUnit), std::end(kUnit), video.payload->data);
    std::copy(std::begin(kUnit), std::end(kUnit), audio.payload->data);
    Result<void> written = m_muxer->write(video, *m_clock);
    if (written && m_standing.firstSample >= 0)
        written = m_muxer->write(audio, *m_clock);
    if (written)
        written = m_muxer->flush();
    m_muxer->setOption("fragment_index", QByteArray::number(m_standing.group + 1).constData());
    m_muxer->setOption("movflags", kFragmentAfterHole);
    return written;
}

// The index at the file's end is to name the clusters of before, too: the muxer is shown a key
// frame at the place and time of each, and what it writes for them goes nowhere. One read each: on
// a hard disk or a share those of a day are minutes, and what is live has to wait. What time does
// not allow for is left without index; it plays, but is slow to seek in.
Result<void> FileSink::indexOldClusters(qint64 from)
{
    TimelinePacket key;
    key.isKey = true;
    key.streams = m_streams;
    key.payload.reset(av_packet_alloc());
    if (!key.payload || av_new_packet(key.payload.get(), 8) < 0)
        return Error{ErrorCode::NoSpace, u"out of memory"_s, 0};
    std::fill_n(key.payload->data, 8, std::uint8_t(0));
    const auto giveUpAt = std::chrono::steady_clock::now() + m_indexTime;
    for (qint64 at = from; at < m_standing.bytes;) {
        if (std::chrono::steady_clock::now() >= giveUpAt) {
            qCInfo(lcPublish, "%ls: its past from byte %lld on is left without index",
                   qUtf16Printable(m_standing.path), static_cast<long long>(at));
            return {};
        }
        const std::optional<ClusterHead> cluster = parseCluster(m_file->read(at, kClusterHead));
        if (!cluster)
            return {}; // not as we write it: the older part then has no index
        const FrameRate rate = m_streams->rate;
        key.pts = m_standing.origin
            + qint64(std::llround(double(cluster->timeMs) * rate.toDouble() / 1000));
        key.dts = key.pts - m_streams->videoDelay; // below that of the frame to go on with
        if (key.dts >= m_standing.dts)
            return {}; // times that do not fit would make the muxer refuse what is to come
        Result<void> shown = m_muxer->seek(at);
        if (shown)
            shown = m_muxer->write(key, *m_clock);
        if (shown)
            shown = m_muxer->flush();
        if (!shown)
            return shown;
        m_swallowed.clear();
        at += cluster->bytes;
    }
    return {};
}

Result<void> FileSink::bringOut(const TimelinePacket &key)
{
    Result<void> flushed = m_muxer->flush();
    if (!flushed)
        return flushed;
    writeOut();
    // Writes into a file that is deleted succeed, and nobody would ever see what they wrote.
    if (Result<void> named = m_file->checkName(); !named)
        return leaveFile(named.error(), key);
    if (m_trouble && m_trouble->code != ErrorCode::NoSpace) {
        // Too large, disk broken, share gone: this file never grows again, another may.
        m_file->leave(m_standing.bytes);
        Error why = *m_trouble;
        if (why.code == ErrorCode::InvalidArgument) // as some shares say; it would be final
            why.code = ErrorCode::Io;
        return leaveFile(why, key);
    }
    if (!m_trouble) {
        m_standing.bytes = m_muxer->position();
        m_standing.frame = key.pts;
        // Not the key frame's: a hole before it is counted after this, and by the next publisher.
        m_standing.dts = m_lastDts ? *m_lastDts + 1 : key.dts;
        ++m_standing.group;
        m_openFrames = 0;
        writeNote();
    }
    return {};
}

// What the file refuses goes on waiting, and is trouble until it takes it.
void FileSink::writeOut()
{
    if (Result<void> written = m_file->flush(); !written)
        m_trouble = written.error();
    else
        m_trouble.reset();
    m_bytes = m_bytesBefore + m_file->writtenBytes();
}

// No publisher is to go on with the file; one that takes over now begins another with \p key.
Error FileSink::leaveFile(const Error &why, const TimelinePacket &key)
{
    m_lostFrames += std::exchange(m_openFrames, 0);
    m_bytesBefore = m_bytes;
    m_standing = {};
    m_standing.frame = key.pts;
    m_standing.dts = m_lastDts ? *m_lastDts + 1 : key.dts;
    writeNote();
    return why;
}

Result<void> FileSink::write(const TimelinePacketPtr &packet)
{
    const bool isKey = packet->isVideo() && packet->isKey;
    if (m_muxer && isKey && packet->streams->fingerprint != m_streams->fingerprint) {
        if (Result<void> ended = end(); !ended)
            return leaveFile(ended.error(), *packet);
    }
    const bool isFirst = !m_muxer; // of this file, from this publisher
    if (isFirst) {
        if (!isKey)
            return {};
        if (Result<void> begun = begin(*packet); !begun)
            return begun;
    } else if (isKey) {
        if (Result<void> out = bringOut(*packet); !out)
            return out;
        if (!m_trouble)
            m_isDropping = false;
    }
    // No sign of a full disk: a long group of a high bitrate waits as a whole in a .ts.
    if (!m_trouble && m_file->waitingBytes() > kMaxWaitingBytes)
        writeOut();
    if (m_file->waitingBytes() > kMaxWaitingBytes)
        m_isDropping = true; // refused
    if (m_isDropping)
        return {}; // counted by the jump in dts when it goes on
    if (packet->isVideo()) {
        const qint64 hole = m_lastDts ? std::max<qint64>(0, packet->dts - *m_lastDts - 1) : 0;
        // Else the muxer would have the frame before last until now. A new file has no such frame.
        if (hole > 0 && !isFirst)
            m_muxer->setOption("movflags", kFragmentAfterHole);
        m_lostFrames += hole;
        m_lastDts = packet->dts;
        ++m_openFrames;
    } else if (m_standing.firstSample < 0) {
        m_standing.firstSample = packet->pts;
    }
    return m_muxer->write(*packet, *m_clock);
}

Result<void> FileSink::writeFragmentIndex()
{
    if (Result<void> flushed = m_file->flush(); !flushed)
        return flushed;
    const qint64 end = m_muxer->position();
    const QByteArray index = fragmentIndex(
        [this](qint64 offset, qint64 bytes) { return m_file->read(offset, bytes); }, end);
    m_file->write(end, reinterpret_cast<const std::uint8_t *>(index.constData()),
                  int(index.size()));
    return {};
}

Result<void> FileSink::end()
{
    Result<void> result = m_muxer->flush();
    if (result)
        result = m_muxer->writeTrailer();
    if (result && formatFor(m_path).value() == "mp4")
        result = writeFragmentIndex();
    if (result)
        result = m_file->sync();
    if (result)
        result = m_file->checkName();
    if (result)
        m_openFrames = 0;
    m_bytesBefore += m_file->writtenBytes();
    m_bytes = m_bytesBefore;
    abandon();
    // Only now: a publisher that takes over before cuts the end off again, and makes it anew.
    if (!m_isLeftOpen)
        m_note.remove();
    return result;
}

Result<void> FileSink::finish()
{
    return m_muxer ? end() : Result<void>();
}

void FileSink::abandon()
{
    m_lostFrames += std::exchange(m_openFrames, 0);
    m_bytesBefore = std::max(m_bytesBefore, m_bytes.load());
    m_trouble.reset(); // it was this file's
    m_muxer.reset();
    m_io.reset();
    m_file.reset();
    m_streams.reset();
    m_isDropping = false;
}

QString FileSink::note() const
{
    if (m_madePath.isEmpty() || m_madePath == m_path)
        return {};
    return u"%1 existed before: recording into %2"_s.arg(QFileInfo(m_path).fileName(),
                                                         QFileInfo(m_madePath).fileName());
}

} // namespace continuo
