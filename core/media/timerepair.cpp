// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/timerepair.h"

#include "core/base/logging.h"

#include <algorithm>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Timestamps never step back so far but where two recordings were joined.
constexpr std::int64_t kBackwardUs = AV_TIME_BASE;
// How far streams that lie side by side are apart in the file.
constexpr std::int64_t kInterleaveUs = 5LL * AV_TIME_BASE;
// A stream that begins so long before or after the other is damaged: sound that is put off by hand
// is put off by seconds.
constexpr std::int64_t kFarthestStartUs = 600LL * AV_TIME_BASE;
// Further than a clock that counts from 1904 (QuickTime) is from now: no timestamp, and sums of
// some such do not overflow, in nanoseconds neither.
constexpr std::int64_t kMostUs = 4'000'000'000LL * AV_TIME_BASE;
// A damaged file may jump at each packet.
constexpr int kMostTold = 10;

std::int64_t inUs(std::int64_t stamp, AVRational base)
{
    return av_rescale_q(stamp, base, AV_TIME_BASE_Q);
}

} // namespace

void TimeRepair::repair(Track track, AVPacket *packet, AVRational base)
{
    Stream &stream = m_streams[track == Track::Picture ? 0 : 1];
    const Stream &other = m_streams[track == Track::Picture ? 1 : 0];
    takeOutDamage(packet, base, stream);
    const std::int64_t lengthUs
        = std::clamp<std::int64_t>(inUs(packet->duration, base), 0, kMostUs);
    const std::int64_t stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    if (stamp == AV_NOPTS_VALUE) {
        // The decoder's side counts on from the frame before.
        stream.lengthUs = std::min(stream.lengthUs + lengthUs, kMostUs);
        return;
    }
    const std::int64_t fileUs = inUs(stamp, base);
    if (stream.hasBegun)
        goOn(stream, other, fileUs);
    else
        begin(stream, other, fileUs);
    stream.lengthUs = lengthUs;
    const std::int64_t shift = av_rescale_q(stream.shiftUs, AV_TIME_BASE_Q, base);
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += shift;
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += shift;
}

void TimeRepair::goElsewhere()
{
    for (Stream &stream : m_streams) {
        stream.hasBegun = false;
        stream.lengthUs = 0;
        stream.leaptFromUs.reset();
    }
    m_isElsewhere = true;
}

TimeRepair::Place TimeRepair::place(Track track) const
{
    const Stream &stream = m_streams[track == Track::Picture ? 0 : 1];
    return {stream.hasBegun, stream.leaptFromUs.has_value(),
            stream.startUs,  stream.lastUs,
            stream.lengthUs, stream.shiftUs};
}

void TimeRepair::goOnAt(Track track, const Place &place)
{
    m_streams[track == Track::Picture ? 0 : 1]
        = {place.hasBegun, place.startUs, place.lastUs, place.lengthUs, place.shiftUs, {}};
}

void TimeRepair::takeOutDamage(AVPacket *packet, AVRational base, const Stream &stream) const
{
    for (std::int64_t *stamp : {&packet->dts, &packet->pts}) {
        if (*stamp != AV_NOPTS_VALUE && std::abs(inUs(*stamp, base) / 2) > kMostUs / 2)
            *stamp = AV_NOPTS_VALUE;
    }
    if (packet->dts == AV_NOPTS_VALUE || packet->pts == AV_NOPTS_VALUE)
        return;
    const std::int64_t dtsUs = inUs(packet->dts, base);
    const std::int64_t ptsUs = inUs(packet->pts, base);
    if (std::abs(ptsUs - dtsUs) <= m_longestGapUs)
        return;
    // No picture waits that long for its turn. The decoder does with either, but would show it by
    // its pts.
    const std::int64_t lastUs = stream.lastUs - stream.shiftUs;
    if (stream.hasBegun && std::abs(ptsUs - lastUs) < std::abs(dtsUs - lastUs))
        packet->dts = AV_NOPTS_VALUE;
    else
        packet->pts = AV_NOPTS_VALUE;
}

void TimeRepair::begin(Stream &stream, const Stream &other, std::int64_t fileUs)
{
    stream.shiftUs = other.shiftUs;
    const std::int64_t timeUs = fileUs + stream.shiftUs;
    // Elsewhere a stream that has ended before begins with its last packet, however far back.
    if (other.hasBegun && !m_isElsewhere
        && (timeUs < other.startUs - kFarthestStartUs || timeUs > other.lastUs + kFarthestStartUs))
        closeUp(stream, other.lastUs - fileUs);
    stream.hasBegun = true;
    stream.startUs = fileUs + stream.shiftUs;
    stream.lastUs = stream.startUs;
}

void TimeRepair::goOn(Stream &stream, const Stream &other, std::int64_t fileUs)
{
    const std::int64_t expectedUs = stream.lastUs + stream.lengthUs;
    const auto step = [&](std::int64_t shiftUs) { return fileUs + shiftUs - expectedUs; };
    if (isLeftBehind(stream, other) && isJump(stream, other, fileUs + stream.shiftUs)) {
        // A recording without this stream lies between: where its own last packet was says nothing
        // any more. It goes on beside the other, which comes to the join before it or after.
        stream.shiftUs = other.shiftUs;
        if (std::abs(fileUs + stream.shiftUs - other.lastUs) > kInterleaveUs)
            closeUp(stream, endUs(other) - fileUs);
    } else {
        // Joined recordings jump in both streams. The one that comes to the join later goes by the
        // other, so that they stay in step; not before it comes there, and not if it goes on where
        // only the other jumped.
        if (std::abs(step(other.shiftUs)) < std::abs(step(stream.shiftUs)))
            stream.shiftUs = other.shiftUs;
        if (isJump(stream, other, fileUs + stream.shiftUs))
            closeUp(stream, endUs(stream) - fileUs);
    }
    stream.lastUs = fileUs + stream.shiftUs;
    stream.leaptFromUs.reset();
    if (stream.lastUs - expectedUs > kBackwardUs)
        stream.leaptFromUs = expectedUs;
}

bool TimeRepair::isJump(const Stream &stream, const Stream &other, std::int64_t timeUs) const
{
    // Where the other went on meanwhile, there is nothing of this one.
    const bool isGap = other.hasBegun && timeUs <= other.lastUs + kInterleaveUs;
    if (timeUs > stream.lastUs + stream.lengthUs + m_longestGapUs)
        return !isGap;
    if (timeUs >= stream.lastUs - kBackwardUs)
        return false;
    // One damaged timestamp, too small a step to be taken for a jump: all others are right.
    return !stream.leaptFromUs || std::abs(timeUs - *stream.leaptFromUs) > kBackwardUs;
}

bool TimeRepair::isLeftBehind(const Stream &stream, const Stream &other) const
{
    return other.hasBegun && endUs(stream) + kInterleaveUs < other.lastUs;
}

std::int64_t TimeRepair::endUs(const Stream &stream) const
{
    return stream.lastUs + std::min(stream.lengthUs, m_longestGapUs);
}

void TimeRepair::closeUp(Stream &stream, std::int64_t shiftUs)
{
    if (++m_jumps <= kMostTold)
        qCInfo(lcMedia).noquote() << u"timestamps jump by %1 s; closed up"_s.arg(
            double(stream.shiftUs - shiftUs) / 1e6, 0, 'f', 3);
    stream.shiftUs = shiftUs;
}

} // namespace continuo
