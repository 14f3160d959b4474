// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

/// Which picture a frame shows, and how: upright, deinterlaced, in the house's colours.
class TestClipPictures final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void pictures_followTheRateRule_data();
    void pictures_followTheRateRule();
    void pictures_followIrregularTimes();
    void pictures_keepTheLastOneBehindTheDeinterlacer();
    void pictures_haveTheFieldsOfTheirContainer_data();
    void pictures_haveTheFieldsOfTheirContainer();
    void pictures_goOnWhereTheSizeChanges();
    void pictures_goOnWhereTimestampsJump();
    void picture_standsUprightAndCentred_data();
    void picture_standsUprightAndCentred();
    void picture_hasTheHousesColours_data();
    void picture_hasTheHousesColours();
    void picture_isShownOverBlack_data();
    void picture_isShownOverBlack();

private:
    MediaFactory m_media;
};

} // namespace continuo
