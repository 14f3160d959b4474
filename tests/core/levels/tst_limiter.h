// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>

namespace continuo {

class TestLimiter final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void peaks_stayUnderTheCeiling_data();
    void peaks_stayUnderTheCeiling();
    void sound_underTheCeilingPassesUnchanged();
    void sound_isHeldNoLongerThanItsPeakNeeds();
    void limiter_goesOnTheSameWhereverItBegins();
    void limiter_takesPortionsOfAnySize();
    void limiter_costsLittle();

private:
    QTemporaryDir m_folder;
};

} // namespace continuo
