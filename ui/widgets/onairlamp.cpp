// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/onairlamp.h"

#include "ui/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>

namespace continuo {

OnAirLamp::OnAirLamp(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void OnAirLamp::setLight(Light light, const QString &word)
{
    if (m_light == light && m_word == word)
        return;
    m_light = light;
    m_word = word;
    setAccessibleName(word);
    updateGeometry();
    update();
}

QSize OnAirLamp::sizeHint() const
{
    const QFontMetrics metrics(m_theme.mark());
    return {metrics.horizontalAdvance(m_word.toUpper()) + m_theme.px(12), m_theme.px(16)};
}

void OnAirLamp::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette &palette = m_theme.palette();
    const QColor back = m_light == Light::Red ? palette.onAir
        : m_light == Light::Amber             ? palette.next
                                              : palette.raised;
    const QColor ink = m_light == Light::Red ? palette.onAirText
        : m_light == Light::Amber            ? palette.background
                                             : palette.dim;
    painter.setPen(Qt::NoPen);
    painter.setBrush(back);
    painter.drawRoundedRect(rect(), m_theme.px(3), m_theme.px(3));
    painter.setPen(ink);
    painter.setFont(m_theme.mark());
    painter.drawText(rect(), Qt::AlignCenter, m_word);
}

} // namespace continuo
