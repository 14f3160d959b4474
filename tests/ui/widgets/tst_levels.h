// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class LevelsTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void levels_areValuesForAScreenReader();
    void tube_fillsFromTheLeft();
    void meter_isRedOnlyAboveItsLimit();
    void heldButton_triggersOnlyAfterASecond();
};
