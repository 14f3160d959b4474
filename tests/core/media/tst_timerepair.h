// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestTimeRepair final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void join_keepsBothStreamsInStep_data();
    void join_keepsBothStreamsInStep();
    void jump_ofOneStream_leavesTheOther_data();
    void jump_ofOneStream_leavesTheOther();
    void damage_ofOneTimestamp_movesNoOther_data();
    void damage_ofOneTimestamp_movesNoOther();
    void ptsFarFromDts_isTakenOut();
    void begins_thatAreHoursApart_areDrawnTogether();
    void begins_elsewhere_mayLieFarApart_data();
    void begins_elsewhere_mayLieFarApart();
    void recording_withoutSound_leavesTheNextInStep_data();
    void recording_withoutSound_leavesTheNextInStep();
    void gap_staysWhereTheOtherStreamGoesOn();
    void wildTimestamps_areTakenOut();
};

} // namespace continuo
