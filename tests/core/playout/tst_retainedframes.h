// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestRetainedFrames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void push_refuses_whenFull();
    void push_refuses_untilThereIsRoomForAStretch();
    void take_givesAgain_untilAcknowledged();
    void acknowledge_givesSlotBack_toItsPlayer();
    void soundBetween_reachesBack_beforeTheFirstRetained();
    void soundBetween_isSilent_beforeTheFirstFrame();
    void isFinishedAt_isTrue_onlyBehindTheLast();
};

} // namespace continuo
