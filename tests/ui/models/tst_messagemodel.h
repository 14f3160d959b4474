// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class MessageModelTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void messages_standNewestFirst();
    void message_isCounted_whenItComesAgain();
    void repeat_movesUp_whenAmongTheNewest();
    void message_standsAtItsTime_whenItIsOlder();
    void oldest_goes_whenThereAreTooMany();
    void infoGoesFirst_whenThereAreTooMany();
};
