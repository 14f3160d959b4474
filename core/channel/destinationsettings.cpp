// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/destinationsettings.h"

#include "core/base/streamkey.h"

#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// That \p url, which is without its key, can be connected to. It is not quoted: what is written
// wrongly may show a part of a password.
Result<void> checkServer(const QString &url)
{
    const QUrl parts(url);
    if (!parts.isValid() || parts.host().isEmpty())
        return invalidArgument(u"the address has no server or a wrong port; it is written "
                               u"rtmp://SERVER[:PORT]/APPLICATION, and a / ? or # in a password "
                               u"before the server as %2F %3F or %23"_s);
    if (parts.path().remove(u'/').isEmpty())
        return invalidArgument(
            u"the address names no application; it is written rtmp://%1/APPLICATION, "
            u"and the stream key comes after that"_s.arg(parts.host()));
    return {};
}

} // namespace

Result<DestinationSettings> DestinationSettings::fromTarget(const QString &target,
                                                            const QString &givenKey)
{
    DestinationSettings destination;
    const QString text = target.trimmed();
    if (text.startsWith("hls:"_L1) || text.startsWith("file:"_L1)) {
        destination.type = text.section(u':', 0, 0);
        destination.target = text.section(u':', 1);
        if (destination.target.startsWith("//"_L1))
            destination.target.remove(0, 2); // file:///path is meant as a path
        if (!destination.target.startsWith(u'/'))
            return invalidArgument(u"\"%1\" is not an absolute path"_s.arg(destination.target));
        return destination;
    }
    const StreamAddress address = splitStreamKey(text, givenKey.trimmed());
    const qsizetype colon = address.url.indexOf(u':');
    const QString scheme = address.url.left(std::max<qsizetype>(colon, 0)).toLower();
    // Of an unknown address nobody knows where its key stands: only its kind is quoted.
    if (scheme != "rtmp"_L1 && scheme != "rtmps"_L1)
        return Error{
            ErrorCode::Unsupported,
            u"\"%1\" is no destination; give rtmp://…, rtmps://…, hls:DIR or file:PATH"_s.arg(
                colon < 0 ? address.url.section(u'/', 0, 0) : scheme + u':'),
            0};
    if (Result<void> good = checkServer(address.url); !good)
        return good.error();
    const auto isControl = [](QChar c) { return c.category() == QChar::Other_Control; };
    if (std::any_of(address.key.begin(), address.key.end(), isControl))
        return invalidArgument(
            u"the stream key holds a line break or another character that no key has"_s);
    destination.type = u"rtmp"_s;
    destination.target = scheme + address.url.mid(colon); // libavformat does not know "RTMP:"
    destination.key = address.key;
    return destination;
}

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
