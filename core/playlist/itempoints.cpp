// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/itempoints.h"

#include "core/base/timecode.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString frameText(std::int64_t frame, FrameRate rate)
{
    return timecodeText(std::chrono::microseconds(framesToNanoseconds(frame, rate) / 1000), rate);
}

// Errors: InvalidArgument.
Result<void> setPoint(std::optional<std::chrono::microseconds> &point,
                      const std::optional<QString> &text, FrameRate rate)
{
    if (!text)
        return {};
    if (text->trimmed().isEmpty()) {
        point.reset();
        return {};
    }
    const Result<std::chrono::microseconds> time = parseTimecode(*text, rate);
    if (!time)
        return time.error();
    point = time.value();
    return {};
}

} // namespace

std::int64_t ItemPoints::framesOf(std::int64_t clipFrames) const
{
    const std::int64_t end = out < 0 || (clipFrames >= 0 && clipFrames < out) ? clipFrames : out;
    return end < 0 ? -1 : std::max<std::int64_t>(end - in, 0);
}

ItemPoints pointsOf(const PlaylistItem &item, FrameRate rate)
{
    ItemPoints points;
    if (item.in)
        points.in = microsecondsToFrames(item.in->count(), rate);
    if (item.out)
        points.out = microsecondsToFrames(item.out->count(), rate);
    return points;
}

Result<void> setPoints(PlaylistItem &item, const std::optional<QString> &in,
                       const std::optional<QString> &out, FrameRate rate)
{
    PlaylistItem result = item;
    if (Result<void> set = setPoint(result.in, in, rate); !set)
        return set;
    if (Result<void> set = setPoint(result.out, out, rate); !set)
        return set;
    if (const ItemPoints points = pointsOf(result, rate); points.areEmpty())
        return *nothingToShow(points, -1, rate);
    item = std::move(result);
    return {};
}

std::optional<Error> nothingToShow(const ItemPoints &points, std::int64_t clipFrames,
                                   FrameRate rate)
{
    if (points.areEmpty())
        return invalidArgument(u"its out point, %1, is not behind its in point, %2"_s.arg(
            frameText(points.out, rate), frameText(points.in, rate)));
    if (points.in > 0 && clipFrames >= 0 && points.in >= clipFrames)
        return invalidArgument(u"its in point, %1, lies behind its end; it is %2 long"_s.arg(
            frameText(points.in, rate), frameText(clipFrames, rate)));
    return std::nullopt;
}

} // namespace continuo
