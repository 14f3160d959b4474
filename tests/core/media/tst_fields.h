// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "mediafactory.h"

#include <QObject>

namespace continuo {

/// Interlaced pictures in houses of more frames: each of their fields is one.
class TestFields final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void fields_moveInTheirOrder_data();
    void fields_moveInTheirOrder();
    void fields_areShownBeforeAHole();
    void fields_areNotShown_whereFramesAreAsMany_data();
    void fields_areNotShown_whereFramesAreAsMany();
    void onePicture_isNoField();

private:
    MediaFactory m_media;
};

} // namespace continuo
