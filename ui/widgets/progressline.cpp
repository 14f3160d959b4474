// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/progressline.h"

#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace continuo {

ProgressLine::ProgressLine(const Theme &theme, QWidget *parent)
    : LevelWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ProgressLine::setProgress(double fraction)
{
    const double progress = std::clamp(fraction, 0.0, 1.0);
    if (std::abs(progress - m_progress) * width() < 0.25)
        return;
    m_progress = progress;
    update();
}

QSize ProgressLine::sizeHint() const
{
    return {m_theme.px(80), m_theme.px(4)};
}

void ProgressLine::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const double radius = height() / 2.0;
    painter.setBrush(m_theme.palette().raised);
    painter.drawRoundedRect(QRectF(rect()), radius, radius);
    if (m_progress <= 0)
        return;
    QRectF done(rect());
    done.setWidth(std::max(double(height()), done.width() * m_progress));
    painter.setBrush(m_theme.palette().onAir);
    painter.drawRoundedRect(done, radius, radius);
}

} // namespace continuo
