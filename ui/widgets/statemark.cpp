// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/statemark.h"

#include "ui/widgets/theme.h"

#include <QPainter>
#include <QPolygonF>

namespace continuo {

void paintHealth(QPainter &painter, const Theme &theme, const QRectF &area, Health health)
{
    const Palette &palette = theme.palette();
    const double size = theme.px(8);
    const QRectF box(area.center().x() - size / 2, area.center().y() - size / 2, size, size);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    switch (health) {
    case Health::Good:
        painter.setBrush(palette.good);
        painter.drawEllipse(box);
        break;
    case Health::Waiting:
        painter.setBrush(palette.warning);
        painter.drawRect(box);
        break;
    case Health::Fault:
        painter.setBrush(palette.fault);
        painter.drawPolygon(
            QPolygonF({{box.center().x(), box.top()}, box.bottomRight(), box.bottomLeft()}));
        break;
    case Health::Idle:
        painter.setPen(QPen(palette.faint, theme.px(1.5)));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(box.adjusted(1, 1, -1, -1));
        break;
    }
    painter.restore();
}

StateMark::StateMark(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void StateMark::setHealth(Health health)
{
    if (m_health == health)
        return;
    m_health = health;
    update();
}

QSize StateMark::sizeHint() const
{
    return {m_theme.px(10), m_theme.px(10)};
}

void StateMark::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintHealth(painter, m_theme, rect(), m_health);
}

} // namespace continuo
