// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/emergencyloop.h"
#include "core/playout/leavingplayers.h"
#include "core/playout/player.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace continuo {

/// What the emergency clip of a channel is, and how it is played.
struct EmergencySettings {
    QString path; ///< empty: there is none
    std::optional<double> targetLufs; ///< what its sound is brought to
    std::int64_t from = 0; ///< the first time it is played: where another engine stood
};

/// Keeps the emergency clip ready: a player that has decoded half a second of it and waits. While
/// it is on air, another one is ready for when it begins again. Owner thread: main.
///
/// A player that dies or stands still is followed by another at its next frame; a clip that cannot
/// be played is told, and tried again after 1 s, 5 s, and then every 30 s, but not while many of
/// its players do not end.
class EmergencyClip final : public QObject {
    Q_OBJECT
public:
    EmergencyClip(const HouseFormat &format, QString logFile, EmergencyLoop &loop);
    ~EmergencyClip() override;

    /// On air it goes over to that clip once that has a few frames, also where it has the same
    /// path: the file may be another.
    void set(const EmergencySettings &settings);
    /// What its sound is brought to, from when it begins again.
    void setTarget(std::optional<double> targetLufs) { m_settings.targetLufs = targetLufs; }
    /// What has to be done now and then, 20 times a second.
    void tick();
    /// Takes away all players.
    void stop();

    bool isSet() const { return !m_settings.path.isEmpty(); }
    /// It has a picture with which it can begin, or go on.
    bool isCued() const;
    /// Why it cannot be played.
    const std::optional<Error> &failure() const { return m_failure; }
    std::vector<pid_t> players() const;
    int abandoned() const { return m_leaving.abandoned(); } ///< were killed and do not end

Q_SIGNALS:
    void playerEntered(const QJsonObject &cell);
    void failed(const continuo::Error &error);
    /// It can be played, or was set anew: what was told as failed counts no more.
    void recovered();

private:
    struct Entry {
        std::unique_ptr<Player> player;
        int deathsInPlace = 0;
        std::int64_t diedAt = -1;
        std::int64_t seenEnd = -1;
        std::chrono::nanoseconds movedAt{}; // a frame came, or none was wanted
    };

    QString clipId() const;
    void start();
    void tryAgain();
    void forgetFailure();
    void listen(Player *player);
    void onFailed(Player *player);
    bool replace(Entry &entry);
    void judge(Entry &entry, bool isAnew);
    void fail(const Error &error);
    void sendCue();
    void retire(std::unique_ptr<Player> player);
    StoreSize storeSize() const;

    const HouseFormat m_format;
    const QString m_logFile;
    EmergencyLoop &m_loop;
    EmergencySettings m_settings;
    int m_clip = 0; // counts what was set
    std::vector<Entry> m_entries; // in the order in which they are played
    std::optional<int> m_gainCentiDb; // of the one before, to go on from
    std::optional<Error> m_failure;
    std::size_t m_tries = 0; // that failed
    QTimer m_again; // single shot
    std::chrono::nanoseconds m_tickedAt{};
    LeavingPlayers m_leaving;
};

} // namespace continuo
