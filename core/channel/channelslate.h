// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/keeperclient.h"
#include "core/channel/slatesettings.h"
#include "core/playout/playererrand.h"
#include "core/playout/slate.h"

#include <QObject>
#include <QSet>
#include <QTimer>

#include <functional>
#include <map>
#include <optional>

namespace continuo {

class Playout;

/// The slate of one channel, from what is set to what the clock shows. A player draws it once; what
/// was drawn is held by the keeper, so that the next engine shows it from its first frame on.
///
/// A picture that cannot be drawn any more when an engine needs it (its file has gone or is broken)
/// is replaced by the card, which is told, and tried again. Owner thread: main.
class ChannelSlate final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<void>)>;
    using Save = std::function<Result<void>(const SlateSettings &)>;

    /// \p save keeps what was set, before it takes effect.
    ChannelSlate(QString channel, const HouseFormat &format, const QString &logFile,
                 SlateSettings settings, Save save, KeeperLink *keeper);

    /// Draws that picture (empty: the card), and shows it from the next frame on. Nothing changes
    /// by what cannot be drawn. Errors: InvalidArgument (no absolute path), those of
    /// PlayerErrand::run(), Busy.
    void set(const QString &path, const Done &done);
    /// Whether a picture of one's own has the clock. Errors: those of a file that cannot be
    /// written.
    Result<void> setClock(bool hasClock);
    /// The time of day is another than was thought: the system's clock was set, or stood still.
    void onTimeSet() { lay(); }

    /// Takes the slates out of what the keeper held for a dead engine.
    void takeHeld(std::map<QString, UniqueFd> &held);
    /// The channel goes on air; the clock does not yet run.
    void begin(Playout &playout);
    /// It goes off air.
    void end();

    /// "path", "clock", "state" (drawing, shown, ready, failed), with "code" and "detail" why not.
    QJsonObject statusJson() const;
    int abandoned() const { return m_errand.abandoned(); } ///< players killed that do not end

Q_SIGNALS:
    void changed();
    void message(const QString &level, const QString &code, const QString &text);
    void playerEntered(const QJsonObject &cell);

private:
    enum class Look { AsSet, Card };

    void draw(const QString &path, const std::function<void(Result<SlatePtr>)> &done);
    void restore();
    void restoreCard();
    void restoreLater();
    void forgetFailure(const QString &text);
    void show(const SlatePtr &slate, Look look);
    void lay();
    void hold(qint64 drawing);
    void dropAllBut(const QSet<qint64> &drawings);
    bool isAsSet() const { return m_slate && m_look == Look::AsSet; }

    const QString m_channel;
    const HouseFormat m_format;
    SlateSettings m_settings;
    const Save m_save;
    KeeperLink *const m_keeper; // may be null: a station without a keeper
    PlayerErrand m_errand;
    bool m_isSetting = false; // a client waits for it
    SlatePtr m_slate; // what is shown, on air; null: nothing was drawn yet
    Look m_look = Look::AsSet; // of m_slate
    std::optional<Error> m_failure; // why it is not as set
    bool m_isFailureTold = false; // as an alarm, which lasts
    std::size_t m_tries = 0; // that failed
    QTimer m_again; // single shot
    QTimer m_minute; // single shot: the clock's next
    QSet<qint64> m_held; // by the keeper

    Playout *m_playout = nullptr; // on air
};

} // namespace continuo
