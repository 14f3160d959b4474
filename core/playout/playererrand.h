// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/leavingplayers.h"
#include "core/playout/player.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>

namespace continuo {

/// Has a player do one thing that is over in a moment: draw a logo or a slate, show that a clip
/// plays. The engine itself reads no file that was sent to it. One errand at a time; another takes
/// the place of the one before. Owner thread: main.
class PlayerErrand final : public QObject {
    Q_OBJECT
public:
    /// The player has handed over all that was asked for, and lives until the call is over.
    using Done = std::function<void(Result<const Player *>)>;

    PlayerErrand(const HouseFormat &format, QString logFile);
    ~PlayerErrand() override;

    /// \p slots: how many frames it hands over at most. \p done comes later. Errors: those of the
    /// player, which name what is wrong with the file; Timeout, Closed (it died, or another errand
    /// has come).
    void run(const PlayerRequest &request, int slots, Done done);
    bool isBusy() const { return bool(m_done); }
    /// Nobody wants it any more; its done is not called.
    void cancel();
    int abandoned() const { return m_leaving.abandoned(); } ///< players killed that do not end

Q_SIGNALS:
    /// Its player is in its cell; \p cell says which walls stand.
    void playerEntered(const QJsonObject &cell);

private:
    void end(const Result<const Player *> &outcome);
    void reap();

    const HouseFormat m_format;
    const QString m_logFile;
    std::unique_ptr<Player> m_player;
    Done m_done;
    QTimer m_patience; // single shot
    QTimer m_reap;
    LeavingPlayers m_leaving;
};

} // namespace continuo
