// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class MainWindowTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keys_giveCommands();
    void take_isSkip_whenNoRowIsSelected();
    void selection_ends_whenTaken();
    void droppedFolder_arrivesAsFiles();
    void commandsForTheAir_areHidden_whenOffAir();
    void emptyStation_offersAChannel();
    void measuredValues_go_whenTheLineEnds();
    void closing_saysWhatStaysOnAir();
    void settings_areKept();
};
