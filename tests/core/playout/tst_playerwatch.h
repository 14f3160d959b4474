// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestPlayerWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void player_isFine_whileFramesCome();
    void trouble_isNamedByWhatStandsStill_data();
    void trouble_isNamedByWhatStandsStill();
    void largePicture_isNoLoop();
    void whoIsNotWanted_isExcused();
};

} // namespace continuo
