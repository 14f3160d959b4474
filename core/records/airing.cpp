// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/records/airing.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace continuo {

QJsonObject Airing::toJson() const
{
    QJsonObject object{{u"id"_s, qint64(id)},
                       {u"channel"_s, channel},
                       {u"item"_s, itemId},
                       {u"path"_s, path},
                       {u"title"_s, title},
                       {u"startMs"_s, toMilliseconds(start)},
                       {u"startFrame"_s, qint64(startFrame)},
                       {u"frames"_s, qint64(frames())},
                       {u"held"_s, qint64(end.held)},
                       {u"dropped"_s, qint64(end.dropped)},
                       {u"begun"_s, begun},
                       {u"reasons"_s, QJsonArray::fromStringList(reasons)}};
    if (plannedStart)
        object.insert(u"plannedStartMs"_s, toMilliseconds(*plannedStart));
    if (plannedEnd)
        object.insert(u"plannedEndMs"_s, toMilliseconds(*plannedEnd));
    if (isOnAir) {
        object.insert(u"onAir"_s, true);
    } else {
        object.insert(u"endMs"_s, toMilliseconds(end.until));
        object.insert(u"endFrame"_s, qint64(end.nextFrame));
    }
    if (!detail.isEmpty())
        object.insert(u"detail"_s, detail);
    return object;
}

} // namespace continuo
