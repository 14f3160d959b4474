// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class MainWindowTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keys_giveCommands();
    void points_areAskedForAndSet();
    void keys_startAndSelectChannels();
    void take_isSkip_whenNoRowIsSelected();
    void take_isOfNoRow_whenAnotherChannelIsShown();
    void selection_ends_whenTaken();
    void droppedFolder_arrivesAsFiles();
    void commandsForTheAir_areHidden_whenOffAir();
    void failedChannel_canBeStopped_notStarted();
    void slate_isNotShownAsTheItem();
    void title_saysChannelAndState();
    void day_isTold_whenItIsAnother();
    void card_saysWhyADestinationFails();
    void preview_saysThatItIsPaused_whenShed();
    void emptyStation_offersAChannel();
    void welcome_saysWhyNoChannelWasMade();
    void measuredValues_go_whenTheLineEnds();
    void closing_saysWhatStaysOnAir();
    void closing_saysThatNothingChanges_whenNotConnected();
    void settings_areKept();
};
