// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/station/station.h"

#include "core/base/lingering.h"
#include "core/base/logging.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>

#include <fcntl.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kStatusInterval = 100ms;
constexpr auto kListDelay = 80ms;
const QString kControlName = u"control"_s; // with the keeper

} // namespace

Station::Station(const StationPaths &paths, const ChannelOptions &options, KeeperLink *keeper)
    : m_paths(paths)
    , m_options(options)
    , m_keeper(keeper)
    , m_server(u"continuod"_s)
    , m_records(paths.data + u"/records.sqlite"_s)
    , m_proofs(paths.data + u"/proofs.sqlite"_s)
    , m_thumbnails(paths.data + u"/thumbnails"_s, &Station::encodeThumbnail,
                   [this](const Result<void> &state) { onThumbnailTrouble(state); })
{
    m_server.setHandler([this](const QString &method, const QJsonObject &params, RpcReply reply) {
        handle(method, params, reply);
    });
    connectRecords();
    connectProofs();
    connect(&m_server, &RpcServer::clientGone, this, [this](quint64 client) {
        for (const auto &[name, channel] : m_channels)
            channel->closePreview(client);
        // Nobody else can end it, and its channel cannot go on air meanwhile.
        std::erase_if(m_renders,
                      [client](const auto &entry) { return entry.second.client == client; });
    });
    connect(&m_server, &RpcServer::subscribed, this,
            [this](quint64 client, const QString &channelName) {
                for (const auto &[name, channel] : m_channels) {
                    if (!channelName.isEmpty() && name != channelName)
                        continue;
                    m_server.notifyClient(client, u"event.status"_s, channel->statusJson());
                    m_server.notifyClient(client, u"event.playlist"_s, channel->playlistJson());
                }
            });
    connect(&m_clockWatch, &WallClockWatch::wallClockStepped, this,
            [this](std::chrono::nanoseconds by) {
                onMessage({}, u"warning"_s, u"clock-was-set"_s,
                          u"the system's clock was set by %1 s; channels go on undisturbed"_s.arg(
                              std::chrono::duration<double>(by).count(), 0, 'f', 1));
                for (const auto &[name, channel] : m_channels)
                    channel->onWallClockSet();
            });
    connect(&m_clockWatch, &WallClockWatch::wasSuspended, this,
            [this](std::chrono::nanoseconds time) {
                onMessage({}, u"warning"_s, u"machine-stood-still"_s,
                          u"the machine stood still for %1 s"_s.arg(
                              std::chrono::duration<double>(time).count(), 0, 'f', 1));
            });
    m_statusTimer.setInterval(kStatusInterval);
    connect(&m_statusTimer, &QTimer::timeout, this, &Station::publishStatus);
    m_listTimer.setSingleShot(true);
    m_listTimer.setInterval(kListDelay);
    connect(&m_listTimer, &QTimer::timeout, this, &Station::publishLists);
}

Station::~Station() = default;

Result<void> Station::start()
{
    std::map<QString, UniqueFd> held = fetchHeld();
    loadChannels();
    if (Result<void> listening = listen(held); !listening)
        return listening;
    for (const auto &[name, channel] : m_channels)
        startChannel(*channel, takeHeldOf(name, held));
    for (const auto &[name, fd] : held)
        dropHeld(name); // of channels that are no more
    if (endsWithLastLogout(m_paths.runtime)) {
        onMessage({}, u"warning"_s, u"lingering-off"_s,
                  u"with the last logout of %1 the system ends the station: loginctl "
                  "enable-linger %1"_s.arg(userName()));
    }
    m_statusTimer.start();
    return {};
}

// What was left by the engine before us.
std::map<QString, UniqueFd> Station::fetchHeld()
{
    if (!m_keeper)
        return {};
    Result<std::map<QString, UniqueFd>> held = m_keeper->fetch();
    if (held)
        return std::move(held).value();
    qCWarning(lcStation) << "the keeper gives nothing back:" << held.error().detail;
    return {};
}

std::map<QString, UniqueFd> Station::takeHeldOf(const QString &channel,
                                                std::map<QString, UniqueFd> &held)
{
    std::map<QString, UniqueFd> result;
    for (auto entry = held.begin(); entry != held.end();) {
        if (entry->first.startsWith(channel + u'/'))
            result.insert(held.extract(entry++));
        else
            ++entry;
    }
    return result;
}

void Station::dropHeld(const QString &name)
{
    if (Result<void> dropped = m_keeper->drop(name); !dropped)
        qCWarning(lcStation) << "the keeper does not drop" << name << dropped.error().detail;
}

void Station::startChannel(Channel &channel, std::map<QString, UniqueFd> held)
{
    QStringList names;
    std::map<QString, UniqueFd> copies;
    for (const auto &[name, fd] : held) {
        names.append(name);
        copies[name] = UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    }
    if (channel.settings().isOnAir && !held.empty()) {
        Result<std::int64_t> goesOn = channel.takeOver(std::move(held));
        if (goesOn)
            return;
        onMessage(channel.name(), u"warning"_s, u"channel-begun-anew"_s,
                  u"what the dead engine left cannot be gone on with: "_s + goesOn.error().detail);
    }
    Inheritance::discard(channel.name(), std::move(copies));
    held.clear();
    for (const QString &name : names)
        dropHeld(name);
    if (!channel.settings().isOnAir)
        return;
    if (Result<std::int64_t> started = channel.start(); !started)
        onMessage(channel.name(), u"fault"_s, u"channel-start-failed"_s, started.error().detail);
}

// The keeper still listens for a dead engine, so its clients waited instead of being refused; that
// socket is the station's as long as its file stands.
Result<void> Station::listen(std::map<QString, UniqueFd> &held)
{
    const auto kept = held.extract(kControlName);
    if (!kept.empty() && QFile::exists(m_paths.controlSocket()))
        return m_server.listenOn(std::move(kept.mapped()));
    if (Result<void> listening = m_server.listen(m_paths.controlSocket()); !listening)
        return listening;
    if (!m_keeper)
        return {};
    if (Result<void> sent = m_keeper->hold(kControlName, m_server.listenDescriptor()); !sent)
        qCWarning(lcStation) << "the keeper does not hold the socket:" << sent.error().detail;
    return {};
}

void Station::loadChannels()
{
    const QDir folder(m_paths.config + u"/channels"_s);
    for (const QString &name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        Result<std::unique_ptr<Channel>> channel = openChannel(name);
        if (!channel) {
            const QString &reason = *m_leftOut.insert(name, channel.error().detail);
            onMessage(name, u"fault"_s, u"channel-left-out"_s, leftOutText(name, reason));
            continue;
        }
        const QString warning = channel.value()->openWarning();
        adopt(std::move(channel).value());
        if (!warning.isEmpty())
            onMessage(name, u"warning"_s, u"list-recovered"_s, warning);
    }
}

Result<std::unique_ptr<Channel>> Station::openChannel(const QString &name)
{
    Result<ChannelSettings> settings = ChannelSettings::load(m_paths, name);
    if (!settings)
        return settings.error();
    return Channel::open(m_paths, settings.value(), m_options, m_keeper, &m_proofs);
}

QString Station::leftOutText(const QString &name, const QString &reason)
{
    return u"channel \"%1\" was left out when the engine started: %2"_s.arg(name, reason);
}

bool Station::isRendering(const QString &channel) const
{
    return std::ranges::any_of(m_renders,
                               [&](const auto &entry) { return entry.second.channel == channel; });
}

// What players and encoders say goes straight into their files.
void Station::boundLogs() const
{
    const QDir folder(m_paths.logs);
    for (const QString &name : folder.entryList({u"*.log"_s}, QDir::Files))
        boundLog(folder.filePath(name));
}

void Station::adopt(std::unique_ptr<Channel> channel)
{
    Channel *raw = channel.get();
    const QString name = raw->name();
    raw->setRecords(&m_records);
    connect(raw, &Channel::message, this,
            [this, name](const QString &level, const QString &code, const QString &text) {
                onMessage(name, level, code, text);
            });
    connect(raw, &Channel::listChanged, this, [this, name] {
        m_changedLists.insert(name);
        if (!m_listTimer.isActive())
            m_listTimer.start();
    });
    connect(raw, &Channel::statusChanged, this, [this, raw, name] {
        watchDestinations(*raw);
        if (m_server.hasSubscriber(name))
            m_server.notify(u"event.status"_s, raw->statusJson(), name);
    });
    connect(raw, &Channel::itemStarted, this,
            [this, name](const QString &item, const QString &title, qint64 frame,
                         const QString &reason) {
                m_server.notify(u"event.item"_s,
                                {{u"channel"_s, name},
                                 {u"item"_s, item},
                                 {u"title"_s, title},
                                 {u"frame"_s, frame},
                                 {u"reason"_s, reason}},
                                name);
                qCInfo(lcPlayout) << name << "frame" << frame << reason << item << title;
            });
    connect(raw, &Channel::previewPublished, this, [this, name](quint64 sequence) {
        m_server.notify(u"event.preview"_s,
                        {{u"channel"_s, name}, {u"sequence"_s, qint64(sequence)}}, name);
    });
    m_channels.insert_or_assign(name, std::move(channel));
}

void Station::publishStatus()
{
    for (const auto &[name, channel] : m_channels) {
        if (channel->isOnAir() && m_server.hasSubscriber(name))
            m_server.notify(u"event.status"_s, channel->statusJson(), name);
    }
}

void Station::publishLists()
{
    for (const QString &name : std::exchange(m_changedLists, {})) {
        const auto channel = m_channels.find(name);
        if (channel != m_channels.end() && m_server.hasSubscriber(name))
            m_server.notify(u"event.playlist"_s, channel->second->playlistJson(), name);
    }
}

void Station::onMessage(const QString &channel, const QString &level, const QString &code,
                        const QString &text)
{
    if (level == "info"_L1)
        qCInfo(lcStation) << channel << code << text;
    else
        qCWarning(lcStation) << channel << code << text;
    m_records.onMessage(channel, level, code, text);
    m_server.notify(u"event.message"_s,
                    {{u"channel"_s, channel},
                     {u"level"_s, level},
                     {u"code"_s, code},
                     {u"text"_s, text},
                     {u"atMs"_s, QDateTime::currentMSecsSinceEpoch()}},
                    channel);
}

void Station::onKeeperReplaced(bool wasSilent)
{
    onMessage({}, u"warning"_s, u"keeper-replaced"_s,
              wasSilent ? u"the keeper stood still and was killed; another holds all that must "
                          "outlive the engine"_s
                        : u"the keeper died; another holds all that must outlive the engine"_s);
}

void Station::shutDown()
{
    if (m_isShuttingDown)
        return;
    m_isShuttingDown = true;
    m_statusTimer.stop();
    m_renders.clear();
    auto left = std::make_shared<int>(int(m_channels.size()) + 1);
    const auto oneDone = [this, left] {
        if (--*left == 0)
            Q_EMIT finished();
    };
    for (const auto &[name, channel] : m_channels)
        channel->shutDown(oneDone);
    // The last count is ours, queued, so that finished() never comes before this returns.
    QMetaObject::invokeMethod(this, oneDone, Qt::QueuedConnection);
}

} // namespace continuo
