// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/averror.h"
#include "core/media/demuxer.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Formats whose timestamps are the same however a packet was come to. Not those that count from
// where they were opened (MP3, ADTS, elementary streams; Ogg guesses for the first page after a
// seek), nor those in which recordings are joined
// (TS, PS): what was closed up before can only be known by reading.
bool hasFixedTimes(const QString &formatName)
{
    static const QStringList names{u"mov"_s, u"matroska"_s, u"avi"_s,  u"flv"_s,
                                   u"wav"_s, u"w64"_s,      u"aiff"_s, u"flac"_s,
                                   u"mxf"_s, u"nut"_s,      u"asf"_s,  u"caf"_s};
    return names.contains(formatName.section(u',', 0, 0));
}

bool isKey(const AVPacket *packet)
{
    return packet->flags & AV_PKT_FLAG_KEY;
}

// What a sound decoder needs before it is right again (MP3 looks back ten packets) and more, where
// the sound lies behind its picture in the file.
constexpr std::int64_t kSoundBeforeUs = 1'000'000;
// A stream without key frames: it has to be decoded from its start.
constexpr std::int64_t kMostBytesHeld = 256LL * 1024 * 1024;

/// Packets before the one decoded at \p dts, where the file's index holds every packet.
std::int64_t packetsBefore(const AVStream *stream, std::int64_t dts)
{
    auto *mutableStream = const_cast<AVStream *>(stream); // the function lacks the const
    const int entries = avformat_index_get_entries_count(stream);
    if (entries <= 0 || stream->nb_frames <= 0 || entries != stream->nb_frames)
        return -1;
    return av_index_search_timestamp(mutableStream, dts, AVSEEK_FLAG_ANY | AVSEEK_FLAG_BACKWARD);
}

// A step in the index that may hold timestamps that are closed up when the file is read.
constexpr std::int64_t kIndexGapUs = 600'000'000;

/// Whether each packet lasts until the next, as the demuxer of MP4 says it where it has the whole
/// index and no reordered pictures. Then no step is a gap.
bool lastsUntilNext(const AVStream *stream, const QString &formatName)
{
    return formatName.startsWith(u"mov,"_s) && stream->codecpar->video_delay == 0
        && stream->nb_frames == avformat_index_get_entries_count(stream);
}

/// Whether an index runs through the file once and without a gap. That of an MP4 with several edits
/// does not: it shows parts again or leaves them out, and a search in it finds the wrong ones.
bool isIndexInOrder(const AVStream *stream, const QString &formatName)
{
    const bool hasNoGap = lastsUntilNext(stream, formatName);
    const std::int64_t gap = av_rescale_q(kIndexGapUs, AV_TIME_BASE_Q, stream->time_base);
    auto *mutableStream = const_cast<AVStream *>(stream); // the function lacks the const
    const int entries = avformat_index_get_entries_count(stream);
    std::int64_t last = INT64_MIN;
    bool hasBegun = false;
    for (int i = 0; i < entries; ++i) {
        const AVIndexEntry *entry = avformat_index_get_entry(mutableStream, i);
        const bool isLeftOut = entry->flags & AVINDEX_DISCARD_FRAME;
        if (entry->timestamp < last || (isLeftOut && hasBegun && i + 1 < entries)
            || (i > 0 && !hasNoGap && entry->timestamp - gap > last))
            return false;
        hasBegun = hasBegun || !isLeftOut;
        last = entry->timestamp;
    }
    return true;
}

} // namespace

Result<Demuxer::Landing> Demuxer::goTo(Way way, Track track, std::int64_t stamp)
{
    TrackState &leading = state(track);
    if (!leading.stream)
        return Error{ErrorCode::Unsupported, u"there is no such stream"_s, 0};
    switch (way) {
    case Way::Index:
        return goByIndex(leading, stamp);
    case Way::Waypoint:
        return goByWaypoint(track, stamp);
    case Way::Read:
        break;
    }
    return goByReading(leading, stamp, Sound::Near);
}

void Demuxer::leaveOut(Track track)
{
    TrackState &left = state(track);
    if (!left.stream)
        return;
    left.isLeftOut = true;
    // Where recordings are joined, the other track keeps in step by its times; so does one with a
    // long hole in Matroska, which does not say how long packets last. (It is read there anyway.)
    if (!isMadeOfJoins() && !formatName().startsWith(u"matroska"_s))
        m_format->streams[left.stream->index]->discard = AVDISCARD_ALL;
    left.queue.clear();
    left.queuedBytes = 0;
}

bool Demuxer::queuePacket()
{
    PacketPtr packet = readPacket();
    if (!packet)
        return false;
    for (TrackState &track : m_tracks) {
        if (!track.stream || packet->stream_index != track.stream->index)
            continue;
        track.queuedBytes += packet->size;
        track.queue.push_back(std::move(packet));
        return true;
    }
    return true;
}

Result<Demuxer::Landing> Demuxer::goByIndex(TrackState &track, std::int64_t stamp)
{
    const Error noSeeking{ErrorCode::Unsupported, u"no seeking in %1"_s.arg(formatName()), 0};
    if (!hasFixedTimes(formatName()) || m_times->jumps() > 0 || m_badReads > 0)
        return noSeeking;
    startDeadline();
    const int sought
        = avformat_seek_file(m_format.get(), track.stream->index, INT64_MIN, stamp, stamp, 0);
    for (TrackState &each : m_tracks) {
        each.queue.clear();
        each.queuedBytes = 0;
    }
    m_times->goElsewhere();
    m_ended = false;
    m_readError = {};
    if (sought < 0)
        return errorFromAv(sought, u"seek"_s);
    // Matroska reads its index only now.
    if (!isIndexInOrder(track.stream, formatName()))
        return noSeeking;
    // What comes before the key frame is of no use to a decoder.
    while (track.queue.empty()) {
        if (!queuePacket())
            return Error{ErrorCode::Corrupt, u"no key frame after seeking"_s, 0};
        if (!track.queue.empty() && !isKey(track.queue.front().get()))
            pop(track);
    }
    const AVPacket *packet = track.queue.front().get();
    if (stampOf(packet) == AV_NOPTS_VALUE)
        return Error{ErrorCode::Unsupported, u"a key frame without a timestamp"_s, 0};
    Landing landing;
    landing.stamp = stampOf(packet);
    if (packet->dts != AV_NOPTS_VALUE)
        landing.packets = packetsBefore(track.stream, packet->dts);
    return landing;
}

bool Demuxer::isBefore(const TrackState &track, std::int64_t timeUs)
{
    const std::int64_t stamp = stampOf(track.queue.front().get());
    return stamp == AV_NOPTS_VALUE
        || av_rescale_q(stamp, track.stream->time_base, AV_TIME_BASE_Q) < timeUs;
}

Result<Demuxer::Landing> Demuxer::goByReading(TrackState &track, std::int64_t stamp, Sound sound)
{
    TrackState &other = m_tracks[&track == m_tracks.data() ? 1 : 0];
    const AVRational base = track.stream->time_base;
    const std::int64_t soundFromUs = av_rescale_q(stamp, base, AV_TIME_BASE_Q) - kSoundBeforeUs;
    Landing landing;
    bool hasKey = false;
    for (std::size_t at = 0;; ++at) {
        while (at >= track.queue.size() && queuePacket()) {
            // Sound on the way is not needed; one packet stays, since decoders may wait for any.
            while (sound == Sound::Near && other.queue.size() > 1 && isBefore(other, soundFromUs))
                pop(other);
        }
        if (at >= track.queue.size())
            break;
        const AVPacket *packet = track.queue[at].get();
        const std::int64_t order = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
        if (order != AV_NOPTS_VALUE && order > stamp)
            break;
        if (isKey(packet) && stampOf(packet) != AV_NOPTS_VALUE && stampOf(packet) <= stamp) {
            landing.stamp = stampOf(packet);
            hasKey = true;
            for (; at > 0; --at)
                pop(track);
        }
        if (track.queuedBytes > kMostBytesHeld)
            return Error{ErrorCode::Corrupt, u"no key frame within reach"_s, 0};
    }
    if (!hasKey)
        return Error{ErrorCode::Corrupt, u"no key frame found"_s, 0};
    landing.packets = track.passed;
    return landing;
}

} // namespace continuo
