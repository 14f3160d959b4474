// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestPreview final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void fitting_keepsTheShape_data();
    void fitting_keepsTheShape();
    void create_refusesWhatIsTooLarge();
    void picture_comesThroughWithStrides();
    void picture_isNeverTorn();
    void audio_readsFromAPosition();
    void audio_catchesUpWhenOverwritten();
    void meters_showPeakAndRms();
    void name_goesWithTheRing();
    void attach_refusesWhatIsNoRing();
};

} // namespace continuo
