// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestChannelSlate final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void set_drawsAPicture_andRefusesInWords();
    void settings_outlastARestart();
    void picture_isChangedOnAir();
    void brokenPicture_isTheCard_untilItCanBeDrawn();
    void brokenPicture_isOver_whenItIsNotWanted();
    void card_isDrawnAgain_whenItsPlayerDies();
    void nextEngine_showsWhatTheKeeperHolds();
};

} // namespace continuo
