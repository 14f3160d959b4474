// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class LevelWordingTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void programme_isJudged_data();
    void programme_isJudged();
    void row_saysWhatItsSoundGoesBy_data();
    void row_saysWhatItsSoundGoesBy();
    void itemOnAir_saysItsGain();
    void refusals_areInTheUsersWords();
    void refusal_tellsPictureFromClip_data();
    void refusal_tellsPictureFromClip();
    void refusal_asksForTheWholePath();
    void cleanupTestCase();
};
