// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/parameters.h"

#include "app/ctl/secrets.h"
#include "core/base/houseformat.h"
#include "core/base/streamkey.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <cstdio>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString absolutePath(const QString &path)
{
    return QDir::cleanPath(QDir::current().absoluteFilePath(path));
}

// The engine takes whatever path it is given: a look at a dead share would block it, with all that
// is on air. Here it blocks nobody else.
Result<void> checkFile(const QString &path)
{
    const QFileInfo file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"%1 does not exist"_s.arg(path), 0};
    if (file.isDir())
        return invalidArgument(u"%1 is a folder; give its files"_s.arg(path));
    return {};
}

// Puts a whole number >= 0 of an option into params, when the option is there.
Result<void> takeNumber(const CommandLine &line, const char *option, QLatin1StringView name,
                        QJsonObject &params)
{
    if (!line.has(option))
        return {};
    bool isNumber = false;
    const qint64 number = line.value(option).toLongLong(&isNumber);
    if (!isNumber || number < 0) {
        return invalidArgument(u"%1 wants a whole number from 0, not '%2'"_s.arg(
            QString::fromLatin1(option), line.value(option)));
    }
    params.insert(name, number);
    return {};
}

// The same for an option that is on or off.
Result<void> takeSwitch(const CommandLine &line, const char *option, QLatin1StringView name,
                        QJsonObject &params)
{
    if (!line.has(option))
        return {};
    const QString value = line.value(option);
    if (value != "on"_L1 && value != "off"_L1)
        return invalidArgument(
            u"%1 wants on or off, not '%2'"_s.arg(QString::fromLatin1(option), value));
    params.insert(name, value == "on"_L1);
    return {};
}

// "--at X,Y" and "--width PERCENT".
Result<void> takePlace(const CommandLine &line, QJsonObject &params)
{
    if (line.has("--at")) {
        const QStringList parts = line.value("--at").split(u',');
        bool hasX = false;
        bool hasY = false;
        if (parts.size() == 2) {
            params.insert("x"_L1, parts.at(0).trimmed().toInt(&hasX));
            params.insert("y"_L1, parts.at(1).trimmed().toInt(&hasY));
        }
        if (!hasX || !hasY)
            return invalidArgument(u"--at wants X,Y in pixels, not '%1'"_s.arg(line.value("--at")));
    }
    if (line.has("--width")) {
        bool isNumber = false;
        params.insert("widthPercent"_L1, line.value("--width").toDouble(&isNumber));
        if (!isNumber)
            return invalidArgument(u"--width wants percent, not '%1'"_s.arg(line.value("--width")));
    }
    return {};
}

// The version that an edit was made for, into the parameters of that edit.
Result<QJsonObject> withVersion(const CommandLine &line, QJsonObject params)
{
    if (Result<void> taken = takeNumber(line, "--expect", "expect"_L1, params); !taken)
        return taken.error();
    return params;
}

// Puts an option's text into params, when the option is there.
void takeText(const CommandLine &line, const char *option, QLatin1StringView name,
              QJsonObject &params)
{
    if (line.has(option))
        params.insert(name, line.value(option));
}

// The same for a file, whose path is made absolute; an empty one stays as it is.
Result<void> takeFile(const CommandLine &line, const char *option, QLatin1StringView name,
                      QJsonObject &params)
{
    if (!line.has(option))
        return {};
    if (line.value(option).isEmpty()) {
        params.insert(name, QString());
        return {};
    }
    const QString path = absolutePath(line.value(option));
    if (Result<void> good = checkFile(path); !good)
        return good;
    params.insert(name, path);
    return {};
}

Result<QString> givenKey(const CommandLine &line)
{
    if (line.has("--key-stdin") && line.has("--key-file"))
        return invalidArgument(u"--key-stdin and --key-file do not go together"_s);
    if (line.has("--key-stdin"))
        return keyFromStandardInput();
    if (line.has("--key-file"))
        return keyFromFile(line.value("--key-file"));
    return QString();
}

// "hls:DIR" and "file:PATH" with the path made absolute; a URL as it is.
Result<QString> absoluteTarget(const QString &target)
{
    if (target.contains("://"_L1))
        return target;
    for (const QString &kind : {u"hls:"_s, u"file:"_s}) {
        if (!target.startsWith(kind))
            continue;
        const QString path = target.mid(kind.size());
        if (path.isEmpty())
            return invalidArgument(u"a path is missing behind "_s + kind);
        return kind + absolutePath(path);
    }
    return invalidArgument(
        u"'%1' is no destination: give a URL (rtmp://…), hls:DIR or file:PATH"_s.arg(target));
}

} // namespace

Result<QJsonObject> noParams(const CommandLine &)
{
    return QJsonObject();
}

Result<QJsonObject> channelParams(const CommandLine &line)
{
    QJsonObject params;
    if (!line.arguments.isEmpty())
        params.insert("channel"_L1, line.arguments.at(0));
    return withVersion(line, params);
}

Result<QJsonObject> nameParams(const CommandLine &line)
{
    return QJsonObject{{u"name"_s, line.arguments.at(0)}};
}

Result<QJsonObject> channelSettings(const CommandLine &line)
{
    QJsonObject params{{u"name"_s, line.arguments.at(0)}};
    const QString rate = line.has("--fps") ? line.value("--fps") : u"30"_s;
    if (line.has("--size") || line.has("--fps")) {
        const QString size = line.has("--size") ? line.value("--size") : u"1280x720"_s;
        const Result<HouseFormat> format = houseFormatFromText(size, rate);
        if (!format)
            return format.error();
        if (line.has("--size")) {
            params.insert("width"_L1, format->width);
            params.insert("height"_L1, format->height);
        }
        if (line.has("--fps"))
            params.insert("fps"_L1, format->rate.toString());
    }
    if (Result<void> taken = takeSwitch(line, "--loop", "loop"_L1, params); !taken)
        return taken.error();
    takeText(line, "--loudness", "loudness"_L1, params);
    if (Result<void> taken = takeNumber(line, "--safe-zone", "safeZoneMs"_L1, params); !taken)
        return taken.error();
    takeText(line, "--languages", "languages"_L1, params);
    for (const auto &[option, name] :
         {std::pair("--slate", "slate"_L1), std::pair("--emergency", "emergency"_L1)}) {
        if (Result<void> taken = takeFile(line, option, name, params); !taken)
            return taken.error();
    }
    if (Result<void> taken = takeSwitch(line, "--slate-clock", "slateClock"_L1, params); !taken)
        return taken.error();
    return params;
}

Result<QJsonObject> itemParams(const CommandLine &line)
{
    return withVersion(line,
                       {{u"channel"_s, line.arguments.at(0)}, {u"item"_s, line.arguments.at(1)}});
}

Result<QJsonObject> itemsParams(const CommandLine &line)
{
    QJsonObject params{{u"channel"_s, line.arguments.at(0)},
                       {u"items"_s, QJsonArray::fromStringList(line.arguments.mid(1))}};
    if (Result<void> taken = takeNumber(line, "--to", "to"_L1, params); !taken)
        return taken.error();
    return withVersion(line, params);
}

Result<QJsonObject> moveParams(const CommandLine &line)
{
    if (!line.has("--to"))
        return invalidArgument(u"--to ROW is missing"_s);
    return itemsParams(line);
}

Result<QJsonObject> filesParams(const CommandLine &line)
{
    QJsonObject params{{u"channel"_s, line.arguments.at(0)}};
    if (Result<void> taken = takeNumber(line, "--at", "at"_L1, params); !taken)
        return taken.error();
    QJsonArray files;
    for (const QString &file : line.arguments.mid(1)) {
        const QString path = absolutePath(file);
        if (Result<void> good = checkFile(path); !good)
            return good.error();
        files.append(path);
    }
    params.insert("files"_L1, files);
    takeText(line, "--in", "in"_L1, params);
    takeText(line, "--out", "out"_L1, params);
    takeText(line, "--category", "category"_L1, params);
    return withVersion(line, params);
}

Result<QJsonObject> setParams(const CommandLine &line)
{
    QJsonObject params{{u"channel"_s, line.arguments.at(0)}, {u"item"_s, line.arguments.at(1)}};
    takeText(line, "--title", "title"_L1, params);
    takeText(line, "--category", "category"_L1, params);
    takeText(line, "--in", "in"_L1, params);
    takeText(line, "--out", "out"_L1, params);
    takeText(line, "--sound", "sound"_L1, params);
    if (params.size() == 2)
        return invalidArgument(
            u"nothing to set: give --title, --category, --in, --out or --sound"_s);
    return withVersion(line, params);
}

Result<QJsonObject> destinationParams(const CommandLine &line)
{
    const Result<QString> target = absoluteTarget(line.arguments.at(1));
    if (!target)
        return target.error();
    const Result<QString> key = givenKey(line);
    if (!key)
        return key.error();
    const StreamAddress address = splitStreamKey(target.value(), key.value());
    if (address.url != target.value()) {
        std::fputs("warning: a secret stood in the URL, and so in the command line, where other "
                   "programs of this\nmachine could read it; better: --key-stdin or --key-file\n",
                   stderr);
    }
    QJsonObject params{{u"channel"_s, line.arguments.at(0)}, {u"target"_s, address.url}};
    if (!address.key.isEmpty())
        params.insert("key"_L1, address.key);
    if (line.has("--serve"))
        params.insert("serve"_L1, line.value("--serve"));
    if (Result<void> taken = takeNumber(line, "--list-size", "listSize"_L1, params); !taken)
        return taken.error();
    return params;
}

Result<QJsonObject> destinationIdParams(const CommandLine &line)
{
    return QJsonObject{{u"channel"_s, line.arguments.at(0)}, {u"id"_s, line.arguments.at(1)}};
}

Result<QJsonObject> renderParams(const CommandLine &line)
{
    if (!line.has("--out"))
        return invalidArgument(u"--out FILE is missing (mkv, mp4 or ts)"_s);
    return QJsonObject{{u"channel"_s, line.arguments.at(0)},
                       {u"out"_s, absolutePath(line.value("--out"))}};
}

Result<QJsonObject> logoParams(const CommandLine &line)
{
    QJsonObject params{{u"channel"_s, line.arguments.at(0)}};
    if (line.arguments.size() > 1) {
        const QString path = absolutePath(line.arguments.at(1));
        if (Result<void> good = checkFile(path); !good)
            return good.error();
        params.insert("path"_L1, path);
    }
    if (line.has("--corner"))
        params.insert("corner"_L1, line.value("--corner"));
    if (Result<void> taken = takePlace(line, params); !taken)
        return taken.error();
    for (const auto &[option, name] :
         {std::pair("--opacity", "opacity"_L1), std::pair("--fade", "fade"_L1)}) {
        if (Result<void> taken = takeNumber(line, option, name, params); !taken)
            return taken.error();
    }
    for (const auto &[option, name] : {std::pair("--on-slate", "onSlate"_L1),
                                       std::pair("--premultiplied", "premultiplied"_L1)}) {
        if (Result<void> taken = takeSwitch(line, option, name, params); !taken)
            return taken.error();
    }
    if (line.has("--off-for")) {
        QJsonArray categories;
        for (const QString &category : line.value("--off-for").split(u',', Qt::SkipEmptyParts))
            categories.append(category.trimmed());
        params.insert("offFor"_L1, categories);
    }
    return params;
}

} // namespace continuo
