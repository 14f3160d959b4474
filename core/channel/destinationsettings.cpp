// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/destinationsettings.h"

using namespace Qt::StringLiterals;

namespace continuo {

QJsonObject DestinationSettings::toJson() const
{
    QJsonObject object{{u"id"_s, id}, {u"type"_s, type}, {u"target"_s, target}};
    if (!serve.isEmpty())
        object.insert(u"serve"_s, serve);
    if (listSize >= 0)
        object.insert(u"listSize"_s, listSize);
    if (hasKey)
        object.insert(u"hasKey"_s, true);
    return object;
}

DestinationSettings DestinationSettings::fromJson(const QJsonObject &object)
{
    DestinationSettings destination;
    destination.id = object.value("id"_L1).toString();
    destination.type = object.value("type"_L1).toString();
    destination.target = object.value("target"_L1).toString();
    destination.serve = object.value("serve"_L1).toString();
    destination.listSize = object.value("listSize"_L1).toInt(-1);
    destination.hasKey = object.value("hasKey"_L1).toBool();
    return destination;
}

QJsonObject DestinationSettings::toRequest() const
{
    QJsonObject body = toJson();
    if (listSize >= 0)
        body.insert(u"list_size"_s, listSize);
    if (!key.isEmpty())
        body.insert(u"key"_s, key);
    return body;
}

} // namespace continuo
