// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestSlate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void clock_standsInItsPlace_inEveryFormat_data();
    void clock_standsInItsPlace_inEveryFormat();
    void time_isLaidOverTheClockAlone();
    void memory_isGoneOnWith_orRefused();
};

} // namespace continuo
