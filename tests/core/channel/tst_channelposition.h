// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestChannelPosition final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void settledChoice_endsWithItsItem();
    void settledChoice_ofADeadEngine_isKeptThroughEdits();
};

} // namespace continuo
