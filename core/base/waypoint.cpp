// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/waypoint.h"

#include <QJsonArray>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qsizetype kNumbers = 9; // of a waypoint

} // namespace

WaypointList WaypointList::before(std::int64_t us, std::size_t count) const
{
    WaypointList some = *this;
    const auto isAfter
        = [&](const Waypoint &point) { return double(point.stamp) * tickUs > double(us + zeroUs); };
    const auto end = std::ranges::find_if(points, isAfter);
    const auto chosen = std::min<std::ptrdiff_t>(end - points.begin(), std::ptrdiff_t(count));
    some.points.assign(end - chosen, end);
    return some;
}

QJsonObject WaypointList::toJson() const
{
    QJsonArray list;
    for (const Waypoint &point : points)
        list.append(QJsonArray{qint64(point.position), qint64(point.stamp), qint64(point.dts),
                               qint64(point.packets), qint64(point.otherStamp),
                               qint64(point.otherDts), qint64(point.shiftUs), qint64(point.digest),
                               point.drift ? QJsonValue(qint64(*point.drift)) : QJsonValue()});
    return {{u"zeroUs"_s, qint64(zeroUs)},
            {u"tickUs"_s, tickUs},
            {u"streams"_s, QJsonArray{leading, other}},
            {u"startUs"_s, QJsonArray{qint64(startUs[0]), qint64(startUs[1])}},
            {u"points"_s, list}};
}

WaypointList WaypointList::fromJson(const QJsonObject &object)
{
    WaypointList list;
    list.zeroUs = object.value("zeroUs"_L1).toInteger();
    list.tickUs = object.value("tickUs"_L1).toDouble();
    const QJsonArray streams = object.value("streams"_L1).toArray();
    list.leading = streams.at(0).toInt(-1);
    list.other = streams.at(1).toInt(-1);
    const QJsonArray starts = object.value("startUs"_L1).toArray();
    list.startUs = {starts.at(0).toInteger(), starts.at(1).toInteger()};
    const QJsonArray points = object.value("points"_L1).toArray();
    if (points.size() > qsizetype(kMost) || !(list.tickUs > 0))
        return {};
    for (const QJsonValue &value : points) {
        const QJsonArray numbers = value.toArray();
        const auto at = [&](int i) { return std::int64_t(numbers.at(i).toInteger(-1)); };
        if (numbers.size() != kNumbers || at(0) < 0 || at(3) < 0 || at(7) < 0
            || at(7) > std::numeric_limits<std::uint32_t>::max())
            return {};
        list.points.push_back(
            {at(0), at(1), at(2), at(3), at(4), at(5), at(6), std::uint32_t(at(7)), {}});
        if (numbers.at(8).isDouble())
            list.points.back().drift = numbers.at(8).toInteger();
    }
    return list;
}

} // namespace continuo
