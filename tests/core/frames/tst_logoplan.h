// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLogoPlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ramp_goesInEvenSteps();
    void ramp_turnsBack_fromWhereItIs();
    void logo_comes_andGoes();
    void sameLogo_changesItsOpacity();
    void otherLogo_isFadedOverTo_neverAboveTheWhole();
    void withoutAFade_itIsAnotherAtOnce();
    void percent_isALevel();
};

} // namespace continuo
