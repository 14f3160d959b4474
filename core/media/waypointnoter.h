// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/waypoint.h"
#include "core/media/timerepair.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <cstdint>
#include <deque>
#include <optional>

namespace continuo {

/// When a packet is shown: its pts, or its dts where it has none.
std::int64_t stampOf(const AVPacket *packet);

/// How a waypoint's place is gone to.
enum class WaypointSeek {
    Bytes, ///< by its byte: timestamps stand in the packets
    Index, ///< by an entry in the format's own index, so that it knows what time it is there
};
WaypointSeek waypointSeekOf(const AVFormatContext *format);

/// Of the first packets from a waypoint on: what is in them, and when.
class WaypointDigest final {
public:
    static constexpr int kPackets = 8; ///< of each stream

    void add(const AVPacket &packet);
    bool isComplete() const { return m_packets == kPackets; }
    std::uint32_t value() const { return m_value; }
    /// Of both streams, in whatever order their packets came.
    static std::uint32_t of(const WaypointDigest &leading, const WaypointDigest &other);

private:
    int m_packets = 0;
    std::uint32_t m_value = 0;
};

/// Notes waypoints while all packets of a clip are read in order. Where the two streams are not in
/// step, or one is missing, it notes none. One thread.
class WaypointNoter final {
public:
    /// \p other is null where there is no sound beside the picture.
    WaypointNoter(const AVFormatContext *format, const AVStream *leading, const AVStream *other,
                  std::optional<std::int64_t> zeroUs);

    /// The next packet, its timestamps repaired by \p times just now; of \p track.
    void add(Track track, const AVPacket &packet, const TimeRepair &times);
    WaypointList take() { return std::move(m_list); }

private:
    struct Pending {
        Waypoint point;
        std::int64_t atUs = 0;
        WaypointDigest leading;
        WaypointDigest other;
        int otherPackets = 0; ///< that began behind the point
        bool hasOther = false; ///< its first packet is chosen
    };

    void beginAt(std::int64_t zeroUs);
    void addLeading(const AVPacket &packet, const TimeRepair &times);
    void addOther(const AVPacket &packet, const TimeRepair &times);
    void begin(const AVPacket &packet, const TimeRepair &times, std::int64_t atUs);
    std::optional<std::int64_t> positionOf(const AVPacket &packet, std::int64_t shiftUs) const;
    void finishPending();
    void keep(const Waypoint &point);

    const AVStream *m_leading;
    const AVStream *m_other;
    const WaypointSeek m_seek;
    const bool m_hasIndexOfItsOwn; ///< in which a place is not where the packet is
    Track m_leadingTrack;
    WaypointList m_list;
    std::int64_t m_stepUs;
    std::optional<std::int64_t> m_nextUs; ///< when the next is due
    std::int64_t m_packets = 0;
    std::deque<std::int64_t> m_positions; ///< of the last packets
    std::optional<Pending> m_pending;
};

} // namespace continuo
