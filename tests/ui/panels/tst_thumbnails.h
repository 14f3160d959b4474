// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

/// The thumbnails in the rows of the playlist, as the engine gives them.
class ThumbnailsTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void rows_showThem_onceTheyAreThere();
    void another_isAsked_whenTheFileIsAnother();
    void whatIsNoPicture_isNotShown();
    void shownRows_areAskedFirst_andFewAtOnce();
    void rows_areLow_withoutThem_alsoNextTime();
};
