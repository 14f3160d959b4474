// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

class TestDownmix final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void layout_isMixedByItsTable_data();
    void layout_isMixedByItsTable();
    void channelsWithoutLayout_areMixedByTheirNumber_data();
    void channelsWithoutLayout_areMixedByTheirNumber();
    void mix_thatIsMoreThanFullScaleIsNoQuieterElsewhere();
    void dither_isTheSameWhereverItBegins();
    void dither_leavesWhatSixteenBitsHold();
    void dither_keepsWhatLiesBetweenTwoSteps();
    void dither_takesWhatIsNoNumber();

private:
    MediaFactory m_media;
};

} // namespace continuo
