// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class WordingTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void times_areFixedWidth();
    void destinationName_isShort_data();
    void destinationName_isShort();
    void entryFacts_sayWhatIsKnown_data();
    void entryFacts_sayWhatIsKnown();
    void day_standsInFront_whenItIsAnother();
    void everyError_hasAHeadline();
    void error_isOfItsMethod();
    void alarm_saysWhatHappenedToWhat_data();
    void alarm_saysWhatHappenedToWhat();
    void event_saysWhatStandsIn_data();
    void event_saysWhatStandsIn();
    void wentOnAir_namesStandInsAsSuch();
    void unknownEvent_keepsItsText();
};
