// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

/// Which of several tracks is played.
class TestTracks final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void languages_areKnownByAnyCode_data();
    void languages_areKnownByAnyCode();
    void choice_isReadWithBounds();
    void sound_isTheOneWanted_data();
    void sound_isTheOneWanted();
    void sound_forSome_isForThem();
    void programme_isTheOneWanted_data();
    void programme_isTheOneWanted();
    void programme_thatIsNotInIt_isLeftOut();
    void tracks_areTold();
    void clip_keepsItsTrack_whenBegunLater();

private:
    QString threeLanguages(const QString &ending);

    MediaFactory m_media;
};

} // namespace continuo
