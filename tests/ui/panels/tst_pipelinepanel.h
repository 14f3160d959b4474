// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class PipelinePanelTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void stop_saysHowItDoes_data();
    void stop_saysHowItDoes();
    void all_isIdle_offAir();
};
