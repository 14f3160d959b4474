// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/levelwidget.h"

namespace continuo {

class Theme;

/// How far the item on air has come: a thin line that fills.
class ProgressLine final : public LevelWidget {
    Q_OBJECT
public:
    explicit ProgressLine(const Theme &theme, QWidget *parent = nullptr);

    void setProgress(double fraction); ///< 0 to 1

    double value() const override { return m_progress * 100; }
    double minimumValue() const override { return 0; }
    double maximumValue() const override { return 100; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    double m_progress = 0;
};

} // namespace continuo
