// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/logo.h"
#include "core/playout/player.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace continuo {

/// Has a player draw a logo: the engine itself reads no file that was sent to it. One at a time;
/// another takes the place of the one before. Owner thread: main.
class LogoDrawer final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<LogoPtr>)>;

    LogoDrawer(const HouseFormat &format, QString logFile);
    ~LogoDrawer() override;

    /// \p done comes later. Errors: those of the player, which name what is wrong with the file;
    /// Timeout, Closed (another is drawn instead), Io.
    void draw(const QString &path, const LogoPlace &place, Done done);
    bool isBusy() const { return bool(m_done); }

Q_SIGNALS:
    /// Its player is in its cell; \p cell says which walls stand.
    void playerEntered(const QJsonObject &cell);

private:
    void onFinished();
    void end(Result<LogoPtr> outcome);
    void reap();

    const HouseFormat m_format;
    const QString m_logFile;
    std::unique_ptr<Player> m_player;
    Done m_done;
    QTimer m_patience; // single shot
    QTimer m_reap;
    std::vector<ChildProcess> m_leaving; // killed, not yet reaped
};

} // namespace continuo
