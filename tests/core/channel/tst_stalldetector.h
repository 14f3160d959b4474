// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestStallDetector final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void idleEncoder_isStuckAfterOneSecond();
    void busyEncoder_getsThreeSeconds();
    void firstPacket_getsFiveSeconds();
    void encoderWithoutInput_isNotStuck();
    void fullOutput_isThePublishersFault();
    void silentPublisher_isStuck();
    void publisherWithoutAFirstWord_getsTenSeconds();
    void afterStandingStillOurselves_nobodyIsBlamed();
};

} // namespace continuo
