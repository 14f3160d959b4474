// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/prooftext.h"

#include <QDir>
#include <QJsonArray>
#include <QTextStream>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString inSeconds(const QJsonValue &us)
{
    return QString::number(double(us.toInteger()) / 1e6, 'f', 2) + u" s"_s;
}

QString inDecibels(const QJsonValue &value, const QString &unit)
{
    return value.isDouble() ? QString::number(value.toDouble(), 'f', 1) + u' ' + unit : u"-"_s;
}

} // namespace

Result<QJsonObject> proofParams(const CommandLine &line)
{
    return QJsonObject{{u"path"_s, QDir::current().absoluteFilePath(line.arguments.at(0))}};
}

Result<QJsonObject> thumbnailParams(const CommandLine &line)
{
    QJsonObject params{{u"path"_s, QDir::current().absoluteFilePath(line.arguments.at(0))}};
    if (line.has("--kind"))
        params.insert(u"kind"_s, line.value("--kind"));
    return params;
}

void printThumbnail(QTextStream &out, const QJsonObject &result)
{
    out << result.value("kind"_L1).toString() << " at " << inSeconds(result.value("atUs"_L1))
        << '\n'
        << result.value("jpeg"_L1).toString() << '\n';
}

void printProof(QTextStream &out, const QJsonObject &result)
{
    out << result.value("verdict"_L1).toString();
    if (result.value("underWay"_L1).toBool())
        out << " (being looked through)";
    out << '\n';
    for (const QJsonValue &value : result.value("findings"_L1).toArray()) {
        const QJsonObject finding = value.toObject();
        out << "  " << finding.value("code"_L1).toString() << ": "
            << finding.value("detail"_L1).toString() << '\n';
    }
    if (result.contains("durationUs"_L1))
        out << "length     " << inSeconds(result.value("durationUs"_L1)) << '\n';
    const QJsonObject reading = result.value("reading"_L1).toObject();
    if (reading.value("variableRate"_L1).toBool())
        out << "rate       varies\n";
    const QJsonObject look = result.value("look"_L1).toObject();
    const QJsonObject fields = look.value("fields"_L1).toObject();
    if (!fields.isEmpty())
        out << "fields     " << fields.value("told"_L1).toString() << ", seen "
            << fields.value("seen"_L1).toString() << '\n';
    if (const double load = look.value("load"_L1).toObject().value("seconds"_L1).toDouble();
        load > 0)
        out << "load       " << QString::number(load, 'f', 2) << " s of processor time a second\n";
    if (const QJsonObject sound = reading.value("sound"_L1).toObject(); !sound.isEmpty())
        out << "loudness   " << inDecibels(sound.value("loudness"_L1), u"LUFS"_s) << "\ntrue peak  "
            << inDecibels(sound.value("truePeak"_L1), u"dBTP"_s) << '\n';
}

} // namespace continuo
