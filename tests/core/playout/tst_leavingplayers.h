// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestLeavingPlayers final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void player_thatDoesNotEnd_isCounted();
    void player_thatIsLeft_isReapedAllTheSame();
};

} // namespace continuo
