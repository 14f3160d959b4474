// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/waypoint.h"
#include "core/media/avptr.h"
#include "core/media/fileinput.h"
#include "core/media/timerepair.h"
#include "core/media/trackchoice.h"
#include "core/media/waypointnoter.h"

#include <QString>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// Reads packets of the best picture stream and the best sound stream of one local file. Packets
/// of the one that are met while looking for the other wait in a bounded queue. Timestamps are
/// made continuous where they jump (TimeRepair). One thread.
class Demuxer final {
public:
    enum class Wanted {
        Both,
        SoundOnly, ///< where the picture cannot be decoded
    };
    /// How to get to a place in the file.
    enum class Way {
        Index, ///< by the format's own means: only where its timestamps are to be trusted after it
        Waypoint, ///< from the last waypoint before it, then as Read
        Read, ///< over all packets from here on, without decoding them
    };
    /// Where a way led to: the packet that a decoder has to begin with.
    struct Landing {
        std::int64_t stamp = 0; ///< pts (dts where there is none), in the stream's time base
        std::int64_t packets = -1; ///< of that stream before it; -1 where unknown
        /// Set: all sound from the waypoint on follows, and so its first sample is placed.
        std::optional<std::int64_t> drift = {};
    };
    enum class Outcome {
        Packet,
        End,
        /// The other track's queue is full (10 s or 64 MiB) and still no packet of this one came.
        OutOfReach,
    };
    struct Taken {
        Outcome outcome = Outcome::End;
        PacketPtr packet;
    };

    /// Reads what \p file is (no playlists) and chooses the streams that have a decoder; opens
    /// nothing else, whatever the file names. Blocks for file reads, 20 s at most where the format
    /// reader asks in between. Errors: Corrupt (no media, or too damaged), Unsupported (no decoder
    /// for anything in it), Timeout, Io.
    static Result<std::unique_ptr<Demuxer>> open(const ClipFilePtr &file, Wanted wanted,
                                                 const TrackChoice &tracks = {});

    Demuxer(const Demuxer &) = delete;
    Demuxer &operator=(const Demuxer &) = delete;

    /// The next packet of \p track, its timestamps repaired. A damaged part of the file is passed
    /// over; a file that cannot be read on ends there (readError()).
    Taken take(Track track);

    /// Goes on at the last key frame of \p track at or before \p stamp (in the stream's time base,
    /// after repair); decoders are to be flushed. May land later than asked for. Errors:
    /// Unsupported (not this way, in this file), Corrupt (no key frame found; what is at the
    /// waypoint is not what was noted). After an error by Way::Index or Way::Waypoint the file has
    /// to be opened anew.
    Result<Landing> goTo(Way way, Track track, std::int64_t stamp);
    /// For Way::Waypoint: what noteWaypoints() found in this file.
    void setWaypoints(WaypointList list) { m_waypoints = std::move(list); }
    /// Notes waypoints from here on, the start of the file. \p zeroUs: the file's time of the
    /// clip's start; nothing: of its first packet.
    void noteWaypoints(std::optional<std::int64_t> zeroUs);
    /// Those noted so far; notes no more.
    WaypointList takeWaypoints();
    /// Whether the format's own index leads to the places in \p list as quickly: to be asked of a
    /// file that was just opened, and of no more use after it.
    bool hasIndexFor(const WaypointList &list);
    /// Hands out no more of \p track.
    void leaveOut(Track track);

    const AVFormatContext *format() const { return m_format.get(); }
    const ClipFile &file() const { return *m_file; }
    const AVStream *stream(Track track) const { return state(track).stream; }
    QString formatName() const;
    /// Why reading ended before the end of the file; success when it did not.
    const Result<void> &readError() const { return m_readError; }
    int badReads() const { return m_badReads; } ///< damaged parts that were passed over so far

private:
    struct TrackState {
        const AVStream *stream = nullptr;
        std::deque<PacketPtr> queue;
        std::int64_t queuedBytes = 0;
        std::int64_t passed
            = 0; ///< packets that left the queue, as long as the file is read in order
        bool isLeftOut = false;
    };

    explicit Demuxer(ClipFilePtr file);

    Result<void> openFormat();
    Result<const AVInputFormat *> probe(AVFormatContext *format);
    AVIOInterruptCB interrupt() { return {&Demuxer::onInterrupt, this}; }
    Result<void> chooseStreams(Wanted wanted, const TrackChoice &tracks);
    PacketPtr readPacket();
    PacketPtr readUnrepaired();
    std::optional<Track> trackOf(const AVPacket &packet) const;
    Result<Landing> goByWaypoint(Track track, std::int64_t stamp);
    bool seekTo(const Waypoint &waypoint, const TrackState &track);
    Result<void> goOnFrom(const Waypoint &waypoint, Track track);
    Result<Landing> goByIndex(TrackState &track, std::int64_t stamp);
    enum class Sound { Near, All }; ///< which of it is kept on the way
    Result<Landing> goByReading(TrackState &track, std::int64_t stamp, Sound sound);
    bool queuePacket();
    static PacketPtr pop(TrackState &track);
    static bool isBefore(const TrackState &track, std::int64_t timeUs);
    bool isFull(const TrackState &track) const;
    bool isMadeOfJoins() const;
    TrackState &state(Track track) { return m_tracks[track == Track::Picture ? 0 : 1]; }
    const TrackState &state(Track track) const { return m_tracks[track == Track::Picture ? 0 : 1]; }
    void startDeadline();
    static int onInterrupt(void *opaque);
    static int onOpen(AVFormatContext *format, AVIOContext **context, const char *address,
                      int flags, AVDictionary **options);
    static int onClose(AVFormatContext *format, AVIOContext *context);

    const ClipFilePtr m_file;
    std::vector<std::unique_ptr<FileInput>> m_inputs; // live longer than the format that reads them
    InputPtr m_format;
    std::chrono::steady_clock::time_point m_deadline;
    std::array<TrackState, 2> m_tracks;
    std::optional<TimeRepair> m_times; ///< once the format is known
    std::optional<WaypointNoter> m_noter;
    WaypointList m_waypoints;
    Result<void> m_readError;
    int m_badReads = 0;
    int m_dropped = 0; ///< sound left out since its queue was full
    bool m_ended = false;
};

} // namespace continuo
