// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLogo final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void box_isAsSmallAsItCanBe_data();
    void box_isAsSmallAsItCanBe();
    void blend_isTheNearestOfAllValues();
    void blend_isExact_andKeepsToItsBox_data();
    void blend_isExact_andKeepsToItsBox();
    void fadeOver_hidesAsMuchAsEachOfThem();
    void cleanPixels_areGivenBack();
    void memory_isALogoAgain_inAnotherEngine();
    void otherMemory_isRefused();
};

} // namespace continuo
