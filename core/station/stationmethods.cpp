// SPDX-License-Identifier: GPL-3.0-or-later
// What clients may ask of the station: one function a method of core/control's table.
#include "core/station/station.h"

#include "core/base/logging.h"
#include "core/playlist/itemsound.h"
#include "core/station/processes.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>
#include <QSet>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QJsonObject editJson(const EditReply &reply)
{
    QJsonObject object{{u"version"_s, qint64(reply.version)}, {u"frame"_s, qint64(reply.frame)}};
    if (reply.isNextSettled)
        object.insert(u"nextSettled"_s, true);
    return object;
}

std::optional<quint64> expectedVersion(const QJsonObject &params)
{
    const QJsonValue value = params.value("expect"_L1);
    return value.isDouble() ? std::optional(quint64(value.toInteger())) : std::nullopt;
}

std::optional<QString> optionalText(const QJsonObject &params, QLatin1StringView name)
{
    return params.contains(name) ? std::optional(params.value(name).toString()) : std::nullopt;
}

QStringList textList(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue &entry : value.toArray())
        list.append(entry.toString());
    return list;
}

ChannelLogo::Done logoReply(const Channel &channel, const RpcReply &reply)
{
    return [&channel, reply](const ChannelLogo::Outcome &frame) {
        if (!frame)
            return reply.error(frame.error());
        QJsonObject result{{u"logo"_s, channel.statusJson().value("logo"_L1)}};
        if (frame.value())
            result.insert(u"frame"_s, qint64(*frame.value()));
        reply.result(result);
    };
}

/// What channel.set takes that no player has to try.
struct PlainSettings {
    std::optional<Looping> loop;
    std::optional<std::chrono::milliseconds> safeZone;
    std::optional<QString> languages;
    bool hasTarget = false;
    std::optional<double> targetLufs;
    std::optional<bool> slateClock;
};

Result<PlainSettings> plainSettingsFrom(const QJsonObject &params)
{
    PlainSettings settings;
    if (const QJsonValue loop = params.value("loop"_L1); loop.isBool())
        settings.loop = loop.toBool() ? Looping::On : Looping::Off;
    if (const QJsonValue zone = params.value("safeZoneMs"_L1); zone.isDouble()) {
        if (zone.toInteger() < 0 || zone.toInteger() > 300000)
            return Error{ErrorCode::InvalidArgument, u"the safe zone may be 0 to 300000 ms"_s, 0};
        settings.safeZone = std::chrono::milliseconds(zone.toInteger());
    }
    settings.languages = optionalText(params, "languages"_L1);
    if (settings.languages) {
        if (const Result<QStringList> list = languagesFromText(*settings.languages); !list)
            return list.error();
    }
    if (const QJsonValue loudness = params.value("loudness"_L1); loudness.isString()) {
        Result<std::optional<double>> target = loudnessFromText(loudness.toString());
        if (!target)
            return target.error();
        settings.hasTarget = true;
        settings.targetLufs = target.value();
    }
    if (const QJsonValue clock = params.value("slateClock"_L1); clock.isBool())
        settings.slateClock = clock.toBool();
    return settings;
}

Result<void> setPlainSettings(Channel &channel, const PlainSettings &settings)
{
    Result<void> set;
    if (settings.loop)
        set = channel.setLooping(*settings.loop);
    if (set && settings.safeZone)
        set = channel.setSafeZone(*settings.safeZone);
    if (set && settings.languages)
        set = channel.setLanguages(*settings.languages);
    if (set && settings.hasTarget)
        set = channel.setLoudness(settings.targetLufs);
    if (set && settings.slateClock)
        set = channel.slate().setClock(*settings.slateClock);
    return set;
}

} // namespace

Result<Channel *> Station::channelOf(const QJsonObject &params)
{
    const QString name = params.value("channel"_L1).toString();
    const auto found = m_channels.find(name);
    if (found != m_channels.end())
        return found->second.get();
    if (const auto reason = m_leftOut.constFind(name); reason != m_leftOut.constEnd())
        return Error{ErrorCode::NotFound, leftOutText(name, *reason), 0};
    return Error{ErrorCode::NotFound, u"no channel \"%1\""_s.arg(name), 0};
}

void Station::handle(const QString &method, const QJsonObject &params, const RpcReply &reply)
{
    static const QHash<QString, Method> methods{
        {u"channel.create"_s, &Station::channelCreate},
        {u"channel.list"_s, &Station::channelList},
        {u"channel.remove"_s, &Station::channelRemove},
        {u"channel.set"_s, &Station::channelSet},
        {u"channel.start"_s, &Station::channelStart},
        {u"channel.stop"_s, &Station::channelStop},
        {u"channel.skip"_s, &Station::channelSkip},
        {u"channel.take"_s, &Station::channelTake},
        {u"channel.next"_s, &Station::channelNext},
        {u"channel.status"_s, &Station::channelStatus},
        {u"destination.add"_s, &Station::destinationAdd},
        {u"destination.list"_s, &Station::destinationList},
        {u"destination.remove"_s, &Station::destinationRemove},
        {u"logo.set"_s, &Station::logoSet},
        {u"logo.off"_s, &Station::logoOff},
        {u"playlist.add"_s, &Station::playlistAdd},
        {u"playlist.list"_s, &Station::playlistList},
        {u"playlist.remove"_s, &Station::playlistRemove},
        {u"playlist.move"_s, &Station::playlistMove},
        {u"playlist.clear"_s, &Station::playlistClear},
        {u"playlist.set"_s, &Station::playlistSet},
        {u"playlist.undo"_s, &Station::playlistUndo},
        {u"proof.get"_s, &Station::proofGet},
        {u"proof.again"_s, &Station::proofAgain},
        {u"thumbnail.get"_s, &Station::thumbnailGet},
        {u"asrun.list"_s, &Station::asrunList},
        {u"asrun.keep"_s, &Station::asrunKeep},
        {u"alarms.list"_s, &Station::alarmsList},
        {u"alarms.clear"_s, &Station::alarmsClear},
        {u"preview.open"_s, &Station::previewOpen},
        {u"preview.close"_s, &Station::previewClose},
        {u"station.processes"_s, &Station::stationProcesses},
        {u"station.render"_s, &Station::stationRender},
        {u"station.shutdown"_s, &Station::stationShutdown},
    };
    const Method function = methods.value(method, nullptr);
    if (!function)
        return reply.error(
            {ErrorCode::Unsupported, u"the engine has no method \"%1\""_s.arg(method), 0});
    (this->*function)(params, reply);
}

void Station::channelCreate(const QJsonObject &params, const RpcReply &reply)
{
    ChannelSettings settings;
    settings.name = params.value("name"_L1).toString();
    if (!isValidChannelName(settings.name))
        return reply.error({ErrorCode::InvalidArgument,
                            u"\"%1\" cannot be a channel's name: 1 to 64 printable characters, no "
                            "slash, no dot or space at the start"_s.arg(settings.name),
                            0});
    if (m_channels.contains(settings.name))
        return reply.error(
            {ErrorCode::AlreadyExists, u"channel \"%1\" exists already"_s.arg(settings.name), 0});
    // Its files may be mended yet.
    if (const auto reason = m_leftOut.constFind(settings.name); reason != m_leftOut.constEnd())
        return reply.error({ErrorCode::AlreadyExists, leftOutText(settings.name, *reason), 0});
    const QString size = u"%1x%2"_s.arg(params.value("width"_L1).toInt(settings.format.width))
                             .arg(params.value("height"_L1).toInt(settings.format.height));
    Result<HouseFormat> format
        = houseFormatFromText(size,
                              params.value("fps"_L1).toVariant().toString().isEmpty()
                                  ? settings.format.rate.toString()
                                  : params.value("fps"_L1).toVariant().toString());
    if (!format)
        return reply.error(format.error());
    settings.format = format.value();
    settings.looping = params.value("loop"_L1).toBool(true) ? Looping::On : Looping::Off;
    settings.safeZone = std::chrono::milliseconds(params.value("safeZoneMs"_L1).toInteger(5000));
    if (settings.safeZone.count() < 0 || settings.safeZone > std::chrono::minutes(5))
        return reply.error(
            {ErrorCode::InvalidArgument, u"the safe zone may be 0 to 300000 ms"_s, 0});
    settings.targetLufs
        = kUsualTargetLufs; // not of ChannelSettings: stored ones keep what they have
    if (const QJsonValue loudness = params.value("loudness"_L1); loudness.isString()) {
        Result<std::optional<double>> target = loudnessFromText(loudness.toString());
        if (!target)
            return reply.error(target.error());
        settings.targetLufs = target.value();
    }
    if (Result<void> saved = settings.save(m_paths); !saved)
        return reply.error(saved.error());
    Result<std::unique_ptr<Channel>> channel
        = Channel::open(m_paths, settings, m_options, m_keeper, &m_proofs);
    if (!channel)
        return reply.error(channel.error());
    Channel *raw = channel.value().get();
    adopt(std::move(channel).value());
    m_server.notify(u"event.status"_s, raw->statusJson(), raw->name());
    m_server.notify(u"event.playlist"_s, raw->playlistJson(), raw->name());
    reply.result(raw->statusJson());
}

void Station::channelList(const QJsonObject &, const RpcReply &reply)
{
    QJsonArray channels;
    for (const auto &[name, channel] : m_channels)
        channels.append(channel->statusJson());
    reply.result({{u"channels"_s, channels}});
}

void Station::channelRemove(const QJsonObject &params, const RpcReply &reply)
{
    const QString name = params.value("name"_L1).toString();
    Result<Channel *> channel = channelOf({{u"channel"_s, name}});
    if (!channel)
        return reply.error(channel.error());
    if (channel.value()->isOnAir())
        return reply.error(
            {ErrorCode::Busy, u"channel \"%1\" is on air; stop it first"_s.arg(name), 0});
    if (channel.value()->isGoingOffAir())
        return reply.error(
            {ErrorCode::Busy,
             u"channel \"%1\" is still sending its last frames; try again in a moment"_s.arg(name),
             0});
    m_channels.erase(name);
    QDir(m_paths.channelConfig(name)).removeRecursively();
    QDir(m_paths.channelData(name)).removeRecursively();
    m_server.notify(u"event.status"_s, {{u"name"_s, name}, {u"state"_s, u"removed"_s}}, name);
    reply.result();
}

// What cannot be right is refused before anything is set, and what has to be tried by a player
// comes first, the slate last of that: viewers may see it at once.
void Station::channelSet(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf({{u"channel"_s, params.value("name"_L1)}});
    if (!channel)
        return reply.error(channel.error());
    const Result<PlainSettings> plain = plainSettingsFrom(params);
    if (!plain)
        return reply.error(plain.error());
    const auto setRest = [target = channel.value(), plain = plain.value(), reply] {
        if (Result<void> set = setPlainSettings(*target, plain); !set)
            return reply.error(set.error());
        reply.result(target->statusJson());
    };
    const auto setSlate = [target = channel.value(), setRest, params, reply] {
        const auto slate = optionalText(params, "slate"_L1);
        if (!slate)
            return setRest();
        target->slate().set(*slate, [setRest, reply](const Result<void> &set) {
            if (!set)
                return reply.error(set.error());
            setRest();
        });
    };
    const auto emergency = optionalText(params, "emergency"_L1);
    if (!emergency)
        return setSlate();
    channel.value()->emergency().set(*emergency, [setSlate, reply](const Result<void> &set) {
        if (!set)
            return reply.error(set.error());
        setSlate();
    });
}

void Station::channelStart(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    if (isRendering(channel.value()->name()))
        return reply.error(
            {ErrorCode::Busy,
             u"channel \"%1\" is being rendered; wait for its end or start another"_s.arg(
                 channel.value()->name()),
             0});
    Result<std::int64_t> started = channel.value()->start();
    if (!started)
        return reply.error(started.error());
    reply.result({{u"frame"_s, qint64(started.value())}});
}

void Station::channelStop(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    channel.value()->stop([this, reply](std::int64_t frame) {
        m_records.whenKept([reply, frame] { reply.result({{u"frame"_s, qint64(frame)}}); });
    });
}

void Station::channelSkip(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    // What was answered stands in the as-run log, also after a power cut.
    channel.value()->skip([this, reply](const Result<QJsonObject> &done) {
        m_records.whenKept([reply, done] { reply.answer(done); });
    });
}

void Station::channelTake(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    channel.value()->take(params.value("item"_L1).toString(),
                          [this, reply](const Result<QJsonObject> &done) {
                              m_records.whenKept([reply, done] { reply.answer(done); });
                          });
}

void Station::channelNext(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    Result<EditReply> done
        = channel.value()->setNext(params.value("item"_L1).toString(), expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::channelStatus(const QJsonObject &params, const RpcReply &reply)
{
    if (!params.contains("channel"_L1))
        return channelList(params, reply);
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    reply.result(channel.value()->statusJson());
}

void Station::destinationAdd(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    const QString key = params.value("key"_L1).toString();
    Result<DestinationSettings> destination
        = DestinationSettings::fromTarget(params.value("target"_L1).toString(), key);
    if (!destination)
        return reply.error(destination.error());
    destination->serve = params.value("serve"_L1).toString();
    destination->listSize = params.value("listSize"_L1).toInt(-1);
    const bool keyWasInUrl = key.isEmpty() && !destination->key.isEmpty();
    Result<DestinationSettings> added = channel.value()->addDestination(destination.value());
    if (!added)
        return reply.error(added.error());
    QJsonObject result{{u"destination"_s, added->toJson()}};
    if (keyWasInUrl) {
        result.insert(u"warning"_s,
                      u"the address held a stream key; it is kept apart and never shown"_s);
    }
    reply.result(result);
}

void Station::destinationList(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    reply.result({{u"destinations"_s, channel.value()->destinationsJson()}});
}

void Station::destinationRemove(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    if (Result<void> removed = channel.value()->removeDestination(params.value("id"_L1).toString());
        !removed)
        return reply.error(removed.error());
    reply.result();
}

void Station::logoSet(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    QJsonObject wanted = params;
    wanted.remove("channel"_L1);
    channel.value()->logo().set(wanted, logoReply(*channel.value(), reply));
}

void Station::logoOff(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    channel.value()->logo().off(logoReply(*channel.value(), reply));
}

void Station::playlistAdd(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    InsertEdit edit;
    edit.row = params.value("at"_L1).toInt(-1);
    // Whether there is such a file is not asked: on a share whose server is dead that would block
    // the engine until the keeper kills it. The item says so once it was probed.
    for (const QString &path : textList(params.value("files"_L1))) {
        if (!path.startsWith(u'/')) // to QDir::isAbsolutePath() Qt's own ":/" is absolute, too
            return reply.error(
                {ErrorCode::InvalidArgument, u"\"%1\" is not an absolute path"_s.arg(path), 0});
        PlaylistItem item;
        item.path = QDir::cleanPath(path);
        if (Result<void> set
            = setPoints(item, optionalText(params, "in"_L1), optionalText(params, "out"_L1),
                        channel.value()->settings().format.rate);
            !set)
            return reply.error(set.error());
        item.category = params.value("category"_L1).toString().trimmed();
        edit.items.append(item);
    }
    Result<EditReply> done = channel.value()->edit(edit, expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    QJsonObject result = editJson(done.value());
    const QSet<QString> inserted(done->insertedIds.begin(), done->insertedIds.end());
    QJsonArray items;
    for (const QJsonValue &item : channel.value()->playlistJson().value("items"_L1).toArray()) {
        if (inserted.contains(item.toObject().value("id"_L1).toString()))
            items.append(item);
    }
    result.insert(u"items"_s, items);
    reply.result(result);
}

void Station::playlistList(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    reply.result(channel.value()->playlistJson());
}

void Station::playlistRemove(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    Result<EditReply> done = channel.value()->edit(RemoveEdit{textList(params.value("items"_L1))},
                                                   expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::playlistMove(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    Result<EditReply> done = channel.value()->edit(
        MoveEdit{textList(params.value("items"_L1)), params.value("to"_L1).toInt()},
        expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::playlistSet(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    const ItemChange change{optionalText(params, "title"_L1), optionalText(params, "category"_L1),
                            optionalText(params, "in"_L1), optionalText(params, "out"_L1),
                            optionalText(params, "sound"_L1)};
    if (!change.title && !change.category && !change.in && !change.out && !change.sound)
        return reply.error({ErrorCode::InvalidArgument,
                            u"nothing to set: give title, category, in, out or sound"_s, 0});
    Result<EditReply> done = channel.value()->setItem(params.value("item"_L1).toString(), change,
                                                      expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::playlistClear(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    Result<EditReply> done = channel.value()->edit(ClearEdit{}, expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::playlistUndo(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    Result<EditReply> done = channel.value()->undo(expectedVersion(params));
    if (!done)
        return reply.error(done.error());
    reply.result(editJson(done.value()));
}

void Station::previewOpen(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    reply.answer(channel.value()->openPreview(reply.client()));
}

void Station::previewClose(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    channel.value()->closePreview(reply.client());
    reply.result();
}

void Station::stationProcesses(const QJsonObject &, const RpcReply &reply)
{
    QJsonArray processes;
    processes.append(processJson(u"engine"_s, {}, ::getpid()));
    if (m_keeper)
        processes.append(processJson(u"keeper"_s, {}, m_keeper->peer()));
    if (m_proofs.proverPid() > 0)
        processes.append(processJson(u"prover"_s, {}, pid_t(m_proofs.proverPid())));
    for (const auto &[name, channel] : m_channels) {
        for (const auto &[role, pid] : channel->processes())
            processes.append(processJson(role, name, pid));
    }
    for (const auto &[name, render] : m_renders) {
        for (const auto &[role, pid] : render.job->processes())
            processes.append(processJson(role, name, pid));
    }
    reply.result({{u"processes"_s, processes}});
}

void Station::stationRender(const QJsonObject &params, const RpcReply &reply)
{
    Result<Channel *> channel = channelOf(params);
    if (!channel)
        return reply.error(channel.error());
    const QString of = channel.value()->name();
    if (channel.value()->isOnAir() || channel.value()->isGoingOffAir())
        return reply.error({ErrorCode::Busy,
                            u"channel \"%1\" is on air; stop it first or render another"_s.arg(of),
                            0});
    const QString out = params.value("out"_L1).toString();
    if (!QDir::isAbsolutePath(out))
        return reply.error(
            {ErrorCode::InvalidArgument, u"\"%1\" is not an absolute path"_s.arg(out), 0});
    // Not a name that a channel can have, so that the FIFOs never meet.
    const QString name = u".render-%1"_s.arg(++m_lastRender);
    auto job = std::make_unique<RenderJob>(m_paths, name, channel.value()->settings().format,
                                           channel.value()->playoutItems(), out,
                                           channel.value()->settings().logo);
    RenderJob *raw = job.get();
    m_renders.emplace(name, Render{reply.client(), of, std::move(job)});
    raw->start([this, name, reply](const Result<QJsonObject> &done) {
        reply.answer(done);
        QMetaObject::invokeMethod(
            this, [this, name] { m_renders.erase(name); }, Qt::QueuedConnection);
    });
}

void Station::stationShutdown(const QJsonObject &, const RpcReply &reply)
{
    connect(this, &Station::finished, this, [reply] { reply.result(); });
    shutDown();
}

} // namespace continuo
