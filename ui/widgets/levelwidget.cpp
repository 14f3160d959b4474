// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/levelwidget.h"

#include <QAccessible>
#include <QAccessibleWidget>

namespace continuo {

namespace {

class AccessibleLevel final : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    explicit AccessibleLevel(LevelWidget *level)
        : QAccessibleWidget(level, QAccessible::ProgressBar)
        , m_level(level)
    {
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::ValueInterface)
            return static_cast<QAccessibleValueInterface *>(this);
        return QAccessibleWidget::interface_cast(type);
    }
    QVariant currentValue() const override { return m_level->value(); }
    void setCurrentValue(const QVariant &) override { } // measured, not set
    QVariant maximumValue() const override { return m_level->maximumValue(); }
    QVariant minimumValue() const override { return m_level->minimumValue(); }
    QVariant minimumStepSize() const override { return 0.0; }

private:
    LevelWidget *m_level; // owned by its parent; Qt drops this interface with it
};

QAccessibleInterface *levelInterface(const QString &, QObject *object)
{
    auto *level = qobject_cast<LevelWidget *>(object);
    return level ? new AccessibleLevel(level) : nullptr;
}

} // namespace

void installLevelAccessibility()
{
    QAccessible::installFactory(levelInterface);
}

} // namespace continuo
