// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestChannelEmergency final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void set_triesTheClip_andRefusesInWords();
    void clip_repeats_andOutlivesItsPlayers();
    void clipThatHasGone_isTold_andTriedAgain();
    void clipThatGoesWhileOnAir_isToldOnce();
    void failure_isOver_offAir();
    void none_isRefused_whileAClipIsTried();
    void sameFile_setAgain_isReadAnew();
    void replacedFile_isBegunAnew_whenItsPlayerDies();
    void anotherClip_isHeardWithItsOwnGain();
};

} // namespace continuo
