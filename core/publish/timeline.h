// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/avptr.h"

#include <QByteArray>

#include <memory>
#include <vector>

namespace continuo {

/// What the packets of a stream have in common, shared by all of them. Two sessions whose sets have
/// equal fingerprints go on as one stream.
struct StreamSet {
    FrameRate rate;
    ParametersPtr video; ///< H.264, extradata in annex B form
    ParametersPtr audio; ///< AAC, extradata is the AudioSpecificConfig
    int videoDelay
        = 0; ///< frames by which decoding runs ahead of showing (dts = pts - this at most)
    QByteArray fingerprint; ///< of all that a decoder must be told

    /// A set for \p video and \p audio (both are copied); null when memory is out.
    static std::shared_ptr<const StreamSet> create(FrameRate rate, const AVCodecParameters *video,
                                                   const AVCodecParameters *audio);
};

/// One encoded packet on the channel's timeline, never changed once made: all destinations share
/// it. Times of video are absolute frame numbers, of audio absolute samples at 48 kHz.
struct TimelinePacket {
    enum class Kind { Video, Audio };

    Kind kind = Kind::Video;
    bool isKey = false;
    qint64 pts = 0;
    qint64 dts = 0;
    PacketPtr payload; ///< its own timestamps mean nothing
    std::shared_ptr<const StreamSet> streams;

    bool isVideo() const { return kind == Kind::Video; }
    qint64 sizeBytes() const { return payload ? payload->size : 0; }
};

using TimelinePacketPtr = std::shared_ptr<const TimelinePacket>;
using TimelineBatch = std::vector<TimelinePacketPtr>;

constexpr qint64 kAacFrameSamples = 1024;

/// True when the decode time of \p a is before that of \p b (exact, whatever their kinds).
bool decodesBefore(const TimelinePacket &a, const TimelinePacket &b, FrameRate rate);

/// Maps frame and sample numbers to ticks of a muxer's time base, counted from frame \p origin on.
/// Each is rounded to the nearest tick by itself, so errors never add up.
class MuxClock final {
public:
    MuxClock(FrameRate rate, qint64 origin)
        : m_rate(rate)
        , m_origin(origin)
    {
    }

    qint64 videoTicks(qint64 frame, AVRational base) const;
    qint64 audioTicks(qint64 sample, AVRational base) const;
    qint64 origin() const { return m_origin; }

private:
    FrameRate m_rate;
    qint64 m_origin;
};

} // namespace continuo
