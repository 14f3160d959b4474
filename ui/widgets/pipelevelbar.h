// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/levelwidget.h"

namespace continuo {

class Theme;

/// A pipe drawn as a tube that fills from the left; dashed where there is no pipe of ours to look
/// into (the network) or none at the moment.
class PipeLevelBar final : public LevelWidget {
    Q_OBJECT
public:
    explicit PipeLevelBar(const Theme &theme, QWidget *parent = nullptr);

    void setLevel(double fraction); ///< 0 to 1
    void setDashed(bool isDashed);

    double value() const override;
    double minimumValue() const override { return 0; }
    double maximumValue() const override { return 100; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    double m_level = 0;
    bool m_isDashed = false;
};

} // namespace continuo
