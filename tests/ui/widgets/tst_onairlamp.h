// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class OnAirLampTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void lamp_hasColourAndWord_data();
    void lamp_hasColourAndWord();
};
