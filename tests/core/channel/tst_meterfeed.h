// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestMeterFeed final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void programme_isMeasured();
    void meter_thatFallsBehindCountsWhatItMissed();
    void meter_costsLittle();
    void loudness_isReadAndKept_data();
    void loudness_isReadAndKept();
};

} // namespace continuo
