// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestPublisherReader final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();

    void acknowledgement_freesFrames_whileTheMainThreadIsBlocked();
    void acknowledgement_ofAReplacedSession_freesNothing();
    void messages_areHandedOn_inOrder();
    void finish_handsOnWhatWasSaidLast();
    void waitingAcknowledgement_givesWayToTheNext();
    void destruction_dropsWhatWaits();
};

} // namespace continuo
