// SPDX-License-Identifier: GPL-3.0-or-later
// Starts in the midst of files that have no index: from waypoints, which were noted while all of
// the file was read.
#include "core/media/averror.h"
#include "core/media/demuxer.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// What is read to find what was noted; it lies right there, or the file is another.
constexpr int kMostPackets = 2000;
constexpr std::int64_t kMostBytes = 64LL * 1024 * 1024;

void shiftStamps(AVPacket *packet, std::int64_t ticks)
{
    for (std::int64_t *stamp : {&packet->pts, &packet->dts}) {
        if (*stamp != AV_NOPTS_VALUE)
            *stamp += ticks;
    }
}

} // namespace

void Demuxer::noteWaypoints(std::optional<std::int64_t> zeroUs)
{
    const AVStream *picture = stream(Track::Picture);
    const AVStream *sound = stream(Track::Sound);
    m_noter.emplace(m_format.get(), picture ? picture : sound, picture ? sound : nullptr, zeroUs);
}

WaypointList Demuxer::takeWaypoints()
{
    WaypointList list = m_noter ? m_noter->take() : WaypointList();
    m_noter.reset();
    return list;
}

bool Demuxer::hasIndexFor(const WaypointList &list)
{
    const AVStream *leading
        = stream(Track::Picture) ? stream(Track::Picture) : stream(Track::Sound);
    // Matroska reads its index when it is first sought in.
    startDeadline();
    if (list.isEmpty()
        || avformat_seek_file(m_format.get(), leading->index, INT64_MIN, 0, 0, 0) < 0)
        return false;
    const int entries = avformat_index_get_entries_count(leading);
    auto *stream = const_cast<AVStream *>(leading); // the function lacks the const
    const AVIndexEntry *last = avformat_index_get_entry(stream, entries - 1);
    return last && last->timestamp >= list.points.back().stamp;
}

Result<Demuxer::Landing> Demuxer::goByWaypoint(Track track, std::int64_t stamp)
{
    const auto after = std::ranges::upper_bound(m_waypoints.points, stamp, {}, &Waypoint::stamp);
    TrackState &leading = state(track);
    const AVStream *beside = track == Track::Picture ? stream(Track::Sound) : nullptr;
    if (after == m_waypoints.points.begin() || leading.stream->index != m_waypoints.leading
        || (beside ? beside->index : -1) != m_waypoints.other)
        return Error{ErrorCode::Unsupported, u"no waypoint before that, for these tracks"_s, 0};
    const Waypoint &waypoint = *std::prev(after);
    for (TrackState &each : m_tracks) {
        each.queue.clear();
        each.queuedBytes = 0;
    }
    m_ended = false;
    m_readError = {};
    startDeadline();
    if (!seekTo(waypoint, leading))
        return Error{ErrorCode::Corrupt, u"a waypoint cannot be gone to"_s, 0};
    if (Result<void> found = goOnFrom(waypoint, track); !found)
        return found.error();
    leading.passed = waypoint.packets;
    Result<Landing> landing
        = goByReading(leading, stamp, waypoint.drift ? Sound::All : Sound::Near);
    if (landing)
        landing->drift = waypoint.drift;
    return landing;
}

bool Demuxer::seekTo(const Waypoint &waypoint, const TrackState &track)
{
    if (waypointSeekOf(m_format.get()) == WaypointSeek::Bytes)
        return av_seek_frame(m_format.get(), -1, waypoint.position, AVSEEK_FLAG_BYTE) >= 0;
    auto *stream = m_format->streams[track.stream->index];
    const std::int64_t stamp
        = waypoint.stamp - av_rescale_q(waypoint.shiftUs, AV_TIME_BASE_Q, stream->time_base);
    return av_add_index_entry(stream, waypoint.position, stamp, 0, 0, AVINDEX_KEYFRAME) >= 0
        && av_seek_frame(m_format.get(), stream->index, stamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

// What comes before the packets that were noted is left out. The first of them are compared with
// what they were when all before them was read: in content and in time.
Result<void> Demuxer::goOnFrom(const Waypoint &waypoint, Track track)
{
    struct Stream {
        std::int64_t stamp;
        TimeRepair::Place place;
        WaypointDigest digest;
        bool hasBegun = false;
    };
    const auto placeAt = [&](Track which, std::int64_t dts, std::int64_t startUs) {
        // As it was rounded when the file was read.
        const AVRational base = state(which).stream->time_base;
        const std::int64_t ticks = av_rescale_q(waypoint.shiftUs, AV_TIME_BASE_Q, base);
        const std::int64_t lastUs
            = av_rescale_q(dts - ticks, base, AV_TIME_BASE_Q) + waypoint.shiftUs;
        return TimeRepair::Place{true, false, startUs, lastUs, 0, waypoint.shiftUs};
    };
    const bool hasOther = m_waypoints.other >= 0;
    std::array<Stream, 2> streams; // the leading one, the other
    streams[0] = {waypoint.stamp, placeAt(track, waypoint.dts, m_waypoints.startUs[0]), {}};
    if (hasOther) {
        streams[1] = {waypoint.otherStamp,
                      placeAt(Track::Sound, waypoint.otherDts, m_waypoints.startUs[1]),
                      {}};
        m_times->goOnAt(Track::Sound, streams[1].place); // until its own first packet comes
    }
    const Error isAnother{ErrorCode::Corrupt, u"a waypoint leads to something else"_s, 0};
    std::int64_t bytes = 0;
    int packets = 0;
    while (!streams[0].digest.isComplete() || (hasOther && !streams[1].digest.isComplete())) {
        PacketPtr packet = readUnrepaired();
        if (!packet)
            return isAnother;
        bytes += packet->size;
        if (++packets > kMostPackets || bytes > kMostBytes)
            return isAnother;
        const Track which = *trackOf(*packet);
        Stream &stream = streams[which == track ? 0 : 1];
        TrackState &queued = state(which);
        const AVRational base = queued.stream->time_base;
        if (stream.hasBegun) {
            m_times->repair(which, packet.get(), base);
        } else {
            const std::int64_t shift = av_rescale_q(waypoint.shiftUs, AV_TIME_BASE_Q, base);
            const bool isFirst
                = which == track ? bool(packet->flags & AV_PKT_FLAG_KEY) : streams[0].hasBegun;
            if (!isFirst || stampOf(packet.get()) == AV_NOPTS_VALUE
                || stampOf(packet.get()) + shift != stream.stamp)
                continue;
            stream.hasBegun = true;
            shiftStamps(packet.get(), shift);
            stream.place.lengthUs
                = std::max<std::int64_t>(av_rescale_q(packet->duration, base, AV_TIME_BASE_Q), 0);
            m_times->goOnAt(which, stream.place);
        }
        stream.digest.add(*packet);
        queued.queuedBytes += packet->size;
        queued.queue.push_back(std::move(packet));
    }
    if (WaypointDigest::of(streams[0].digest, streams[1].digest) != waypoint.digest)
        return isAnother;
    return {};
}

} // namespace continuo
