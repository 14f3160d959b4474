// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/playlistitem.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QRandomGenerator>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

QString makeItemId()
{
    // Crockford's base 32: no i, l, o, u. 10 x 5 = 50 bits: with 50,000 items in a list the chance
    // that a new id meets an old one is 5e4 / 2^50 = 4e-11, and Playlist looks all the same.
    static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    quint64 bits = QRandomGenerator::system()->generate64();
    QString id(10, u'0');
    for (QChar &letter : id) {
        letter = QLatin1Char(kAlphabet[bits & 31]);
        bits >>= 5;
    }
    return id;
}

bool isValidItemId(const QString &id)
{
    return !id.isEmpty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
            || c == u'-' || c == u'_';
    });
}

QString titleFromPath(const QString &path)
{
    const QFileInfo file(path);
    const QString name = file.completeBaseName();
    return name.isEmpty() ? file.fileName() : name;
}

QJsonObject itemToJson(const PlaylistItem &item)
{
    QJsonObject object{{u"id"_s, item.id}, {u"path"_s, item.path}, {u"title"_s, item.title}};
    if (item.duration)
        object[u"durationMs"_s] = qint64(item.duration->count());
    if (item.in)
        object[u"inUs"_s] = qint64(item.in->count());
    if (item.out)
        object[u"outUs"_s] = qint64(item.out->count());
    if (!item.category.isEmpty())
        object[u"category"_s] = item.category;
    if (!item.sound.isEmpty())
        object[u"sound"_s] = item.sound;
    if (!item.attributes.isEmpty())
        object[u"attributes"_s] = item.attributes;
    if (!item.tags.isEmpty())
        object[u"tags"_s] = QJsonArray::fromStringList(item.tags);
    return object;
}

Result<PlaylistItem> itemFromJson(const QJsonObject &object)
{
    PlaylistItem item;
    item.id = object[u"id"_s].toString();
    item.path = object[u"path"_s].toString();
    item.title = object[u"title"_s].toString();
    if (!isValidItemId(item.id))
        return Error{ErrorCode::Corrupt, u"an item with the id \"%1\""_s.arg(item.id)};
    if (!QDir::isAbsolutePath(item.path))
        return Error{ErrorCode::Corrupt, u"item %1 with the path \"%2\""_s.arg(item.id, item.path)};
    if (object.contains(u"durationMs"_s))
        item.duration = std::chrono::milliseconds(object[u"durationMs"_s].toInteger());
    if (object.contains(u"inUs"_s))
        item.in = std::chrono::microseconds(object[u"inUs"_s].toInteger());
    if (object.contains(u"outUs"_s))
        item.out = std::chrono::microseconds(object[u"outUs"_s].toInteger());
    item.category = object[u"category"_s].toString();
    item.sound = object[u"sound"_s].toString();
    item.attributes = object[u"attributes"_s].toString();
    const QJsonArray tags = object[u"tags"_s].toArray();
    for (const QJsonValue &tag : tags)
        item.tags.append(tag.toString());
    return item;
}

QHash<QString, int> rowsById(const QList<PlaylistItem> &items)
{
    QHash<QString, int> rows;
    rows.reserve(items.size());
    for (int row = 0; row < items.size(); ++row)
        rows.insert(items[row].id, row);
    return rows;
}

} // namespace continuo
