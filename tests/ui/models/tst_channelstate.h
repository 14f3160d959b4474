// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class ChannelStateTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void fromJson_readsAStatus();
    void fromJson_keepsDefaults_whenFieldsAreAbsent();
    void fromJson_readsWhatIsLeftOut_whenOverloaded();
    void fromJson_readsLoudnessAndLogo();
    void fromJson_readsSlateAndEmergencyClip();
    void failed_isGoing_andCanBeTaken();
    void forgotten_keepsWhatIsNotMeasured();
};
