// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

/// Loudness, languages and logo of a channel: what is shown of them, and how they are set.
class ChannelSettingsTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void loudness_isShown_whileOnAir();
    void loudness_isNotShown_whenNothingIsMeasured();
    void logo_isToggledByKey();
    void settings_askForWhatIsAnother();
    void settings_askForNothing_whenNothingChanged();
    void settings_keepWhatWasTyped_whenRefused();
    void standIns_areAskedForWhereTheyChanged();
    void settings_fitASmallScreen();
    void settings_haveEachKeyOnce();
    void settings_close_whenAnotherChannelIsShown();
    void settings_stay_whenAnotherChannelIsRemoved();
    void settings_askAgain_forWhatWasRefused();
    void settings_sayThatFilesAreTried_andGoOnWhenClosed();
    void cleanupTestCase();
};
