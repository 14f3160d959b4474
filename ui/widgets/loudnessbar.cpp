// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/loudnessbar.h"

#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>

namespace continuo {

namespace {

constexpr double kBelow = 18;
constexpr double kAbove = 9;
constexpr double kUsualTarget = -23;
constexpr double kToleranceLu = 1;

} // namespace

LoudnessBar::LoudnessBar(const Theme &theme, QWidget *parent)
    : LevelWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LoudnessBar::setLoudness(std::optional<double> momentary, std::optional<double> shortTerm,
                              std::optional<double> target)
{
    if (m_momentary == momentary && m_shortTerm == shortTerm && m_target == target)
        return;
    m_momentary = momentary;
    m_shortTerm = shortTerm;
    m_target = target;
    update();
}

double LoudnessBar::reference() const
{
    return m_target.value_or(kUsualTarget);
}

double LoudnessBar::value() const
{
    return std::clamp(m_momentary.value_or(minimumValue()), minimumValue(), maximumValue());
}

double LoudnessBar::minimumValue() const
{
    return reference() - kBelow;
}

double LoudnessBar::maximumValue() const
{
    return reference() + kAbove;
}

QSize LoudnessBar::sizeHint() const
{
    return {m_theme.px(160), m_theme.px(16)};
}

void LoudnessBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Palette &palette = m_theme.palette();
    const double barHeight = m_theme.px(8);
    const QRectF bar(0, (height() - barHeight) / 2, width(), barHeight);
    const auto xOf = [&](double lufs) {
        const double part = (lufs - minimumValue()) / (kBelow + kAbove);
        return bar.left() + bar.width() * std::clamp(part, 0.0, 1.0);
    };
    painter.fillRect(bar, palette.raised);
    const double limit = reference() + kToleranceLu;
    if (m_target)
        painter.fillRect(QRectF(QPointF(xOf(limit), bar.top()), bar.bottomRight()),
                         palette.nextRow);
    const auto fill = [&](double from, double to, const QColor &color) {
        if (to > from)
            painter.fillRect(QRectF(QPointF(xOf(from), bar.top()), QPointF(xOf(to), bar.bottom())),
                             color);
    };
    const double now = value();
    fill(minimumValue(), m_target ? std::min(now, limit) : now, palette.good);
    if (m_target)
        fill(limit, now, palette.warning);
    const auto line = [&](double lufs, double width, const QColor &color) {
        painter.fillRect(QRectF(xOf(lufs) - width / 2, 0, width, height()), color);
    };
    if (m_target)
        line(*m_target, m_theme.px(1), palette.dim);
    if (m_shortTerm && *m_shortTerm > minimumValue())
        line(std::min(*m_shortTerm, maximumValue()), m_theme.px(3), palette.text);
}

} // namespace continuo
