// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/playout/logo.h"
#include "core/playout/playererrand.h"

#include <functional>

namespace continuo {

/// Has a player draw a logo. One at a time; another takes the place of the one before. Owner
/// thread: main.
class LogoDrawer final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<LogoPtr>)>;

    LogoDrawer(const HouseFormat &format, QString logFile);

    /// \p done comes later. Errors: those of PlayerErrand::run() and of Logo::create(); Corrupt.
    void draw(const QString &path, const LogoPlace &place, Done done);
    bool isBusy() const { return m_errand.isBusy(); }
    int abandoned() const { return m_errand.abandoned(); }

Q_SIGNALS:
    /// Its player is in its cell; \p cell says which walls stand.
    void playerEntered(const QJsonObject &cell);

private:
    const HouseFormat m_format;
    PlayerErrand m_errand;
};

} // namespace continuo
