// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

class TestClipReader final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    // Sound
    void sound_isExactToTheSample();
    void sound_isResampledToTheLengthOfThePicture_data();
    void sound_isResampledToTheLengthOfThePicture();
    void sound_keepsItsOffset_data();
    void sound_keepsItsOffset();
    void sound_isPaddedOrCutToThePicture_data();
    void sound_isPaddedOrCutToThePicture();
    void sound_thatLiesFarBehindItsPictureIsMissedNotWaitedFor();
    void sound_betweenLongHolesIsHeard();

    // Clips that lack something
    void soundOnly_showsATitleCardAsLongAsItSounds();
    void soundOnly_showsItsCover();
    void still_isShownForTheTimeAskedFor_data();
    void still_isShownForTheTimeAskedFor();
    void still_thatLoadsInPassesKeepsItsLines();
    void onePicture_withADurationIsAVeryShortClip();
    void onePicture_withLongSoundIsItsCover();
    void silentClip_hasSilence();
    void progress_isCounted_belowTheFrame();

    // Clips that are broken
    void broken_isRefusedWithASentence_data();
    void broken_isRefusedWithASentence();
    void broken_inTheMiddlePlaysWhatIsLeft();
    void undecodablePicture_leavesTheSound();

private:
    MediaFactory m_media;
};

} // namespace continuo
