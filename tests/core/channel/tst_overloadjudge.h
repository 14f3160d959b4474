// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestOverloadJudge final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void shortBacklog_isNoOverload();
    void longBacklog_isOne_andEndsTwoSecondsAfterIt();
    void droppedFrames_areOneAtOnce_andAreCounted();
    void frameNowAndThenLate_isNone();
};

} // namespace continuo
