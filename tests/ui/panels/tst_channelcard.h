// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class ChannelCardTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void lamp_saysTheState_data();
    void lamp_saysTheState();
    void destination_saysHowItDoes_data();
    void destination_saysHowItDoes();
    void item_saysWhatIsKnown_data();
    void item_saysWhatIsKnown();
    void lines_go_offAir();
    void cleanupTestCase();
};
