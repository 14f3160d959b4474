// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace continuo {

/// What a channel's logo is doing, from the logo's "state".
enum class LogoPhase { Off, Ready, Drawing, Shown, Hidden, Failed };

/// The logo of a channel, once one was set.
struct LogoState {
    LogoPhase phase = LogoPhase::Off;
    QString failure; ///< the name of an error code, while it failed
    bool isOn = false;
    QString path;
    QString corner = QStringLiteral("top-right"); ///< empty: at x and y
    int x = 0; ///< pixels of the picture
    int y = 0;
    double widthPercent = 0; ///< of the picture; 0: as many pixels as the file has
    int opacity = 100; ///< percent
    int fade = 12; ///< frames
    QStringList offFor; ///< categories of items without it
    bool isOnSlate = true;

    friend bool operator==(const LogoState &, const LogoState &) = default;
};

/// What is shown while there is nothing to play, as it was set.
struct SlateState {
    QString path; ///< of a picture; empty: the card with the channel's name and a clock
    bool hasClock = false; ///< on the picture, too
    QString failure; ///< the name of an error code, while the picture cannot be drawn

    friend bool operator==(const SlateState &, const SlateState &) = default;
};

/// The clip that follows the slate when nothing of the list comes.
struct EmergencyState {
    QString path;
    bool isOnAir = false;
    QString failure; ///< the name of an error code, while it cannot be shown

    friend bool operator==(const EmergencyState &, const EmergencyState &) = default;
};

} // namespace continuo
