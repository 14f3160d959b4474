// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channelsettings.h"

#include "core/base/logging.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kVersion = 1; // of channel.json; one that names none is of this version

QString settingsFile(const StationPaths &paths, const QString &channel)
{
    return paths.channelConfig(channel) + u"/channel.json"_s;
}

QString keyFile(const StationPaths &paths, const QString &channel, const QString &id)
{
    return paths.channelConfig(channel) + u"/keys/"_s + id + u".key"_s;
}

QString positionFile(const StationPaths &paths, const QString &channel)
{
    return paths.channelData(channel) + u"/position.json"_s;
}

Result<QJsonObject> readObject(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{file.exists() ? ErrorCode::Io : ErrorCode::NotFound,
                     u"%1: %2"_s.arg(path, file.errorString()), 0};
    }
    QJsonParseError parse{};
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &parse);
    if (!document.isObject())
        return Error{ErrorCode::Corrupt, u"%1: %2"_s.arg(path, parse.errorString()), 0};
    return document.object();
}

QJsonObject airingJson(const ChannelPosition::Airing &airing)
{
    return {{u"item"_s, airing.itemId},       {u"path"_s, airing.path},
            {u"title"_s, airing.title},       {u"frame"_s, qint64(airing.frame)},
            {u"in"_s, qint64(airing.in)},     {u"out"_s, qint64(airing.out)},
            {u"category"_s, airing.category}, {u"tracks"_s, airing.tracks}};
}

ChannelPosition::Airing airingFrom(const QJsonObject &object)
{
    return {object.value("item"_L1).toString(),     object.value("path"_L1).toString(),
            object.value("title"_L1).toString(),    object.value("frame"_L1).toInteger(),
            object.value("in"_L1).toInteger(),      object.value("out"_L1).toInteger(-1),
            object.value("category"_L1).toString(), object.value("tracks"_L1).toObject()};
}

} // namespace

Result<ChannelSettings> ChannelSettings::load(const StationPaths &paths, const QString &name)
{
    Result<QJsonObject> object = readObject(settingsFile(paths, name));
    if (!object)
        return object.error();
    const QString path = settingsFile(paths, name);
    if (const int version = object->value("version"_L1).toInt(kVersion); version != kVersion) {
        return Error{
            ErrorCode::Unsupported,
            u"%1 is of version %2, which this program does not know"_s.arg(path).arg(version), 0};
    }
    Result<HouseFormat> format = HouseFormat::fromJson(object->value("format"_L1).toObject());
    if (!format)
        return Error{format.error().code, u"%1: %2"_s.arg(path, format.error().detail), 0};
    ChannelSettings settings;
    settings.name = name;
    settings.format = format.value();
    settings.looping = object->value("loop"_L1).toBool(true) ? Looping::On : Looping::Off;
    settings.safeZone = std::chrono::milliseconds(object->value("safeZoneMs"_L1).toInteger(5000));
    for (const QJsonValue language : object->value("languages"_L1).toArray())
        settings.languages += language.toString();
    if (const QJsonValue target = object->value("loudness"_L1); target.isDouble())
        settings.targetLufs = target.toDouble();
    settings.isOnAir = object->value("onAir"_L1).toBool();
    for (const QJsonValue &entry : object->value("destinations"_L1).toArray()) {
        DestinationSettings destination = DestinationSettings::fromJson(entry.toObject());
        if (destination.hasKey) {
            QFile file(keyFile(paths, name, destination.id));
            if (file.open(QIODevice::ReadOnly))
                destination.key = QString::fromUtf8(file.readAll());
            else
                qCWarning(lcStation) << "the key of destination" << destination.id << "of" << name
                                     << "cannot be read:" << file.errorString();
        }
        settings.destinations.push_back(std::move(destination));
    }
    const QJsonObject logo = object->value("logo"_L1).toObject();
    if (Result<LogoSettings> read = LogoSettings::fromJson(logo); read) {
        settings.logo = std::move(read).value();
        settings.logo.drawing = logo.value("drawing"_L1).toInteger();
    } else {
        qCWarning(lcStation).noquote() << path + u": "_s + read.error().detail;
    }
    settings.emergency = object->value("emergency"_L1).toString();
    const QJsonObject slate = object->value("slate"_L1).toObject();
    settings.slate.path = slate.value("path"_L1).toString();
    settings.slate.hasClock = slate.value("clock"_L1).toBool();
    settings.slate.drawing = std::max<qint64>(slate.value("drawing"_L1).toInteger(), 1);
    return settings;
}

Result<void> ChannelSettings::save(const StationPaths &paths) const
{
    if (Result<void> made = makeFolder(paths.channelConfig(name), 0700); !made)
        return made;
    QJsonArray destinationArray;
    for (const DestinationSettings &destination : destinations)
        destinationArray.append(destination.toJson());
    QJsonObject object{{u"version"_s, kVersion},
                       {u"format"_s, format.toJson()},
                       {u"loop"_s, looping == Looping::On},
                       {u"safeZoneMs"_s, qint64(safeZone.count())},
                       {u"languages"_s, QJsonArray::fromStringList(languages)},
                       {u"loudness"_s, loudnessToJson(targetLufs)},
                       {u"emergency"_s, emergency},
                       {u"onAir"_s, isOnAir},
                       {u"destinations"_s, destinationArray}};
    if (!logo.path.isEmpty()) {
        QJsonObject logoObject = logo.toJson();
        logoObject.insert(u"drawing"_s, logo.drawing);
        object.insert(u"logo"_s, logoObject);
    }
    QJsonObject slateObject = slate.toJson();
    slateObject.insert(u"drawing"_s, slate.drawing);
    object.insert(u"slate"_s, slateObject);
    return writeFileDurably(settingsFile(paths, name), QJsonDocument(object).toJson());
}

Result<std::optional<double>> loudnessFromText(const QString &text)
{
    constexpr double least = -36;
    constexpr double most = -10;
    if (text == "off"_L1)
        return std::optional<double>();
    bool isNumber = false;
    const double target = text.toDouble(&isNumber);
    if (!isNumber || !(target >= least && target <= most))
        return Error{ErrorCode::InvalidArgument,
                     u"\"%1\" is no loudness: off, or -36 to -10 LUFS"_s.arg(text), 0};
    return std::optional(target);
}

QJsonValue loudnessToJson(std::optional<double> targetLufs)
{
    return targetLufs ? QJsonValue(*targetLufs) : QJsonValue(u"off"_s);
}

bool isValidChannelName(const QString &name)
{
    return !name.isEmpty() && name.size() <= 64 && !name.startsWith(u'.') && !name.contains(u'/')
        && name == name.trimmed()
        && std::ranges::all_of(name, [](QChar letter) { return letter.isPrint(); });
}

Result<void> saveKey(const StationPaths &paths, const QString &channel, const QString &id,
                     const QString &key)
{
    const QString folder = paths.channelConfig(channel) + u"/keys"_s;
    if (Result<void> made = makeFolder(folder, 0700); !made)
        return made;
    return writeFileDurably(keyFile(paths, channel, id), key.toUtf8(), 0600);
}

void removeKey(const StationPaths &paths, const QString &channel, const QString &id)
{
    const QString key = keyFile(paths, channel, id);
    if (QFile::remove(key))
        syncFolder(QFileInfo(key).absolutePath());
}

ChannelPosition ChannelPosition::load(const StationPaths &paths, const QString &channel)
{
    ChannelPosition position;
    Result<QJsonObject> object = readObject(positionFile(paths, channel));
    if (!object) {
        if (object.error().code != ErrorCode::NotFound)
            qCWarning(lcStation) << "the last position of" << channel
                                 << "cannot be read:" << object.error().detail;
        return position;
    }
    position.nextFrame = object->value("nextFrame"_L1).toInteger(-1);
    position.epochFrame = object->value("epochFrame"_L1).toInteger(-1);
    position.epochWallUs = object->value("epochWallUs"_L1).toInteger();
    position.cursor = object->value("cursor"_L1).toObject();
    for (const QJsonValue &value : object->value("airings"_L1).toArray())
        position.airings.push_back(airingFrom(value.toObject()));
    position.settled = airingFrom(object->value("settled"_L1).toObject());
    return position;
}

void ChannelPosition::addAiring(Airing airing)
{
    constexpr std::size_t kKept = 4; // more than can be between the clock and the encoder
    airings.push_back(std::move(airing));
    settled = {}; // to follow the one before
    if (airings.size() > kKept)
        airings.erase(airings.begin());
}

Result<void> ChannelPosition::save(const StationPaths &paths, const QString &channel) const
{
    QJsonArray airingArray;
    for (const Airing &airing : airings)
        airingArray.append(airingJson(airing));
    const QJsonObject object{{u"nextFrame"_s, qint64(nextFrame)},
                             {u"epochFrame"_s, qint64(epochFrame)},
                             {u"epochWallUs"_s, qint64(epochWallUs)},
                             {u"cursor"_s, cursor},
                             {u"airings"_s, airingArray},
                             {u"settled"_s, airingJson(settled)}};
    return writeFileDurably(positionFile(paths, channel), QJsonDocument(object).toJson());
}

std::int64_t ChannelPosition::resumeFrame(FrameRate rate, int gop) const
{
    if (nextFrame < 0)
        return kFirstFrame;
    std::int64_t frame = nextFrame;
    if (epochFrame >= 0) {
        // It was on air when the engine went: what was aired since then is reckoned by the clock.
        const std::int64_t nowUs = std::chrono::duration_cast<std::chrono::microseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count();
        frame = std::max(frame, epochFrame + microsecondsToFrames(nowUs - epochWallUs, rate));
    }
    return (frame + gop - 1) / gop * gop;
}

} // namespace continuo
