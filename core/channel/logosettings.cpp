// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/logosettings.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace continuo {

QJsonObject LogoSettings::toJson() const
{
    QJsonObject object = place.toJson();
    object.insert(u"on"_s, isOn);
    object.insert(u"path"_s, path);
    object.insert(u"opacity"_s, opacity);
    object.insert(u"fade"_s, rule.fade);
    object.insert(u"offFor"_s, QJsonArray::fromStringList(rule.offFor));
    object.insert(u"onSlate"_s, rule.isOnSlate);
    return object;
}

Result<LogoSettings> LogoSettings::fromJson(const QJsonObject &object)
{
    Result<LogoPlace> place = LogoPlace::fromJson(object);
    if (!place)
        return place.error();
    LogoSettings settings;
    settings.place = place.value();
    settings.isOn = object.value("on"_L1).toBool();
    settings.path = object.value("path"_L1).toString();
    settings.opacity = object.value("opacity"_L1).toInt(settings.opacity);
    settings.rule.fade = object.value("fade"_L1).toInt(settings.rule.fade);
    settings.rule.isOnSlate = object.value("onSlate"_L1).toBool(settings.rule.isOnSlate);
    for (const QJsonValue &category : object.value("offFor"_L1).toArray())
        settings.rule.offFor.append(category.toString());
    return settings;
}

Result<LogoSettings> LogoSettings::changed(const QJsonObject &params) const
{
    QJsonObject object = toJson();
    const bool isFree = params.contains("x"_L1) || params.contains("y"_L1);
    if (isFree)
        object.remove("corner"_L1);
    if (params.contains("corner"_L1)) {
        object.remove("x"_L1);
        object.remove("y"_L1);
    }
    for (auto param = params.begin(); param != params.end(); ++param)
        object.insert(param.key(), param.value());
    Result<LogoSettings> wanted = fromJson(object);
    if (!wanted)
        return wanted;
    if (wanted->path.isEmpty())
        return invalidArgument(u"no file was given, and the channel has had no logo yet"_s);
    if (!wanted->path.startsWith(u'/'))
        return invalidArgument(u"\"%1\" is not an absolute path"_s.arg(wanted->path));
    wanted->isOn = true;
    wanted->drawing = drawing;
    return wanted;
}

} // namespace continuo
