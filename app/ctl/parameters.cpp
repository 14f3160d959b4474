// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/parameters.h"

#include "app/ctl/secrets.h"
#include "core/base/houseformat.h"
#include "core/base/streamkey.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <cstdio>

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

// The version that an edit was made for, into the parameters of that edit.
Result<QJsonObject> withVersion(const CommandLine &line, QJsonObject params)
{
    if (Result<void> taken = takeNumber(line, "--expect", "expect"_L1, params); !taken)
        return taken.error();
    return params;
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
    if (line.has("--loop")) {
        const QString loop = line.value("--loop");
        if (loop != "on"_L1 && loop != "off"_L1)
            return invalidArgument(u"--loop wants on or off, not '%1'"_s.arg(loop));
        params.insert("loop"_L1, loop == "on"_L1);
    }
    if (line.has("--loudness"))
        params.insert("loudness"_L1, line.value("--loudness"));
    if (Result<void> taken = takeNumber(line, "--safe-zone", "safeZoneMs"_L1, params); !taken)
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

} // namespace continuo
