// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/pipelevelbar.h"

#include "ui/widgets/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace continuo {

PipeLevelBar::PipeLevelBar(const Theme &theme, QWidget *parent)
    : LevelWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PipeLevelBar::setLevel(double fraction)
{
    const double level = std::clamp(fraction, 0.0, 1.0);
    // Less than a pixel is no change to paint.
    if (std::abs(level - m_level) * width() < 0.5 && (level > 0) == (m_level > 0))
        return;
    m_level = level;
    update();
}

void PipeLevelBar::setDashed(bool isDashed)
{
    if (m_isDashed == isDashed)
        return;
    m_isDashed = isDashed;
    update();
}

double PipeLevelBar::value() const
{
    return std::round(m_level * 100);
}

QSize PipeLevelBar::sizeHint() const
{
    return {m_theme.px(120), m_theme.px(14)};
}

void PipeLevelBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF tube = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    const double radius = tube.height() / 2;
    const Palette &palette = m_theme.palette();
    QPen pen(palette.line, 1, m_isDashed ? Qt::DashLine : Qt::SolidLine);
    if (m_isDashed) {
        painter.setPen(pen);
        painter.drawRoundedRect(tube, radius, radius);
        return;
    }
    QPainterPath shape;
    shape.addRoundedRect(tube, radius, radius);
    painter.fillPath(shape, palette.background);
    if (m_level > 0) {
        // Clipped by the tube, so that a low level fills its round end as water would.
        painter.setClipPath(shape);
        QRectF filled = tube;
        filled.setWidth(std::max(2.0, tube.width() * m_level));
        painter.fillRect(filled, palette.tube);
        painter.setClipping(false);
    }
    painter.setPen(pen);
    painter.drawPath(shape);
}

} // namespace continuo
