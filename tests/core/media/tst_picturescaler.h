// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestPictureScaler final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void rgb_showsBt709Colours_data();
    void rgb_showsBt709Colours();
    void yuv_keepsLevelsWhenScaled();
    void scale_refusesNothing();
};

} // namespace continuo
