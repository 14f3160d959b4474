// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestEmergency : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void clip_followsTheSlate_repeats_andIsLeftForTheList();
    void clip_isNotShown_whereItIsNotThere();
    void clipThatGivesNothing_leavesTheSlate();
    void clip_standsInForAnItem_thatGivesNoPictures();
    void clip_isGoneOnWith_afterATakeOver();
    void clip_isChangedOnAir_withTheFrame();
};

} // namespace continuo
