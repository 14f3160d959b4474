// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

/// The levels that are shown of a clip that has only sound.
class TestLevelCard final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void segments_areDecibels_data();
    void segments_areDecibels();
    void rows_areOfTheirSides();
    void draw_leavesTheRestOfThePicture_data();
    void draw_leavesTheRestOfThePicture();
    void clip_showsHowLoudEachFrameIs_data();
    void clip_showsHowLoudEachFrameIs();
    void clip_showsTheSameWhereverItIsBegun();
    void clip_withAPictureShowsNone();

private:
    /// A clip that gets louder and is silent in between.
    QString makeSong(const QString &name, bool hasCover) const;

    MediaFactory m_media;
};

} // namespace continuo
