// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/clip.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace framecode {

QString sidecarPath(const QString &file)
{
    return file.endsWith(u".framecode.json"_s) ? file : file + u".framecode.json"_s;
}

Outcome<Done> writeSidecar(const Clip &clip)
{
    QJsonArray times;
    for (const std::int64_t time : clip.times)
        times.append(static_cast<qint64>(time));
    const QJsonObject sound{{u"present"_s, clip.hasSound},
                            {u"from"_s, clip.soundFrom},
                            {u"to"_s, clip.soundTo},
                            {u"offset"_s, clip.soundOffset}};
    const QJsonObject object{
        {u"format"_s, u"continuo-framecode-clip"_s},
        {u"version"_s, 1},
        {u"file"_s, QFileInfo(clip.file).fileName()},
        {u"clip"_s, clip.id},
        {u"tick"_s, toString(clip.tick)},
        {u"times"_s, times},
        {u"durationTicks"_s, static_cast<qint64>(clip.durationTicks)},
        {u"displayAspect"_s, toString(clip.displayAspect)},
        {u"sound"_s, sound},
        {u"videoCodec"_s, clip.videoCodec},
        {u"audioCodec"_s, clip.audioCodec},
        {u"width"_s, clip.width},
        {u"height"_s, clip.height},
        {u"turnClockwise"_s, clip.turnClockwise},
        {u"mirrored"_s, clip.isMirrored},
        {u"interlaced"_s, clip.interlaced},
    };
    QSaveFile file(sidecarPath(clip.file));
    if (!file.open(QIODevice::WriteOnly)
        || file.write(QJsonDocument(object).toJson(QJsonDocument::Compact)) < 0 || !file.commit())
        return Failure{u"%1: %2"_s.arg(file.fileName(), file.errorString())};
    return Done{};
}

Outcome<Clip> readSidecar(const QString &path)
{
    QFile file(sidecarPath(path));
    if (!file.open(QIODevice::ReadOnly))
        return Failure{u"%1: %2"_s.arg(file.fileName(), file.errorString())};
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll(), &error).object();
    if (object.value("format"_L1).toString() != u"continuo-framecode-clip"_s) {
        return Failure{
            u"%1 is no frame-code sidecar (%2)"_s.arg(file.fileName(), error.errorString())};
    }
    const Outcome<Rate> tick = parseRate(object.value("tick"_L1).toString());
    const Outcome<Rate> aspect = parseRate(object.value("displayAspect"_L1).toString());
    if (!tick || !aspect)
        return Failure{u"%1: tick or displayAspect is no rate"_s.arg(file.fileName())};
    Clip clip;
    clip.file = QFileInfo(file.fileName())
                    .absolutePath()
                    .append(u'/')
                    .append(object.value("file"_L1).toString());
    clip.id = object.value("clip"_L1).toInt();
    clip.tick = tick.value();
    clip.displayAspect = aspect.value();
    const QJsonArray times = object.value("times"_L1).toArray();
    clip.times.reserve(static_cast<std::size_t>(times.size()));
    for (const QJsonValue &time : times)
        clip.times.push_back(time.toInteger());
    clip.durationTicks = object.value("durationTicks"_L1).toInteger();
    if (clip.times.empty() || clip.times.front() != 0 || clip.durationTicks <= 0)
        return Failure{u"%1: times or durationTicks are missing"_s.arg(file.fileName())};
    const QJsonObject sound = object.value("sound"_L1).toObject();
    clip.hasSound = sound.value("present"_L1).toBool();
    clip.soundFrom = sound.value("from"_L1).toDouble();
    clip.soundTo = sound.value("to"_L1).toDouble();
    clip.soundOffset = sound.value("offset"_L1).toDouble();
    clip.videoCodec = object.value("videoCodec"_L1).toString();
    clip.audioCodec = object.value("audioCodec"_L1).toString();
    clip.width = object.value("width"_L1).toInt();
    clip.height = object.value("height"_L1).toInt();
    clip.turnClockwise = object.value("turnClockwise"_L1).toInt();
    clip.isMirrored = object.value("mirrored"_L1).toBool();
    clip.interlaced = object.value("interlaced"_L1).toBool();
    return clip;
}

} // namespace framecode
