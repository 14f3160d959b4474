// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/keeperclient.h"
#include "core/channel/logosettings.h"
#include "core/frames/ledger.h"
#include "core/playout/logodrawer.h"

#include <QObject>
#include <QSet>

#include <functional>
#include <map>
#include <optional>

namespace continuo {

class Chain;
class Playout;

/// The logo of one channel, from what is set to what the clock draws. What was drawn is held by the
/// keeper, so that the next engine shows it from its first frame on, whatever has become of the
/// file. Owner thread: main.
class ChannelLogo final : public QObject {
    Q_OBJECT
public:
    /// The frame from which on it is so; nothing while the channel is off air.
    using Outcome = Result<std::optional<std::int64_t>>;
    using Done = std::function<void(Outcome)>;
    using Save = std::function<Result<void>(const LogoSettings &)>;

    /// What another engine left, as of the frame that it fed last.
    struct Left {
        LogoPlan plan;
        LogoRamp wanted;
        std::int64_t notBefore = 0; ///< the frames below were fed
    };

    /// \p save keeps what was set, before it takes effect.
    ChannelLogo(QString channel, const HouseFormat &format, const QString &logFile,
                LogoSettings settings, Save save, KeeperLink *keeper);

    /// Draws what \p params (of logo.set) ask for, and shows it. Nothing changes by what cannot be
    /// drawn. Errors: those of LogoSettings::changed() and of LogoDrawer; Busy.
    void set(const QJsonObject &params, const Done &done);
    /// Errors: NotFound (none was ever set).
    void off(const Done &done);

    /// Takes the logos out of what the keeper held for a dead engine.
    void takeHeld(std::map<QString, UniqueFd> &held);
    /// The channel goes on air: \p chain has its ledger, the clock does not yet run.
    void begin(Playout &playout, Chain &chain, std::int64_t firstFrame,
               const std::optional<Left> &left);
    /// It goes off air.
    void end();

    /// "path", "state" and the rest of what is set; empty when nothing is.
    QJsonObject statusJson() const;
    int abandoned() const { return m_drawer.abandoned(); } ///< players killed that do not end

Q_SIGNALS:
    void changed();
    void message(const QString &level, const QString &code, const QString &text);
    void playerEntered(const QJsonObject &cell);

private:
    void restore();
    Outcome show(LogoSettings wanted, const LogoPtr &drawn);
    Outcome take(const LogoSettings &wanted, const LogoPtr &logo);
    std::int64_t put();
    void hold(qint64 drawing, const Logo &logo);
    void dropAllBut(const QSet<qint64> &drawings);
    QString stateName() const;
    int level() const { return logoLevel(m_settings.opacity); }

    const QString m_channel;
    const HouseFormat m_format;
    LogoSettings m_settings;
    const Save m_save;
    KeeperLink *const m_keeper; // may be null: a station without a keeper
    LogoDrawer m_drawer;
    bool m_isSetting = false; // a client waits for the drawer
    LogoPtr m_logo; // of m_settings.drawing, while that is on
    std::optional<Error> m_failure; // why it is on and cannot be shown
    std::map<qint64, LogoPtr> m_left; // by a dead engine
    QSet<qint64> m_held; // by the keeper

    LogoPainter *m_painter = nullptr; // on air
    Chain *m_chain = nullptr; // on air
};

} // namespace continuo
