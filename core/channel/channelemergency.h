// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/playererrand.h"

#include <QObject>

#include <functional>
#include <optional>

namespace continuo {

class Playout;

/// The emergency clip of one channel: what is set, tried by a player before it is taken, and how it
/// does on air. Owner thread: main.
class ChannelEmergency final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<void>)>;
    using Save = std::function<Result<void>(const QString &path)>;

    /// \p save keeps what was set, before it takes effect.
    ChannelEmergency(const HouseFormat &format, const QString &logFile, QString path, Save save);

    /// Takes that clip (empty: none), anew where it is set already: its file may be another.
    /// Nothing changes by one that does not play. Errors:
    /// InvalidArgument (no absolute path; shorter than a second), those of PlayerErrand::run(),
    /// Busy.
    void set(const QString &path, const Done &done);

    /// The channel goes on air; \p from: frame of the clip at which another engine stood.
    /// \p targetLufs: what its sound is brought to.
    void begin(Playout &playout, std::optional<double> targetLufs, std::int64_t from);
    /// What its sound is brought to, from when it begins again.
    void setTarget(std::optional<double> targetLufs);
    /// It goes off air.
    void end();
    /// Whether it is on air now, as was last seen of the clock.
    void see(bool isOnAir);

    const QString &path() const { return m_path; }
    /// "path", "state" (ready, starting, cued, on-air, failed), with "code" and "detail" why not;
    /// empty without a clip.
    QJsonObject statusJson() const;
    int abandoned() const { return m_trial.abandoned(); } ///< players killed that do not end

Q_SIGNALS:
    void changed();
    void message(const QString &level, const QString &code, const QString &text);
    void playerEntered(const QJsonObject &cell);

private:
    void take(const QString &path, const Done &done);
    void tellFailureOver(const QString &text);

    const FrameRate m_rate;
    const Save m_save;
    PlayerErrand m_trial;
    QString m_path;
    bool m_isOnAir = false;

    Playout *m_playout = nullptr; // on air
    std::optional<double> m_targetLufs;
};

} // namespace continuo
