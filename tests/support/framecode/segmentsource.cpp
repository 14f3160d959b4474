// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/segmentsource.h"

#include <QDir>
#include <QFileInfo>
#include <QStringList>
#include <QUrl>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

constexpr int kBufferBytes = 64 * 1024;
constexpr std::chrono::milliseconds kPollInterval{100};

QString errorText(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return QString::fromUtf8(text);
}

/// A file or an address, whole.
Outcome<QByteArray> fetch(const QString &url)
{
    AVIOContext *io = nullptr;
    AVDictionary *options = nullptr;
    av_dict_set(&options, "rw_timeout", "5000000", 0); // microseconds
    const int opened = avio_open2(&io, url.toUtf8().constData(), AVIO_FLAG_READ, nullptr, &options);
    av_dict_free(&options);
    if (opened < 0)
        return Failure{u"%1: %2"_s.arg(url, errorText(opened))};
    QByteArray bytes;
    QByteArray part(kBufferBytes, Qt::Uninitialized);
    int got = 0;
    while ((got = avio_read(io, reinterpret_cast<unsigned char *>(part.data()), kBufferBytes)) > 0)
        bytes.append(part.constData(), got);
    avio_closep(&io);
    if (got < 0 && got != AVERROR_EOF)
        return Failure{u"%1: %2"_s.arg(url, errorText(got))};
    return bytes;
}

QString resolved(const QString &base, const QString &reference)
{
    if (base.contains(u"://"_s))
        return QUrl(base).resolved(QUrl(reference)).toString();
    if (reference.contains(u"://"_s) || QFileInfo(reference).isAbsolute())
        return reference;
    return QFileInfo(base).dir().filePath(QUrl::fromPercentEncoding(reference.toUtf8()));
}

QString quotedAttribute(const QString &line, const QString &name)
{
    const qsizetype start = line.indexOf(name + u"=\""_s);
    if (start < 0)
        return {};
    const qsizetype from = start + name.size() + 2;
    return line.mid(from, line.indexOf(u'"', from) - from);
}

Outcome<QString> playlistIn(const QString &folder)
{
    const QStringList found = QDir(folder).entryList({u"*.m3u8"_s}, QDir::Files, QDir::Name);
    for (const QString &usual : {u"index.m3u8"_s, u"master.m3u8"_s}) {
        if (found.contains(usual))
            return QDir(folder).filePath(usual);
    }
    if (found.size() != 1) {
        return Failure{
            u"%1 holds %2 playlists: name the one that is meant"_s.arg(folder).arg(found.size())};
    }
    return QDir(folder).filePath(found.first());
}

/// The first variant of a master playlist; empty if the text is a media playlist.
QString firstVariant(const QByteArray &text)
{
    const QStringList lines = QString::fromUtf8(text).split(u'\n');
    bool next = false;
    for (const QString &raw : lines) {
        const QString line = raw.trimmed();
        if (line.startsWith(u"#EXT-X-STREAM-INF"_s))
            next = true;
        else if (next && !line.isEmpty() && !line.startsWith(u'#'))
            return line;
    }
    return {};
}

} // namespace

bool SegmentSource::isPlaylist(const QString &input)
{
    if (input.contains(u"://"_s))
        return QUrl(input).path().endsWith(u".m3u8"_s);
    return input.endsWith(u".m3u8"_s) || QFileInfo(input).isDir();
}

Outcome<std::unique_ptr<SegmentSource>> SegmentSource::open(const QString &input,
                                                            std::chrono::milliseconds follow)
{
    QString playlist = input;
    if (!input.contains(u"://"_s) && QFileInfo(input).isDir()) {
        const Outcome<QString> found = playlistIn(input);
        if (!found)
            return Failure{found.error()};
        playlist = found.value();
    }
    std::unique_ptr<SegmentSource> source(new SegmentSource(playlist, follow));
    auto *buffer = static_cast<unsigned char *>(av_malloc(kBufferBytes));
    source->m_io = buffer == nullptr ? nullptr
                                     : avio_alloc_context(buffer, kBufferBytes, 0, source.get(),
                                                          &readCallback, nullptr, nullptr);
    if (source->m_io == nullptr)
        return Failure{u"no memory for reading segments"_s};
    source->m_io->seekable = 0;
    Outcome<Done> first = source->refresh();
    // Somebody who follows may be here before the stream is.
    while (!first && source->isFollowing()) {
        std::this_thread::sleep_for(kPollInterval);
        first = source->refresh();
    }
    if (!first)
        return Failure{first.error()};
    return source;
}

SegmentSource::SegmentSource(QString playlist, std::chrono::milliseconds follow)
    : m_playlist(std::move(playlist))
    , m_follow(follow)
{
    m_sinceStart.start();
}

SegmentSource::~SegmentSource()
{
    if (m_io != nullptr)
        av_freep(&m_io->buffer);
    avio_context_free(&m_io);
}

bool SegmentSource::isFollowing() const
{
    return !m_facts.ended && m_sinceStart.elapsed() < m_follow.count();
}

int SegmentSource::readCallback(void *opaque, std::uint8_t *buffer, int size)
{
    return static_cast<SegmentSource *>(opaque)->read(buffer, size);
}

int SegmentSource::read(std::uint8_t *buffer, int size)
{
    while (m_at >= m_current.size()) {
        if (m_follow.count() > 0 && !m_facts.ended) {
            // A list that cannot be read just now may be back at the next poll; what was missed
            // meanwhile is counted then, by its sequence number.
            while (!refresh() || m_waiting.isEmpty()) {
                if (!isFollowing())
                    break;
                std::this_thread::sleep_for(kPollInterval);
            }
        }
        if (m_waiting.isEmpty())
            return AVERROR_EOF;
        m_current = m_waiting.takeFirst();
        m_at = 0;
    }
    const auto count = static_cast<int>(std::min<qsizetype>(size, m_current.size() - m_at));
    std::memcpy(buffer, m_current.constData() + m_at, static_cast<std::size_t>(count));
    m_at += count;
    return count;
}

Outcome<Done> SegmentSource::refresh()
{
    Outcome<QByteArray> text = fetch(m_playlist);
    if (!text)
        return Failure{text.error()};
    const QString variant = firstVariant(text.value());
    if (!variant.isEmpty()) {
        m_playlist = resolved(m_playlist, variant);
        text = fetch(m_playlist);
        if (!text)
            return Failure{text.error()};
    }
    if (!text.value().startsWith("#EXTM3U"))
        return Failure{u"%1 is no playlist"_s.arg(m_playlist)};
    takeSegments(text.value());
    return Done{};
}

void SegmentSource::takeSegments(const QByteArray &text)
{
    qint64 sequence = 0;
    bool discontinuity = false;
    QString map;
    const QStringList lines = QString::fromUtf8(text).split(u'\n');
    for (const QString &raw : lines) {
        const QString line = raw.trimmed();
        if (line.startsWith(u"#EXT-X-MEDIA-SEQUENCE:"_s))
            sequence = line.mid(line.indexOf(u':') + 1).toLongLong();
        else if (line == u"#EXT-X-DISCONTINUITY"_s)
            discontinuity = true;
        else if (line == u"#EXT-X-ENDLIST"_s)
            m_facts.ended = true;
        else if (line.startsWith(u"#EXT-X-MAP"_s))
            map = quotedAttribute(line, u"URI"_s);
        if (line.isEmpty() || line.startsWith(u'#'))
            continue;
        const qint64 number = sequence++;
        const bool marked = std::exchange(discontinuity, false);
        if (number < m_nextSequence)
            continue;
        if (m_nextSequence >= 0)
            m_facts.missedSegments += static_cast<int>(number - m_nextSequence);
        if (marked && m_facts.segments > 0)
            ++m_facts.discontinuities;
        m_nextSequence = number + 1;
        if (!map.isEmpty() && map != m_map) {
            const Outcome<QByteArray> section = fetch(resolved(m_playlist, map));
            if (section)
                m_waiting.append(section.value());
            m_map = map;
        }
        const Outcome<QByteArray> segment = fetch(resolved(m_playlist, line));
        if (!segment) {
            ++m_facts.missedSegments;
            continue;
        }
        ++m_facts.segments;
        m_waiting.append(segment.value());
    }
}

} // namespace framecode
