// SPDX-License-Identifier: GPL-3.0-or-later
// The status of a channel as clients see it: what was measured, never that a process exists.
#include "core/channel/channel.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// On air, and nothing has come out for so long: whatever the processes look like, viewers see
// nothing.
constexpr std::chrono::seconds kDeadAir(10);

QJsonObject levelJson(PipeLevel level)
{
    return {{u"bytes"_s, level.bytes}, {u"capacity"_s, level.capacity}};
}

} // namespace

QJsonArray Channel::destinationsJson() const
{
    const QHash<QString, QJsonObject> states
        = m_chain ? m_chain->status().destinations : QHash<QString, QJsonObject>();
    QJsonArray result;
    for (const DestinationSettings &destination : m_settings.destinations) {
        QJsonObject object = destination.toJson();
        object.insert(u"state"_s, m_chain ? u"connecting"_s : u"off"_s);
        const QJsonObject state = states.value(destination.id);
        for (const QString &key : {u"state"_s, u"code"_s, u"detail"_s, u"bytes"_s, u"frame"_s,
                                   u"address"_s, u"lost"_s}) {
            if (state.contains(key))
                object.insert(key, state.value(key));
        }
        result.append(object);
    }
    return result;
}

QJsonObject Channel::loudnessJson() const
{
    QJsonObject object{{u"target"_s, loudnessToJson(m_settings.targetLufs)}};
    if (!m_meter || (m_load && m_load->isOverloaded()))
        return object;
    const MeterFeed::Reading reading = m_meter->reading();
    const auto insert = [&object](const QString &name, std::optional<double> value) {
        object.insert(name, value ? QJsonValue(std::round(*value * 10) / 10) : QJsonValue());
    };
    insert(u"momentary"_s, reading.momentary);
    insert(u"shortTerm"_s, reading.shortTerm);
    insert(u"integrated"_s, reading.integrated);
    insert(u"truePeak"_s, reading.truePeak);
    object.insert(u"missed"_s, qint64(reading.missed));
    return object;
}

QJsonObject Channel::statusJson() const
{
    QJsonObject object{{u"name"_s, name()},
                       {u"state"_s, m_chain ? u"stopping"_s : u"off"_s},
                       {u"format"_s, m_settings.format.toJson()},
                       {u"loop"_s, m_settings.looping == Looping::On},
                       {u"safeZoneMs"_s, qint64(m_settings.safeZone.count())},
                       {u"languages"_s, QJsonArray::fromStringList(m_settings.languages)},
                       {u"loudness"_s, loudnessJson()},
                       {u"listVersion"_s, qint64(m_list.playlist().version())},
                       {u"listFile"_s, m_list.filePath()},
                       {u"items"_s, m_list.playlist().size()},
                       {u"destinations"_s, destinationsJson()}};
    QJsonArray problems;
    for (const Problem &problem : m_problems) {
        problems.append(QJsonObject{{u"item"_s, problem.itemId},
                                    {u"path"_s, problem.path},
                                    {u"code"_s, errorCodeName(problem.error.code)},
                                    {u"detail"_s, problem.error.detail},
                                    {u"frame"_s, problem.frame},
                                    {u"framesPlayed"_s, problem.framesPlayed}});
    }
    object.insert(u"problems"_s, problems);
    if (const QJsonObject logo = m_logo.statusJson(); !logo.isEmpty())
        object.insert(u"logo"_s, logo);
    object.insert(u"slate"_s, m_slate.statusJson());
    if (const QJsonObject emergency = m_emergency.statusJson(); !emergency.isEmpty())
        object.insert(u"emergency"_s, emergency);
    if (!m_playout || !m_chain)
        return object;

    const PlayoutStatus playout = m_playout->status();
    const ChainStatus chain = m_chain->status();
    const FrameRate rate = m_settings.format.rate;
    const auto milliseconds
        = [&](std::int64_t frames) { return qint64(framesToNanoseconds(frames, rate) / 1000000); };
    // After a take-over the frames below m_feedFrame are made again, which is not on air.
    const bool hasBegun
        = playout.air.frame >= std::max(m_startedAt, m_feedFrame) && m_epoch.monotonic.count() > 0;
    // Either way nothing of the list is seen; `emergency` says which.
    const bool isStandIn = playout.air.isSlate || playout.air.isEmergency;
    QString state = isStandIn ? u"slate"_s : u"on-air"_s;
    if (!hasBegun || chain.acknowledged <= m_startedAt)
        state = u"starting"_s;
    const bool isSilent = m_options.isPaced && chain.silence > kDeadAir;
    if (chain.encoderState == "failed"_L1 || isSilent) {
        state = u"failed"_s;
        if (isSilent)
            object.insert(u"detail"_s,
                          u"nothing has come out of the encoder for %1 s"_s.arg(
                              chain.silence.count() / 1000));
    }
    object.insert(u"state"_s, state);
    object.insert(u"frame"_s, qint64(playout.air.frame));
    object.insert(u"acked"_s, qint64(chain.acknowledged));
    if (!playout.itemId.isEmpty()) {
        const qint64 position = playout.air.frame - playout.air.startFrame + 1;
        QJsonObject item{{u"id"_s, playout.itemId},
                         {u"title"_s, playout.itemTitle},
                         {u"frame"_s, position},
                         {u"startFrame"_s, qint64(playout.air.startFrame)},
                         {u"frames"_s, qint64(playout.itemFrames)},
                         {u"positionMs"_s, milliseconds(position)}};
        if (playout.itemFrames >= 0)
            item.insert(u"remainingMs"_s,
                        milliseconds(std::max<qint64>(playout.itemFrames - position, 0)));
        if (playout.gainCentiDb)
            item.insert(u"loudness"_s,
                        QJsonObject{{u"gain"_s, double(*playout.gainCentiDb) / 100},
                                    {u"estimated"_s, playout.isGainEstimated}});
        object.insert(u"item"_s, item);
    }
    if (!playout.nextId.isEmpty()) {
        object.insert(u"next"_s,
                      QJsonObject{{u"id"_s, playout.nextId},
                                  {u"title"_s, playout.nextTitle},
                                  {u"cued"_s, playout.isNextCued},
                                  {u"settled"_s, playout.isLocked}});
    }
    object.insert(u"counts"_s,
                  QJsonObject{{u"late"_s, qint64(playout.air.counts.late)},
                              {u"held"_s, qint64(playout.air.counts.held)},
                              {u"dropped"_s, qint64(playout.air.counts.dropped)}});
    object.insert(
        u"pipes"_s,
        QJsonObject{{u"in"_s, levelJson(chain.pipeIn)}, {u"out"_s, levelJson(chain.pipeOut)}});
    object.insert(u"store"_s,
                  QJsonObject{{u"frames"_s, qint64(playout.framesAhead)},
                              {u"ms"_s, milliseconds(playout.framesAhead)}});
    object.insert(u"retained"_s, qint64(m_playout->retained()->size()));
    object.insert(
        u"encoder"_s,
        QJsonObject{{u"state"_s, chain.encoderState},
                    {u"pid"_s, qint64(chain.encoderPid)},
                    {u"session"_s, chain.session},
                    {u"fps"_s, chain.encoderFps},
                    {u"speed"_s, chain.encoderFps / rate.toDouble()},
                    {u"bitrate"_s, chain.bitrate},
                    {u"delayFrames"_s, qint64(playout.air.frame + 1 - chain.acknowledged)}});
    object.insert(
        u"publisher"_s,
        QJsonObject{{u"state"_s, chain.publisherState}, {u"pid"_s, qint64(chain.publisherPid)}});
    if (m_load && m_load->isOverloaded()) {
        QJsonArray shed;
        if (m_preview)
            shed.append(u"preview"_s);
        if (m_meter)
            shed.append(u"meter"_s);
        if (m_load->droppedSince() > 0)
            shed.append(u"frames"_s);
        object.insert(
            u"overload"_s,
            QJsonObject{{u"shed"_s, shed}, {u"dropped"_s, qint64(m_load->droppedSince())}});
    }
    QJsonObject player{{u"state"_s, playout.playerState},
                       {u"frames"_s, qint64(playout.playerFrames)}};
    if (!playout.playerReason.isEmpty())
        player.insert(u"reason"_s, playout.playerReason);
    object.insert(u"player"_s, player);
    object.insert(u"players"_s, qint64(playout.players.size()));
    const int abandoned
        = playout.abandoned + m_logo.abandoned() + m_slate.abandoned() + m_emergency.abandoned();
    if (abandoned > 0)
        object.insert(u"abandoned"_s, abandoned);
    if (!m_cell.isEmpty())
        object.insert(u"cell"_s, m_cell);
    if (hasBegun)
        object.insert(u"uptimeMs"_s,
                      milliseconds(playout.air.frame + 1 - playout.air.counts.since));
    return object;
}

} // namespace continuo
