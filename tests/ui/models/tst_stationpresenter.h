// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class StationPresenterTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void channels_comeAfterConnecting();
    void station_isKnownEmpty_whenItHasNoChannels();
    void event_changesWhatIsShown();
    void wantedChannel_isSelected_whenItComes();
    void firstChannel_isSelected_whenTheStationWasEmpty();
    void refusedChannel_isNotWantedAnyMore();
    void files_goInPartsAndInOrder();
    void steps_followOneAnother_whenKeysAreFast();
    void refusal_becomesAMessage();
    void refusedChannel_isSaidBesideTheName();
    void take_isAskedOnce_whenPressedTwice();
    void take_isNotTold_whenAnotherWasAskedSince();
    void take_saysItCannotPlay_whenTheRowIsThere();
    void line_isTakenUpAgain_whenTheEngineComesBack();
    void trouble_isSaid_whenADestinationHasIt();
    void alarms_areThere_whenTheyCameAtNight();
    void message_namesItsChannel_whenThereAreTwo();
    void preview_isAskedForAgain_whenItWasRefused();
    void list_isNotKnownEmpty_untilItCame();
    void problem_isSaid_whenSomethingElseAnswers();
};
