// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestPacketJournal final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void size_holdsTwentySeconds();
    void packets_comeBackAsTheyWere();
    void oldest_areForgotten_whenItWrapsAround();
    void batchTooLarge_leavesOnlyThePoint();
    void parameters_stayWithLivingPackets();
    void notes_areReplacedAsOne();
    void kill_leavesAWholePrefix();
    void brokenContents_areToldAndCleared();
    void open_refusesWhatIsNoJournal();
};

} // namespace continuo
