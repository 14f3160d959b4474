// SPDX-License-Identifier: GPL-3.0-or-later
// As-run log and alarms: what goes into them, and what clients may ask of them.
#include "core/station/station.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kProgressInterval = 5s; // one fsync each, and what a power cut can take off a row
constexpr int kMostRows = 5000; // in one answer: some 2 MB

std::optional<WallTime> wallTime(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(WallTime(std::chrono::milliseconds(value.toInteger())))
                            : std::nullopt;
}

} // namespace

void Station::connectRecords()
{
    connect(&m_records, &Records::message, this,
            [this](const QString &level, const QString &code, const QString &text) {
                onMessage({}, level, code, text);
            });
    connect(&m_records, &Records::alarmChanged, this, [this](const QJsonObject &alarm) {
        m_server.notify(u"event.alarm"_s, alarm, alarm.value("channel"_L1).toString());
    });
    m_progressTimer.setInterval(kProgressInterval);
    connect(&m_progressTimer, &QTimer::timeout, this, [this] {
        for (const auto &[name, channel] : m_channels)
            channel->recordProgress();
        boundLogs();
    });
    m_progressTimer.start();
}

// A destination that cannot be reached lasts until it runs again, is removed, or its channel ends.
void Station::watchDestinations(const Channel &channel)
{
    QHash<QString, QString> &troubled = m_troubled[channel.name()];
    QHash<QString, QString> now;
    for (const QJsonValue &value : channel.destinationsJson()) {
        const QJsonObject destination = value.toObject();
        const QString id = destination.value("id"_L1).toString();
        const QString state = destination.value("state"_L1).toString();
        const bool isBad = state == "retrying"_L1 || state == "failed"_L1;
        const bool staysBad = state == "connecting"_L1 && troubled.contains(id);
        if (!isBad && !staysBad)
            continue;
        now.insert(id, state);
        if (!isBad || troubled.value(id) == state)
            continue;
        m_records.raiseAlarm(channel.name(), id, u"destination-trouble"_s,
                             state == "failed"_L1 ? u"fault"_s : u"warning"_s,
                             u"%1: %2"_s.arg(destination.value("target"_L1).toString(),
                                             destination.value("detail"_L1).toString()));
    }
    for (auto entry = troubled.keyBegin(); entry != troubled.keyEnd(); ++entry) {
        if (!now.contains(*entry))
            m_records.endAlarm(channel.name(), *entry, u"destination-trouble"_s);
    }
    troubled = now;
}

void Station::asrunList(const QJsonObject &params, const RpcReply &reply)
{
    AiringQuery query;
    query.channel = params.value("channel"_L1).toString();
    query.from = wallTime(params.value("fromMs"_L1));
    query.to = wallTime(params.value("toMs"_L1));
    query.afterId = params.value("after"_L1).toInteger();
    query.limit = std::clamp(params.value("limit"_L1).toInt(1000), 1, kMostRows);
    m_records.listAirings(query, [reply](const Result<AiringList> &list) {
        if (!list)
            return reply.error(list.error());
        QJsonArray rows;
        for (const Airing &airing : list->rows)
            rows.append(airing.toJson());
        QJsonObject result{{u"rows"_s, rows}};
        if (list->hasMore)
            result.insert(u"more"_s, true);
        reply.result(result);
    });
}

void Station::asrunKeep(const QJsonObject &params, const RpcReply &reply)
{
    const int days = params.value("days"_L1).toInt(-1);
    if (params.contains("days"_L1) && (days < 0 || days > 36500))
        return reply.error({ErrorCode::InvalidArgument, u"days may be 0 (for ever) to 36500"_s, 0});
    m_records.keepDays(days, [reply](const Result<int> &kept) {
        if (!kept)
            return reply.error(kept.error());
        reply.result({{u"days"_s, kept.value()}});
    });
}

void Station::alarmsList(const QJsonObject &params, const RpcReply &reply)
{
    QJsonArray alarms;
    for (const Alarm &alarm : m_records.alarms(params.value("channel"_L1).toString()))
        alarms.append(alarm.toJson());
    reply.result({{u"alarms"_s, alarms}});
}

void Station::alarmsClear(const QJsonObject &params, const RpcReply &reply)
{
    const std::size_t cleared = m_records.clearAlarms(params.value("channel"_L1).toString());
    m_records.whenKept([reply, cleared] { reply.result({{u"cleared"_s, qint64(cleared)}}); });
}

} // namespace continuo
