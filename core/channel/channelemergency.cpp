// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channelemergency.h"

#include "core/playout/playout.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kTrialFrames = 4; // with that many in hand an item begins
constexpr double kTrialStill = 60; // a picture is long enough

} // namespace

ChannelEmergency::ChannelEmergency(const HouseFormat &format, const QString &logFile, QString path,
                                   Save save)
    : m_rate(format.rate)
    , m_save(std::move(save))
    , m_trial(format, logFile)
    , m_path(std::move(path))
{
    connect(&m_trial, &PlayerErrand::playerEntered, this, &ChannelEmergency::playerEntered);
}

void ChannelEmergency::set(const QString &path, const Done &done)
{
    if (!path.isEmpty() && !path.startsWith(u'/'))
        return done(invalidArgument(u"\"%1\" is not an absolute path"_s.arg(path)));
    if (m_trial.isBusy())
        return done(
            Error{ErrorCode::Busy, u"another emergency clip is being tried; try again"_s, 0});
    if (path.isEmpty())
        return take(path, done);
    PlayerRequest request;
    request.path = path;
    request.stillSeconds = kTrialStill;
    request.until = kTrialFrames;
    // One slot more: a player learns of the end when it has room for what would follow.
    m_trial.run(
        request, kTrialFrames + 1, [this, path, done](const Result<const Player *> &player) {
            if (!player)
                return done(Error{player.error().code, u"%1: %2"_s.arg(path, player.error().detail),
                                  player.error().native});
            // It repeats: what is shorter is a flicker.
            const std::int64_t frames = player.value()->facts().expectedFrames;
            const bool isShort = player.value()->source()->end() < kTrialFrames
                || (frames >= 0 && double(frames) < m_rate.toDouble());
            if (isShort)
                return done(invalidArgument(
                    u"%1: it is shorter than a second, and repeats as long as it is shown"_s.arg(
                        path)));
            take(path, done);
        });
}

void ChannelEmergency::take(const QString &path, const Done &done)
{
    if (Result<void> saved = m_save(path); !saved)
        return done(saved);
    m_path = path;
    if (m_playout)
        m_playout->setEmergency({m_path, m_targetLufs, 0});
    Q_EMIT changed();
    done({});
}

void ChannelEmergency::begin(Playout &playout, std::optional<double> targetLufs, std::int64_t from)
{
    m_playout = &playout;
    m_targetLufs = targetLufs;
    connect(&m_playout->emergency(), &EmergencyClip::failed, this, [this](const Error &error) {
        Q_EMIT message(u"warning"_s, u"emergency-failed"_s,
                       u"the emergency clip %1 cannot be shown: %2"_s.arg(m_path, error.detail));
        Q_EMIT changed();
    });
    connect(&m_playout->emergency(), &EmergencyClip::recovered, this, [this] {
        tellFailureOver(m_path.isEmpty() ? u"there is no emergency clip any more"_s
                                         : u"the emergency clip %1 can be shown"_s.arg(m_path));
        Q_EMIT changed();
    });
    m_playout->setEmergency({m_path, m_targetLufs, from});
}

void ChannelEmergency::setTarget(std::optional<double> targetLufs)
{
    m_targetLufs = targetLufs;
    if (m_playout)
        m_playout->setEmergencyTarget(targetLufs);
}

void ChannelEmergency::tellFailureOver(const QString &text)
{
    Q_EMIT message(u"info"_s, u"emergency-failed-over"_s, text);
}

void ChannelEmergency::end()
{
    see(false);
    if (m_playout) {
        m_playout->emergency().disconnect(this);
        if (m_playout->emergency().failure())
            tellFailureOver(u"the emergency clip is not needed: the channel is off air"_s);
    }
    m_playout = nullptr;
}

void ChannelEmergency::see(bool isOnAir)
{
    if (isOnAir == std::exchange(m_isOnAir, isOnAir))
        return;
    if (isOnAir)
        Q_EMIT message(
            u"fault"_s, u"emergency-on-air"_s,
            u"the emergency clip is shown: nothing of the list has come for five seconds"_s);
    else
        Q_EMIT message(u"info"_s, u"emergency-on-air-over"_s,
                       u"the emergency clip is not shown any more"_s);
    Q_EMIT changed();
}

QJsonObject ChannelEmergency::statusJson() const
{
    if (m_path.isEmpty())
        return {};
    QJsonObject object{{u"path"_s, m_path}};
    QString state = u"ready"_s;
    if (m_isOnAir)
        state = u"on-air"_s;
    else if (m_playout && m_playout->emergency().failure())
        state = u"failed"_s;
    else if (m_playout)
        state = m_playout->emergency().isCued() ? u"cued"_s : u"starting"_s;
    object.insert(u"state"_s, state);
    if (m_playout && m_playout->emergency().failure()) {
        object.insert(u"code"_s, errorCodeName(m_playout->emergency().failure()->code));
        object.insert(u"detail"_s, m_playout->emergency().failure()->detail);
    }
    return object;
}

} // namespace continuo
