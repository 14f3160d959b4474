// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/recordstext.h"

#include "app/ctl/texttable.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QTextStream>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString textOf(const QJsonObject &object, QLatin1StringView name)
{
    const QJsonValue value = object.value(name);
    return value.isDouble() ? QString::number(value.toInteger()) : value.toString();
}

QString isoTime(const QJsonValue &milliseconds)
{
    if (!milliseconds.isDouble())
        return {};
    return QDateTime::fromMSecsSinceEpoch(milliseconds.toInteger(), Qt::UTC)
        .toString(Qt::ISODateWithMs);
}

QString clockOf(const QJsonValue &milliseconds)
{
    return milliseconds.isDouble() ? clockText(milliseconds.toInteger()) : QString();
}

QString reasonsOf(const QJsonObject &row)
{
    QStringList reasons;
    for (const QJsonValue &reason : row.value("reasons"_L1).toArray())
        reasons.append(reason.toString());
    return reasons.join(u' ');
}

QString csvField(QString text)
{
    static const QRegularExpression special(u"[\",\r\n]"_s);
    if (!text.contains(special))
        return text;
    return u'"' + text.replace(u'"', u"\"\""_s) + u'"';
}

Result<void> takeTime(const CommandLine &line, const char *option, QLatin1StringView name,
                      QJsonObject &params)
{
    if (!line.has(option))
        return {};
    const Result<QDateTime> time = timeFromText(line.value(option), QDateTime::currentDateTime());
    if (!time)
        return time.error();
    params.insert(name, std::max<qint64>(0, time->toMSecsSinceEpoch())); // nothing was aired before
    return {};
}

} // namespace

Result<QDateTime> timeFromText(const QString &text, const QDateTime &now)
{
    static const QRegularExpression ago(u"^(\\d{1,6})([smhd])$"_s);
    if (const QRegularExpressionMatch match = ago.match(text); match.hasMatch()) {
        const QString unit = match.captured(2);
        const qint64 seconds = unit == "s"_L1 ? 1
            : unit == "m"_L1                  ? 60
            : unit == "h"_L1                  ? 3600
                                              : 86400;
        return now.addSecs(-match.captured(1).toLongLong() * seconds);
    }
    if (const QTime time = QTime::fromString(text, Qt::ISODate);
        time.isValid() && !text.contains(u'-'))
        return QDateTime(now.date(), time, now.timeZone());
    if (const QDate date = QDate::fromString(text, Qt::ISODate);
        date.isValid() && text.size() == 10)
        return date.startOfDay(now.timeZone());
    QString iso = text;
    iso.replace(u' ', u'T');
    if (const QDateTime time = QDateTime::fromString(iso, Qt::ISODateWithMs); time.isValid())
        return time;
    return Error{
        ErrorCode::InvalidArgument,
        u"'%1' is no time: give 2026-01-31, 2026-01-31T18:30, 18:30 or 2h (ago)"_s.arg(text), 0};
}

Result<QJsonObject> asrunParams(const CommandLine &line)
{
    if (line.has("--csv") && line.has("--json"))
        return Error{ErrorCode::InvalidArgument, u"--csv and --json do not go together"_s, 0};
    QJsonObject params{{u"channel"_s, line.arguments.at(0)}};
    if (Result<void> taken = takeTime(line, "--from", "fromMs"_L1, params); !taken)
        return taken.error();
    if (Result<void> taken = takeTime(line, "--to", "toMs"_L1, params); !taken)
        return taken.error();
    return params;
}

Result<QJsonObject> keepParams(const CommandLine &line)
{
    QJsonObject params;
    if (line.arguments.isEmpty())
        return params;
    bool isNumber = false;
    const int days = line.arguments.at(0).toInt(&isNumber);
    if (!isNumber || days < 0) {
        return Error{ErrorCode::InvalidArgument,
                     u"'%1' is no number of days"_s.arg(line.arguments.at(0)), 0};
    }
    params.insert("days"_L1, days);
    return params;
}

void printAsrun(QTextStream &out, const QJsonObject &result)
{
    TextTable table({u"START"_s, u"END"_s, u"PLANNED START"_s, u"PLANNED END"_s, u">FRAMES"_s,
                     u">HELD"_s, u">DROPPED"_s, u"TITLE"_s, u"REASON"_s});
    for (const QJsonValue &value : result.value("rows"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        const bool isSlate = row.value("item"_L1).toString().isEmpty();
        const QString standIn
            = row.value("begun"_L1) == "emergency"_L1 ? u"(emergency clip)"_s : u"(slate)"_s;
        const bool isOnAir = row.value("onAir"_L1).toBool();
        const QString detail = textOf(row, "detail"_L1);
        table.addRow({clockOf(row.value("startMs"_L1)),
                      isOnAir ? u"on air"_s : clockOf(row.value("endMs"_L1)),
                      clockOf(row.value("plannedStartMs"_L1)),
                      clockOf(row.value("plannedEndMs"_L1)), textOf(row, "frames"_L1),
                      textOf(row, "held"_L1), textOf(row, "dropped"_L1),
                      isSlate ? standIn : textOf(row, "title"_L1),
                      detail.isEmpty() ? reasonsOf(row) : reasonsOf(row) + u": "_s + detail});
    }
    if (table.isEmpty())
        out << "Nothing was on air in that time.\n";
    else
        table.write(out);
}

void printAsrunCsv(QTextStream &out, const QJsonObject &result)
{
    out << "channel,item,path,title,planned_start,planned_end,start,end,start_frame,end_frame,"
           "frames,held,dropped,begun,reasons,detail\r\n";
    for (const QJsonValue &value : result.value("rows"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        QStringList fields;
        for (const QLatin1StringView name : {"channel"_L1, "item"_L1, "path"_L1, "title"_L1})
            fields.append(textOf(row, name));
        for (const QLatin1StringView name :
             {"plannedStartMs"_L1, "plannedEndMs"_L1, "startMs"_L1, "endMs"_L1})
            fields.append(isoTime(row.value(name)));
        for (const QLatin1StringView name :
             {"startFrame"_L1, "endFrame"_L1, "frames"_L1, "held"_L1, "dropped"_L1, "begun"_L1})
            fields.append(textOf(row, name));
        fields << reasonsOf(row) << textOf(row, "detail"_L1);
        for (QString &field : fields)
            field = csvField(field);
        out << fields.join(u',') << "\r\n";
    }
}

void printKeep(QTextStream &out, const QJsonObject &result)
{
    const qint64 days = result.value("days"_L1).toInteger();
    out << (days > 0 ? u"kept for %1 days"_s.arg(days) : u"kept for ever"_s) << '\n';
}

void printAlarms(QTextStream &out, const QJsonObject &result)
{
    TextTable table({u"LAST"_s, u"LEVEL"_s, u"STATE"_s, u">TIMES"_s, u"SINCE"_s, u"CHANNEL"_s,
                     u"CODE"_s, u"WHAT"_s, u"WHAT WAS DONE"_s});
    for (const QJsonValue &value : result.value("alarms"_L1).toArray()) {
        const QJsonObject alarm = value.toObject();
        table.addRow({clockOf(alarm.value("lastMs"_L1)), textOf(alarm, "level"_L1),
                      textOf(alarm, "state"_L1), textOf(alarm, "count"_L1),
                      clockOf(alarm.value("firstMs"_L1)), textOf(alarm, "channel"_L1),
                      textOf(alarm, "code"_L1), textOf(alarm, "text"_L1),
                      textOf(alarm, "action"_L1)});
    }
    if (table.isEmpty())
        out << "No alarms.\n";
    else
        table.write(out);
}

void printCleared(QTextStream &out, const QJsonObject &result)
{
    out << textOf(result, "cleared"_L1) << " cleared\n";
}

} // namespace continuo
