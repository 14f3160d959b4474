// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTemporaryDir>

namespace continuo {

class TestLoudness final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void meter_saysWhatFfmpegSays_data();
    void meter_saysWhatFfmpegSays();
    void meter_knowsTheReferenceTone();
    void meter_hearsSixteenBitsAsFloats();
    void meter_saysNothingOfSilence();
    void meter_forgetsWhatIsNoNumber();
    void meter_keepsItsSize();
    void plan_comesToTheTarget_data();
    void plan_comesToTheTarget();

private:
    QTemporaryDir m_folder;
};

} // namespace continuo
