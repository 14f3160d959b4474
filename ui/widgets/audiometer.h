// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/levelwidget.h"

#include <QElapsedTimer>

namespace continuo {

class Theme;

/// One channel of a sound meter: RMS as the bar, the peak as a line that falls slowly, the peak's
/// number at the end. Full scale is 0 dB; the amber part begins at -18 dBFS (EBU alignment level),
/// the red one at -6.
class AudioMeter final : public LevelWidget {
    Q_OBJECT
public:
    static constexpr double kFloorDb = -60;

    AudioMeter(const Theme &theme, const QString &label, QWidget *parent = nullptr);

    void setLevels(double peakDb, double rmsDb);
    /// Nothing is measured: an empty bar and no number.
    void clear();

    double value() const override { return m_peakDb; }
    double minimumValue() const override { return kFloorDb; }
    double maximumValue() const override { return 0; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QString m_label;
    double m_peakDb = kFloorDb;
    double m_rmsDb = kFloorDb;
    double m_heldDb = kFloorDb;
    QElapsedTimer m_sinceHeld;
    bool m_isMeasured = false;
};

} // namespace continuo
