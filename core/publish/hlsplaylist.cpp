// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlsplaylist.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMaxTargetSeconds = 3600;
const char kContinuationTag[] = "# continuo next-frame ";

QByteArray dateTime(qint64 wallUs)
{
    return QDateTime::fromMSecsSinceEpoch((wallUs + 500) / 1000, Qt::UTC)
        .toString(u"yyyy-MM-dd'T'HH:mm:ss.zzz'Z'"_s)
        .toLatin1();
}

std::optional<QByteArray> valueOf(const QByteArray &line, const char *tag)
{
    if (!line.startsWith(tag))
        return std::nullopt;
    return line.mid(qsizetype(qstrlen(tag)));
}

QByteArray entryOf(const HlsSegment &segment)
{
    QByteArray entry;
    if (segment.isDiscontinuous)
        entry += "#EXT-X-DISCONTINUITY\n";
    entry += "#EXT-X-PROGRAM-DATE-TIME:" + dateTime(segment.wallUs) + '\n';
    const QByteArray micros
        = QByteArray::number(segment.durationUs % 1'000'000).rightJustified(6, '0');
    entry += "#EXTINF:" + QByteArray::number(segment.durationUs / 1'000'000) + '.' + micros + ",\n";
    entry += segmentFileName(segment.sequence).toLatin1() + '\n';
    return entry;
}

} // namespace

QString segmentFileName(qint64 sequence)
{
    return u"seg%1.ts"_s.arg(sequence, 8, 10, QLatin1Char('0'));
}

std::optional<qint64> segmentSequence(const QString &fileName)
{
    if (!fileName.startsWith(u"seg"_s) || !fileName.endsWith(u".ts"_s) || fileName.size() < 14)
        return std::nullopt;
    const QStringView digits = QStringView(fileName).mid(3, fileName.size() - 6);
    if (!std::all_of(digits.begin(), digits.end(), [](QChar c) { return c >= u'0' && c <= u'9'; }))
        return std::nullopt;
    bool ok = false;
    const qint64 sequence = digits.toLongLong(&ok);
    if (!ok || segmentFileName(sequence) != fileName)
        return std::nullopt;
    return sequence;
}

HlsPlaylist::HlsPlaylist(int targetSeconds, int listSize)
    : m_targetSeconds(std::clamp(targetSeconds, 1, kMaxTargetSeconds))
    , m_listSize(std::max(listSize, 0))
{
}

Result<void> HlsPlaylist::resume(const QByteArray &text)
{
    const Error corrupt{ErrorCode::Corrupt, u"the playlist in the folder is not one of ours"_s, 0};
    HlsPlaylist found(m_targetSeconds, 0);
    qint64 sequence = -1;
    HlsSegment segment;
    bool isFirstLine = true;
    // Line by line: a list of all segments has a hundred thousand of them.
    for (qsizetype begin = 0; begin < text.size();) {
        const qsizetype feed = text.indexOf('\n', begin);
        const qsizetype end = feed < 0 ? text.size() : feed;
        const QByteArray line = text.mid(begin, end - begin).trimmed();
        begin = end + 1;
        if (isFirstLine && line != "#EXTM3U")
            return corrupt;
        isFirstLine = false;
        bool ok = true;
        if (const auto value = valueOf(line, "#EXT-X-MEDIA-SEQUENCE:")) {
            sequence = value->toLongLong(&ok);
        } else if (const auto count = valueOf(line, "#EXT-X-DISCONTINUITY-SEQUENCE:")) {
            found.m_discontinuitySequence = count->toLongLong(&ok);
        } else if (const auto target = valueOf(line, "#EXT-X-TARGETDURATION:")) {
            found.m_targetSeconds
                = std::clamp(std::max(m_targetSeconds, target->toInt(&ok)), 1, kMaxTargetSeconds);
        } else if (const auto state = valueOf(line, kContinuationTag)) {
            found.m_nextFrame = state->split(' ').first().toLongLong(&ok);
            found.m_fingerprint = state->split(' ').last();
        } else if (const auto date = valueOf(line, "#EXT-X-PROGRAM-DATE-TIME:")) {
            const QDateTime time
                = QDateTime::fromString(QString::fromLatin1(*date), Qt::ISODateWithMs);
            ok = time.isValid();
            segment.wallUs = time.toMSecsSinceEpoch() * 1000;
        } else if (const auto duration = valueOf(line, "#EXTINF:")) {
            const double seconds = duration->split(',').first().toDouble(&ok);
            ok = ok && seconds > 0 && seconds < kMaxTargetSeconds;
            segment.durationUs = ok ? std::llround(seconds * 1e6) : 0;
        } else if (line == "#EXT-X-DISCONTINUITY") {
            segment.isDiscontinuous = true;
        } else if (!line.isEmpty() && !line.startsWith('#')) {
            segment.sequence = sequence;
            // Our file names carry the number; anything else is somebody else's list.
            ok = sequence >= 0 && segment.durationUs > 0
                && segmentSequence(QString::fromLatin1(line)) == sequence;
            found.push(segment);
            segment = {};
            ++sequence;
        }
        if (!ok)
            return corrupt;
    }
    if (isFirstLine)
        return corrupt;
    const int listSize = m_listSize;
    *this = found;
    m_listSize = listSize;
    setPublished();
    // What a longer list of before named is left in the folder: it may be somebody's archive.
    while (m_listSize > 0 && m_segments.size() > std::size_t(m_listSize))
        dropOldest();
    return {};
}

qint64 HlsPlaylist::nextSequence(qint64 wish) const
{
    return m_segments.empty() ? wish : m_segments.back().sequence + 1;
}

void HlsPlaylist::append(const HlsSegment &segment)
{
    // RFC 8216: a duration rounded to the nearest integer must not be over the target.
    const qint64 rounded = (segment.durationUs + 500'000) / 1'000'000;
    m_targetSeconds = int(std::clamp<qint64>(rounded, m_targetSeconds, kMaxTargetSeconds));
    push(segment);
    while (m_listSize > 0 && m_segments.size() > std::size_t(m_listSize)) {
        m_expiring.push_back({m_segments.front().sequence, segment.sequence});
        dropOldest();
    }
}

void HlsPlaylist::push(const HlsSegment &segment)
{
    m_segments.push_back(segment);
    m_entries += entryOf(segment);
}

void HlsPlaylist::dropOldest()
{
    const HlsSegment &oldest = m_segments.front();
    m_discontinuitySequence += oldest.isDiscontinuous ? 1 : 0;
    m_entries.remove(0, entryOf(oldest).size());
    m_segments.pop_front();
}

void HlsPlaylist::expectExpired(const std::vector<qint64> &sequences)
{
    for (auto sequence = sequences.rbegin(); sequence != sequences.rend(); ++sequence)
        m_expiring.push_front({*sequence, *sequence + m_listSize});
}

void HlsPlaylist::setPublished()
{
    m_publishedFirst = m_segments.empty() ? 0 : m_segments.front().sequence;
    m_publishedLast = m_segments.empty() ? -1 : m_segments.back().sequence;
}

std::vector<qint64> HlsPlaylist::takeExpired()
{
    // RFC 8216, 6.2.2: not before the segment's own duration and that of the longest list with it
    // have passed. One that the list on disk still names leaves it with the next at the earliest;
    // one that was in no list on disk is nobody's, so that the folder does not grow meanwhile.
    std::vector<qint64> expired;
    if (m_segments.empty())
        return expired;
    const qint64 newest = m_segments.back().sequence;
    const auto isOver
        = [&](const Expiring &segment) { return newest - segment.leftAt > m_listSize; };
    for (Expiring &segment : m_expiring) {
        if (segment.sequence >= m_publishedFirst && segment.sequence <= m_publishedLast)
            segment.leftAt = newest + 1;
        if (isOver(segment))
            expired.push_back(segment.sequence);
    }
    std::erase_if(m_expiring, isOver);
    return expired;
}

void HlsPlaylist::setContinuation(qint64 nextFrame, const QByteArray &fingerprint)
{
    m_nextFrame = nextFrame;
    m_fingerprint = fingerprint;
}

QByteArray HlsPlaylist::toText(End end) const
{
    QByteArray text = "#EXTM3U\n#EXT-X-VERSION:6\n";
    text += "#EXT-X-TARGETDURATION:" + QByteArray::number(m_targetSeconds) + '\n';
    text += "#EXT-X-MEDIA-SEQUENCE:"
        + QByteArray::number(m_segments.empty() ? 0 : m_segments.front().sequence) + '\n';
    text += "#EXT-X-DISCONTINUITY-SEQUENCE:" + QByteArray::number(m_discontinuitySequence) + '\n';
    if (m_listSize == 0)
        text += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
    text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
    if (m_nextFrame >= 0)
        text += kContinuationTag + QByteArray::number(m_nextFrame) + ' ' + m_fingerprint + '\n';
    text += m_entries;
    if (end == End::Ended)
        text += "#EXT-X-ENDLIST\n";
    return text;
}

} // namespace continuo
