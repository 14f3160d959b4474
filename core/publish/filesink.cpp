// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/filesink.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qint64 kMaxWaitingBytes = 16 * 1024 * 1024;
constexpr int kTsMaxDelayUs = 700'000; // PCR is set back by that

Muxer::Options optionsFor(const QByteArray &format)
{
    // A cluster or fragment ends where flush() says, and nowhere else.
    if (format == "matroska")
        return {format, {{"cluster_time_limit", "60000"}, {"cluster_size_limit", "33554432"}}, 0};
    // Without delay_moov each track of an MP4 would begin at its own zero: sound 67 ms early. The
    // movie's time scale holds frames of all usual rates and samples without a rest.
    if (format == "mp4")
        return {format,
                {{"movflags", "frag_custom+empty_moov+delay_moov+default_base_moof"},
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
    // Not made here: an unmounted disk would be recorded beside.
    const QString folder = QFileInfo(m_path).absolutePath();
    if (!QFileInfo(folder).isDir())
        return Error{ErrorCode::NotFound, u"the folder %1 does not exist"_s.arg(folder), 0};
    return {};
}

Result<void> FileSink::begin(const TimelinePacket &key)
{
    const QByteArray format = formatFor(m_path).value();
    Result<std::unique_ptr<WriteBehindFile>> file = WriteBehindFile::create(m_path);
    if (!file)
        return file.error();
    m_file = std::move(file).value();
    m_madePath = m_file->path();
    Result<std::unique_ptr<MuxerIo>> io = MuxerIo::create(
        [this](qint64 offset, const std::uint8_t *bytes, int size) -> Result<void> {
            m_file->write(offset, bytes, size);
            return {};
        },
        MuxerIo::Seeking::Allowed);
    if (!io)
        return io.error();
    m_io = std::move(io).value();
    m_streams = key.streams;
    Result<std::unique_ptr<Muxer>> muxer
        = Muxer::create(optionsFor(format), *m_streams, m_io->context());
    if (!muxer)
        return muxer.error();
    m_muxer = std::move(muxer).value();
    // Decode times must not run below zero, nor a TS's clock reference, which is a second earlier.
    // MP4 has edit lists for that.
    qint64 lead = m_streams->videoDelay;
    if (format == "mpegts")
        lead += qint64(m_streams->rate.toDouble() + 1);
    else if (format == "mp4")
        lead = 0;
    m_clock.emplace(m_streams->rate, key.pts - lead);
    m_lastDts.reset();
    return m_muxer->writeHeader();
}

Result<void> FileSink::bringOut()
{
    Result<void> flushed = m_muxer->flush();
    if (!flushed)
        return flushed;
    if (Result<void> written = m_file->flush(); !written)
        m_trouble = written.error();
    else
        m_trouble.reset();
    m_bytes = m_bytesBefore + m_file->writtenBytes();
    return {};
}

Result<void> FileSink::write(const TimelinePacketPtr &packet)
{
    const bool isKey = packet->isVideo() && packet->isKey;
    if (m_muxer && isKey && packet->streams->fingerprint != m_streams->fingerprint) {
        if (Result<void> ended = end(); !ended)
            return ended;
    }
    if (!m_muxer) {
        if (!isKey)
            return {};
        if (Result<void> begun = begin(*packet); !begun)
            return begun;
    } else if (isKey) {
        if (Result<void> out = bringOut(); !out)
            return out;
        if (!m_trouble)
            m_isDropping = false;
    }
    if (m_file->waitingBytes() > kMaxWaitingBytes)
        m_isDropping = true;
    if (m_isDropping)
        return {}; // counted by the jump in dts when it goes on
    if (packet->isVideo()) {
        if (m_lastDts)
            m_lostFrames += std::max<qint64>(0, packet->dts - *m_lastDts - 1);
        m_lastDts = packet->dts;
    }
    return m_muxer->write(*packet, *m_clock);
}

Result<void> FileSink::end()
{
    Result<void> result = m_muxer->flush();
    if (result)
        result = m_muxer->writeTrailer();
    if (result)
        result = m_file->sync();
    m_bytesBefore += m_file->writtenBytes();
    m_bytes = m_bytesBefore;
    abandon();
    return result;
}

Result<void> FileSink::finish()
{
    return m_muxer ? end() : Result<void>();
}

void FileSink::abandon()
{
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
