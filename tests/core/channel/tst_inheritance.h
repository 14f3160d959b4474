// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestInheritance final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void place_afterAWholeFrame_isTheNext();
    void place_inATornPicture_isThatFrame();
    void place_isTheFirstNotReleased();
    void place_neverGoesBackBeforeTheItem();
    void place_ofSlate_goesBackToTheFirstNotReleased();
    void examine_withoutALedger_hasNothing();
    void examine_beforeTheFirstFrame_hasNothing();
    void examine_beforeTheFirstRelease_goesBackToTheFirstFrame();
};

} // namespace continuo
