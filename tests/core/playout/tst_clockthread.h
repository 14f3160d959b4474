// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestClockThread : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cue_playsEveryFrameOnce_inOrder_data();
    void cue_playsEveryFrameOnce_inOrder();
    void cut_takesEffect_atTheNextFrame();
    void cut_waits_untilItsFirstFrameIsThere();
    void underrun_holdsTheLastPicture_andCounts();
    void heldFrame_isFollowedByTheOneOfAnotherPlayer();
    void sourceThatStandsStill_isPassedOver_onceSaidSo();
    void endOfList_showsSlate_untilSomethingFollows();
    void slate_changesWithTheFrame_thatIsDueThen();
    void fullRetention_drops_andClosesTheNumbering();
    void fullRetention_isWaitedFor_whenUnpaced();
    void pulse_tellsHowFarItGot();
    void pulse_namesAClock_thatStandsStill();
    void sourceThatWasAired_isNotCuedAgain();
    void sourceThatWasAired_isNotCutTo();
    void sourceHeldBack_isLetGoByTheAir();
    void itemWithoutPictures_isSaidToBeTheSlate();
    void damagedFrame_isMissing_untilAnotherPlayerMakesIt();
    void damagedFrame_metBeforeTheEndIsTold_isNotTheEnd();
    void itemWithPoints_isAiredBetweenThem_data();
    void itemWithPoints_isAiredBetweenThem();
    void endMovedSooner_isTheNextFrame_whereItIsPassed();
    void endMovedLater_isMadeByAnotherPlayer_inTime();
    void logo_isInEveryFrame_howeverItComesAbout();
    void takeOver_passesTheFeed_thatWaitsBehindFramesMadeAgain();
};

} // namespace continuo
