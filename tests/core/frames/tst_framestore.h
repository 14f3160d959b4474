// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestFrameStore final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void layout_matchesArithmetic_data();
    void layout_matchesArithmetic();
    void sampleOffset_coversEveryStart();
    void suggestedStoreSize_isBounded();
    void lead_boundsThePlayer();
    void ahead_boundsThePlayerForAWhile();
    void slots_areFreeAgain_inAnyOrder();
    void slots_areUsedAgain_firstFreeFirst();
    void create_refusesBadFormats();
    void handOver_isExactAcrossThreads();
    void handOver_isExactAcrossProcesses();
    void store_outlivesItsPlayer();
    void acquire_endsWhenToldToStop();
    void acquire_timesOutWhenFull();
    void attach_refusesWrongHeaders_data();
    void attach_refusesWrongHeaders();
    void attach_refusesOtherDescriptors();
    void store_isSealed();
    void written_keepsLastGoodCountAfterALie_data();
    void written_keepsLastGoodCountAfterALie();
    void progress_isSeenByTheEngine();
    void slot_refusesLyingHeaders_data();
    void slot_refusesLyingHeaders();
    void release_outOfOrderAdvancesWhenContiguous();
    void release_ofWhatIsNotOutIsIgnored();
};

} // namespace continuo
