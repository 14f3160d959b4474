// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLedger final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void newLedger_saysThatNothingWasDone();
    void steps_areReadBack_byAnotherMapping();
    void logo_isReadBack_withTheFrame();
    void gain_isNone_whenItIsNoGain();
    void newSession_keepsThePlaceInTheProgramme();
    void anyOtherMemory_isRefused();
    void killedWriter_leavesOneWholeState();
};

} // namespace continuo
