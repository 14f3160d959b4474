// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/levelwidget.h"

#include <QAccessible>
#include <QMap>
#include <QStringList>

/// The words that stand in \p panel, in the order in which its labels were made.
inline QStringList shownWords(const QWidget &panel)
{
    QStringList words;
    const auto labels = panel.findChildren<continuo::ElidedLabel *>();
    for (const continuo::ElidedLabel *label : labels) {
        if (label->isVisible() && !label->text().isEmpty())
            words << label->text();
    }
    return words;
}

/// The levels that are seen in \p panel as a screen reader has them: name and value. Needs
/// installLevelAccessibility().
inline QMap<QString, double> shownLevels(const QWidget &panel)
{
    QMap<QString, double> levels;
    const auto widgets = panel.findChildren<continuo::LevelWidget *>();
    for (continuo::LevelWidget *widget : widgets) {
        QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(widget);
        if (widget->isVisible() && accessible && accessible->valueInterface())
            levels.insert(accessible->text(QAccessible::Name),
                          accessible->valueInterface()->currentValue().toDouble());
    }
    return levels;
}
