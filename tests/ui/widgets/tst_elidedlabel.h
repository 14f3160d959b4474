// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class ElidedLabelTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void toolTip_isLeftToTheParent_whenNothingIsElided();
};
