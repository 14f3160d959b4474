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
    void itemReason_isASentence();
    void everyError_hasAHeadline();
    void unknownEvent_keepsItsText();
};
