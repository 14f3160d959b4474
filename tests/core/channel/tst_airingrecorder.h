// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestAiringRecorder final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();

    void reasons_sayWhyAnItemWasLeft();
    void takeOver_continuesTheRows_ofAllThatBeganBefore();
    void takeOver_inALoopOfOneItem_mixesUpNoRows();
    void afterATakeOver_whatFollowsIsPlannedByWhatIsLeft();
    void withoutAnEpoch_theSystemsTimeIsTaken();
};

} // namespace continuo
