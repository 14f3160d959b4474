// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

class TestDamagedClips final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    // Timestamps
    void damagedTimes_loseNothing_data();
    void damagedTimes_loseNothing();
    void join_ofShortRecordingsIsExact();
    void longStill_doesNotForbidSeeking_data();
    void longStill_doesNotForbidSeeking();
    void longHole_staysWithoutTheOtherTrack();

    // Sound that changes
    void layoutOfAsManyChannels_mayChange();
    void manyChannelsWithoutLayout_giveTheFirstTwo();

    // What is no clip
    void file_isRefusedWithItsReason_data();
    void file_isRefusedWithItsReason();

private:
    QString makeStream(const QString &name);

    MediaFactory m_media;
};

} // namespace continuo
