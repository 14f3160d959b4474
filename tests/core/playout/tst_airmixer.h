// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestAirMixer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void soundOfSlot_isSilent_beyondWhatThereIs();
    void fadeOver_goesFromOldToNew_withoutStep();
    void fadeOut_endsInSilence_within5ms();
};

} // namespace continuo
