// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/waypointnoter.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace continuo {

namespace {

constexpr std::int64_t kStepUs = 5LL * AV_TIME_BASE;
// Before that, reading from the start takes no longer.
constexpr std::int64_t kFirstUs = 10LL * AV_TIME_BASE;
// Both streams have begun anew and are told apart within that.
constexpr std::int64_t kMostPendingUs = 4LL * AV_TIME_BASE;
constexpr std::int64_t kMostApartUs = 3LL * AV_TIME_BASE;
// Reading by bytes begins so many packets before the one that counts: the first may be torn, and
// what fills in timestamps looks back over some.
constexpr std::size_t kPicturesBefore = 6;
constexpr int kSoundsBefore = 3;

bool isFormat(const AVFormatContext *format, const char *name)
{
    return std::strncmp(format->iformat->name, name, std::strlen(name)) == 0;
}

} // namespace

std::int64_t stampOf(const AVPacket *packet)
{
    return packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

WaypointSeek waypointSeekOf(const AVFormatContext *format)
{
    return isFormat(format, "matroska") || (format->iformat->flags & AVFMT_GENERIC_INDEX)
        ? WaypointSeek::Index
        : WaypointSeek::Bytes;
}

void WaypointDigest::add(const AVPacket &packet)
{
    if (isComplete())
        return;
    ++m_packets;
    // Not dts: demuxers without them make some up from the packets before.
    const std::array<std::int64_t, 3> numbers{stampOf(&packet), packet.size,
                                              packet.flags & AV_PKT_FLAG_KEY};
    const AVCRC *table = av_crc_get_table(AV_CRC_32_IEEE);
    m_value = av_crc(table, m_value, reinterpret_cast<const std::uint8_t *>(numbers.data()),
                     sizeof numbers);
    m_value = av_crc(table, m_value, packet.data, std::size_t(packet.size));
}

std::uint32_t WaypointDigest::of(const WaypointDigest &leading, const WaypointDigest &other)
{
    return leading.value() ^ std::rotl(other.value(), 7);
}

WaypointNoter::WaypointNoter(const AVFormatContext *format, const AVStream *leading,
                             const AVStream *other, std::optional<std::int64_t> zeroUs)
    : m_leading(leading)
    , m_other(other)
    , m_seek(waypointSeekOf(format))
    , m_hasIndexOfItsOwn(isFormat(format, "matroska"))
    , m_leadingTrack(leading->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? Track::Picture
                                                                         : Track::Sound)
    , m_stepUs(kStepUs)
{
    if (zeroUs)
        beginAt(*zeroUs);
    m_list.tickUs = av_q2d(leading->time_base) * AV_TIME_BASE;
    m_list.leading = leading->index;
    m_list.other = other ? other->index : -1;
}

void WaypointNoter::beginAt(std::int64_t zeroUs)
{
    m_list.zeroUs = zeroUs;
    m_nextUs = zeroUs + kFirstUs;
}

void WaypointNoter::add(Track track, const AVPacket &packet, const TimeRepair &times)
{
    if (track == m_leadingTrack)
        addLeading(packet, times);
    else if (m_other)
        addOther(packet, times);
    if (m_pending && m_pending->leading.isComplete() && (!m_other || m_pending->other.isComplete()))
        finishPending();
}

void WaypointNoter::addLeading(const AVPacket &packet, const TimeRepair &times)
{
    const std::int64_t stamp = stampOf(&packet);
    const std::int64_t atUs
        = stamp == AV_NOPTS_VALUE ? 0 : av_rescale_q(stamp, m_leading->time_base, AV_TIME_BASE_Q);
    if (!m_nextUs && stamp != AV_NOPTS_VALUE)
        beginAt(atUs);
    if (m_pending && stamp != AV_NOPTS_VALUE && std::abs(atUs - m_pending->atUs) > kMostPendingUs)
        m_pending.reset();
    if (!m_pending && stamp != AV_NOPTS_VALUE && packet.dts != AV_NOPTS_VALUE && atUs >= *m_nextUs
        && (packet.flags & AV_PKT_FLAG_KEY))
        begin(packet, times, atUs);
    if (m_pending)
        m_pending->leading.add(packet);
    if (packet.pos >= 0)
        m_positions.push_back(packet.pos);
    if (m_positions.size() > kPicturesBefore)
        m_positions.pop_front();
    ++m_packets;
}

void WaypointNoter::begin(const AVPacket &packet, const TimeRepair &times, std::int64_t atUs)
{
    const TimeRepair::Place here = times.place(m_leadingTrack);
    if (here.hasLeapt)
        return;
    if (m_other) {
        const TimeRepair::Place beside = times.place(Track::Sound);
        if (!beside.hasBegun || beside.hasLeapt || beside.shiftUs != here.shiftUs)
            return;
    }
    const std::optional<std::int64_t> position = positionOf(packet, here.shiftUs);
    if (!position)
        return;
    m_pending.emplace();
    m_pending->atUs = atUs;
    Waypoint &point = m_pending->point;
    point.position = *position;
    point.stamp = stampOf(&packet);
    point.dts = packet.dts;
    point.packets = m_packets;
    point.shiftUs = here.shiftUs;
    m_list.startUs[0] = here.startUs;
}

std::optional<std::int64_t> WaypointNoter::positionOf(const AVPacket &packet,
                                                      std::int64_t shiftUs) const
{
    if (m_seek == WaypointSeek::Bytes) {
        if (m_positions.size() < kPicturesBefore)
            return std::nullopt;
        return *std::ranges::min_element(m_positions);
    }
    if (!m_hasIndexOfItsOwn) {
        // A generic index is one of dts.
        return packet.pos >= 0 && packet.dts == stampOf(&packet) ? std::optional(packet.pos)
                                                                 : std::nullopt;
    }
    // Matroska fills its index while it reads: with where the block's cluster begins.
    const std::int64_t shift = av_rescale_q(shiftUs, AV_TIME_BASE_Q, m_leading->time_base);
    auto *stream = const_cast<AVStream *>(m_leading); // the function lacks the const
    const AVIndexEntry *entry
        = avformat_index_get_entry_from_timestamp(stream, stampOf(&packet) - shift, 0);
    if (!entry || entry->timestamp != stampOf(&packet) - shift)
        return std::nullopt;
    return entry->pos;
}

void WaypointNoter::addOther(const AVPacket &packet, const TimeRepair &times)
{
    if (!m_pending)
        return;
    Pending &pending = *m_pending;
    if (!pending.hasOther) {
        const bool isBehind = packet.pos > pending.point.position;
        pending.otherPackets += isBehind || pending.otherPackets > 0 ? 1 : 0;
        if (m_seek == WaypointSeek::Bytes && pending.otherPackets <= kSoundsBefore)
            return;
        const std::int64_t stamp = stampOf(&packet);
        if (stamp == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE)
            return;
        const std::int64_t us = av_rescale_q(stamp, m_other->time_base, AV_TIME_BASE_Q);
        const TimeRepair::Place here = times.place(Track::Sound);
        if (here.hasLeapt || here.shiftUs != pending.point.shiftUs
            || std::abs(us - pending.atUs) > kMostApartUs) {
            m_pending.reset();
            return;
        }
        pending.hasOther = true;
        pending.point.otherStamp = stamp;
        pending.point.otherDts = packet.dts;
        m_list.startUs[1] = here.startUs;
    }
    pending.other.add(packet);
}

void WaypointNoter::finishPending()
{
    m_pending->point.digest = WaypointDigest::of(m_pending->leading, m_pending->other);
    m_nextUs = m_pending->atUs + m_stepUs;
    keep(m_pending->point);
    m_pending.reset();
}

void WaypointNoter::keep(const Waypoint &point)
{
    // A stamp that is not after the one before would mislead who looks for a place.
    if (!m_list.points.empty() && point.stamp <= m_list.points.back().stamp)
        return;
    if (m_list.points.size() == WaypointList::kMost) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < m_list.points.size(); i += 2)
            m_list.points[kept++] = m_list.points[i];
        m_list.points.resize(kept);
        m_stepUs *= 2;
    }
    m_list.points.push_back(point);
}

} // namespace continuo
