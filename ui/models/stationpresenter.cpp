// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/stationpresenter.h"

#include "core/base/logging.h"

#include <QJsonArray>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr auto kPreviewPatience = 1s; // before a preview that was refused is asked for again
constexpr qint64 kAlarmAgeMs = 24 * 3'600'000; // what a person who comes in the morning has missed
constexpr qint64 kSameTimeMs = 1000; // an alarm is noted a moment before its message is sent

QString alarmKey(const QString &channel, const QString &subject, const QString &code)
{
    return channel + u'\n' + subject + u'\n' + code;
}

QString alarmKey(const QJsonObject &alarm)
{
    return alarmKey(alarm.value("channel"_L1).toString(), alarm.value("subject"_L1).toString(),
                    alarm.value("code"_L1).toString());
}

MessageLevel levelFrom(const QString &name)
{
    if (name == "fault"_L1)
        return MessageLevel::Fault;
    return name == "warning"_L1 ? MessageLevel::Warning : MessageLevel::Info;
}

} // namespace

StationPresenter::StationPresenter(StationLink &link, QObject *parent)
    : QObject(parent)
    , m_link(link)
{
    connect(&m_link, &StationLink::stateChanged, this, &StationPresenter::onLinkChanged);
    connect(&m_link, &StationLink::notification, this, &StationPresenter::onNotification);
}

const ChannelState *StationPresenter::selected() const
{
    const auto found = m_channels.constFind(m_selected);
    return found == m_channels.constEnd() ? nullptr : &*found;
}

void StationPresenter::select(const QString &name)
{
    if (!m_channels.contains(name)) {
        m_wanted = name;
        return;
    }
    m_wanted.clear();
    show(name);
}

void StationPresenter::show(const QString &name)
{
    if (m_selected == name)
        return;
    m_selected = name;
    m_steps.clear(); // and versions: each channel counts its own
    m_stepVersion = -1;
    m_listVersion = -1;
    m_isPlaylistLoaded = false;
    m_previewRefused.clear();
    m_previewAgain = {};
    m_playlist.resetEntries({});
    m_onAirItem.clear();
    updatePlaylistFacts();
    loadPlaylist();
    updatePreview();
    Q_EMIT selectionChanged();
}

void StationPresenter::onLinkChanged()
{
    switch (m_link.state()) {
    case StationLink::State::Connected:
        if (m_wasConnected)
            m_messages.add(MessageLevel::Info,
                           {tr("The engine is connected again."),
                            tr("The list and the status are as they are now.")});
        m_wasConnected = true;
        m_link.call(u"events.subscribe"_s, {}, this, [this](const Result<QJsonObject> &reply) {
            if (!reply)
                reportUnasked(reply.error(), u"events.subscribe"_s);
        });
        loadChannels();
        loadAlarms(); // answered after the channels: their destinations have the names
        break;
    case StationLink::State::Reconnecting:
        m_isPlaylistLoaded = false;
        m_lastCut = {};
        m_recovered.clear();
        m_previewAgain = {};
        m_previewed.clear();
        m_steps.clear();
        m_stepVersion = -1;
        for (ChannelState &channel : m_channels) {
            channel = channel.forgotten();
            Q_EMIT channelChanged(channel.name);
        }
        Q_EMIT previewClosed();
        m_messages.add(MessageLevel::Warning,
                       {tr("The line to the engine ended."), tr("Connecting again by itself.")});
        break;
    case StationLink::State::NotRunning:
        m_messages.add(
            MessageLevel::Fault,
            {tr("The engine has not come back."), tr("It was shut down, or it cannot start.")});
        break;
    case StationLink::State::CannotStart:
        m_messages.add(MessageLevel::Fault,
                       {tr("The station cannot be started."), m_link.problem()});
        break;
    case StationLink::State::Searching:
    case StationLink::State::StartingStation:
        break;
    }
}

void StationPresenter::loadChannels()
{
    m_link.call(u"channel.list"_s, {}, this, [this](const Result<QJsonObject> &reply) {
        if (!reply) {
            reportUnasked(reply.error(), u"channel.list"_s);
            return;
        }
        QMap<QString, ChannelState> channels;
        const QJsonArray list = reply.value().value("channels"_L1).toArray();
        for (const QJsonValue &value : list) {
            const ChannelState state = ChannelState::fromJson(value.toObject());
            channels.insert(state.name, state);
        }
        m_channels = channels;
        m_isLoaded = true;
        const bool isSelectionGone = !m_channels.contains(m_selected);
        if (isSelectionGone)
            m_selected.clear();
        Q_EMIT channelsChanged();
        if (!m_wanted.isEmpty() && m_channels.contains(m_wanted)) {
            select(m_wanted);
        } else if (m_selected.isEmpty() && !m_channels.isEmpty()) {
            show(channelToShowFirst()); // one that is wanted may still come
        } else if (!m_selected.isEmpty()) { // the same as before the line ended
            loadPlaylist();
            updatePreview();
            Q_EMIT channelChanged(m_selected);
        } else {
            Q_EMIT selectionChanged();
        }
    });
}

// The first that airs an item, else the first that airs, else the first.
QString StationPresenter::channelToShowFirst() const
{
    QString airing;
    for (const ChannelState &channel : m_channels) {
        if (channel.phase == ChannelPhase::OnAir)
            return channel.name;
        if (airing.isEmpty() && channel.isAiring())
            airing = channel.name;
    }
    return airing.isEmpty() ? m_channels.firstKey() : airing;
}

void StationPresenter::loadPlaylist()
{
    m_link.call(u"playlist.list"_s, {{u"channel"_s, m_selected}}, this,
                [this, name = m_selected](const Result<QJsonObject> &reply) {
                    if (!reply)
                        reportUnasked(reply.error(), u"playlist.list"_s);
                    else if (name == m_selected)
                        setPlaylist(reply.value());
                });
}

// A preview is open for the selected channel while it airs, and for no other: the engine spends
// time on each.
void StationPresenter::updatePreview()
{
    const ChannelState *channel = selected();
    const bool isWanted = channel && channel->isGoing();
    if (!m_previewed.isEmpty() && (!isWanted || m_previewed != m_selected)) {
        m_link.call(u"preview.close"_s, {{u"channel"_s, m_previewed}}, this,
                    [](const Result<QJsonObject> &) {});
        m_previewed.clear();
        Q_EMIT previewClosed();
    }
    if (isWanted && m_previewed.isEmpty() && m_previewAgain.hasExpired())
        openPreview();
}

void StationPresenter::openPreview()
{
    m_previewed = m_selected;
    m_link.call(u"preview.open"_s, {{u"channel"_s, m_selected}}, this,
                [this, name = m_selected](const Result<QJsonObject> &reply) {
                    if (name != m_previewed)
                        return;
                    if (reply) {
                        m_previewRefused.clear();
                        Q_EMIT previewOpened(reply.value().value("shm"_L1).toString());
                        return;
                    }
                    m_previewed.clear(); // the next status asks again
                    m_previewAgain.setRemainingTime(kPreviewPatience);
                    if (m_previewRefused != name)
                        reportUnasked(reply.error(), u"preview.open"_s);
                    if (reply.error().code != ErrorCode::Closed) // else it was not refused
                        m_previewRefused = name;
                });
}

void StationPresenter::updateChannel(const QJsonObject &status)
{
    const ChannelState state = ChannelState::fromJson(status);
    if (state.name.isEmpty())
        return;
    sayWhatRunsAgain(state);
    const bool isNew = !m_channels.contains(state.name);
    if (!isNew && m_channels.value(state.name) == state) {
        if (state.name == m_selected)
            updatePreview(); // it may have been refused
        return;
    }
    m_channels.insert(state.name, state);
    if (isNew) {
        Q_EMIT channelsChanged();
        if (m_wanted == state.name)
            select(state.name);
        else if (m_selected.isEmpty())
            show(state.name);
    }
    Q_EMIT channelChanged(state.name);
    if (state.name == m_selected) {
        updatePlaylistFacts();
        updatePreview();
    }
}

// What the rows show beyond the snapshots of the list.
void StationPresenter::updatePlaylistFacts()
{
    const ChannelState *channel = selected();
    m_playlist.setNextCued(channel && channel->next && channel->next->cued);
    m_playlist.setSlateInPlaceOf(channel && channel->isSlateInPlaceOfItem() ? channel->item->id
                                                                            : QString(),
                                 channel && channel->isEmergencyOnAir());
    if (!channel || !channel->item) {
        m_onAirItem.clear();
        return;
    }
    // Once an item, or the second would swing with the time that a status takes. A position that
    // went back is the same item once more.
    const AiringItem &item = *channel->item;
    if (m_onAirItem != item.id || item.positionMs < m_onAirPositionMs)
        m_playlist.setOnAirStart(item.id, QDateTime::currentMSecsSinceEpoch() - item.positionMs);
    m_onAirItem = item.id;
    m_onAirPositionMs = item.positionMs;
}

void StationPresenter::removeChannel(const QString &name)
{
    if (m_channels.remove(name) == 0)
        return;
    if (m_selected == name) {
        m_selected.clear();
        m_previewed.clear();
        m_isPlaylistLoaded = false;
        m_playlist.resetEntries({});
        Q_EMIT previewClosed();
    }
    Q_EMIT channelsChanged();
    if (m_selected.isEmpty() && !m_channels.isEmpty())
        show(channelToShowFirst()); // one that is wanted may still come
    else
        Q_EMIT selectionChanged();
}

void StationPresenter::onNotification(const QString &method, const QJsonObject &params)
{
    const QString channel = params.value("channel"_L1).toString();
    if (method == "event.status"_L1) {
        if (params.value("state"_L1).toString() == "removed"_L1)
            removeChannel(params.value("name"_L1).toString());
        else
            updateChannel(params);
    } else if (method == "event.playlist"_L1) {
        if (channel == m_selected)
            setPlaylist(params);
    } else if (method == "event.preview"_L1) {
        if (channel == m_selected)
            Q_EMIT previewChanged();
    } else if (method == "event.item"_L1) {
        onItemEvent(params);
    } else if (method == "event.message"_L1) {
        onMessageEvent(params);
    } else if (method == "event.alarm"_L1) {
        onAlarmEvent(params);
    }
}

// With one channel all is of that one, and of the station.
Wording::Message StationPresenter::withChannel(Wording::Message words, const QString &channel) const
{
    if (m_channels.size() > 1 && !channel.isEmpty())
        words.detail = words.detail.isEmpty() ? channel : channel + u" · "_s + words.detail;
    return words;
}

void StationPresenter::onItemEvent(const QJsonObject &params)
{
    const Wording::Message words = Wording::wentOnAir(params.value("reason"_L1).toString(),
                                                      params.value("title"_L1).toString());
    m_messages.add(MessageLevel::Info, withChannel(words, params.value("channel"_L1).toString()));
}

void StationPresenter::onMessageEvent(const QJsonObject &params)
{
    const QString code = params.value("code"_L1).toString();
    const QString channel = params.value("channel"_L1).toString();
    const qint64 atMs = params.value("atMs"_L1).toInteger(QDateTime::currentMSecsSinceEpoch());
    const MessageLevel level = levelFrom(params.value("level"_L1).toString());
    if (level != MessageLevel::Info)
        m_shownAlarms[alarmKey(channel, {}, code)] = {atMs, -1, 0};
    m_messages.add(
        level,
        withChannel(Wording::event(code, params.value("text"_L1).toString(), channel), channel),
        QDateTime::fromMSecsSinceEpoch(atMs));
}

// What went wrong while no console was there, or while its line had ended.
void StationPresenter::loadAlarms()
{
    m_link.call(u"alarms.list"_s, {}, this, [this](const Result<QJsonObject> &reply) {
        if (!reply) { // no person asked for it, and all else goes on without it
            qCInfo(lcConsole).noquote() << "alarms.list was refused:" << reply.error().detail;
            return;
        }
        std::vector<QJsonObject> alarms;
        const QJsonArray list = reply.value().value("alarms"_L1).toArray();
        for (const QJsonValue &value : list)
            alarms.push_back(value.toObject());
        const auto lastMs
            = [](const QJsonObject &alarm) { return alarm.value("lastMs"_L1).toInteger(-1); };
        std::ranges::stable_sort(alarms, {}, lastMs);
        const qint64 since = QDateTime::currentMSecsSinceEpoch() - kAlarmAgeMs;
        for (const QJsonObject &alarm : alarms) {
            const ShownAlarm shown = m_shownAlarms.value(alarmKey(alarm));
            const bool isSame = shown.firstMs >= 0
                && shown.firstMs == alarm.value("firstMs"_L1).toInteger(-1)
                && shown.count == alarm.value("count"_L1).toInteger(1);
            if (lastMs(alarm) < since || lastMs(alarm) <= shown.lastMs + kSameTimeMs || isSame)
                continue;
            addAlarm(alarm, std::max(1, alarm.value("count"_L1).toInt(1)));
        }
    });
}

// An alarm with a subject is of a part of a channel; all others come as a message too.
void StationPresenter::onAlarmEvent(const QJsonObject &alarm)
{
    const QString subject = alarm.value("subject"_L1).toString();
    if (subject.isEmpty() || alarm.value("cleared"_L1).toBool())
        return;
    const QString channel = alarm.value("channel"_L1).toString();
    if (alarm.value("state"_L1).toString() != "over"_L1) {
        m_recovered[channel].remove(subject);
        addAlarm(alarm, 1);
        return;
    }
    // It runs, or it was removed, or its channel ended: the status that follows tells.
    m_recovered[channel].insert(subject);
}

void StationPresenter::addAlarm(const QJsonObject &alarm, int times)
{
    const qint64 lastMs = alarm.value("lastMs"_L1).toInteger(QDateTime::currentMSecsSinceEpoch());
    m_shownAlarms[alarmKey(alarm)]
        = {lastMs, alarm.value("firstMs"_L1).toInteger(-1), alarm.value("count"_L1).toInteger(1)};
    m_messages.add(levelFrom(alarm.value("level"_L1).toString()),
                   withChannel(Wording::alarm(alarm, destinationOf(alarm)),
                               alarm.value("channel"_L1).toString()),
                   QDateTime::fromMSecsSinceEpoch(lastMs), times);
}

void StationPresenter::sayWhatRunsAgain(const ChannelState &channel)
{
    const QSet<QString> recovered = m_recovered.take(channel.name);
    for (const DestinationState &destination : channel.destinations) {
        if (recovered.contains(destination.id) && destination.phase == DestinationPhase::Running)
            m_messages.add(MessageLevel::Info,
                           withChannel(Wording::destinationRuns(destination), channel.name));
    }
}

const DestinationState *StationPresenter::destinationOf(const QJsonObject &alarm) const
{
    const auto channel = m_channels.constFind(alarm.value("channel"_L1).toString());
    if (channel == m_channels.constEnd())
        return nullptr;
    const auto found = std::ranges::find(
        channel->destinations, alarm.value("subject"_L1).toString(), &DestinationState::id);
    return found == channel->destinations.end() ? nullptr : &*found;
}

} // namespace continuo
