// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace continuo {

/// A painted level that a screen reader can read as a value (Qt sees a painted widget as a filler
/// without one). Call installLevelAccessibility() once, before the first is shown.
class LevelWidget : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    virtual double value() const = 0;
    virtual double minimumValue() const = 0;
    virtual double maximumValue() const = 0;
};

void installLevelAccessibility();

} // namespace continuo
