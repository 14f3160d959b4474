// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/audiometer.h"

#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kAmberDb = -18;
constexpr double kRedDb = -6;
constexpr qint64 kHoldMs = 1200;
constexpr double kFallDbPerSecond = 24;

} // namespace

AudioMeter::AudioMeter(const Theme &theme, const QString &label, QWidget *parent)
    : LevelWidget(parent)
    , m_theme(theme)
    , m_label(label)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void AudioMeter::setLevels(double peakDb, double rmsDb)
{
    m_isMeasured = true;
    m_peakDb = std::clamp(peakDb, kFloorDb, 0.0);
    m_rmsDb = std::clamp(rmsDb, kFloorDb, 0.0);
    if (!m_sinceHeld.isValid() || m_peakDb >= m_heldDb) {
        m_heldDb = m_peakDb;
        m_sinceHeld.start();
    } else if (m_sinceHeld.elapsed() > kHoldMs) {
        const double fallen = double(m_sinceHeld.elapsed() - kHoldMs) / 1000 * kFallDbPerSecond;
        m_heldDb = std::max(m_peakDb, m_heldDb - fallen);
        m_sinceHeld.start();
    }
    update();
}

void AudioMeter::clear()
{
    m_isMeasured = false;
    m_peakDb = m_rmsDb = m_heldDb = kFloorDb;
    m_sinceHeld.invalidate();
    update();
}

QSize AudioMeter::sizeHint() const
{
    return {m_theme.px(160), m_theme.px(16)};
}

void AudioMeter::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Palette &palette = m_theme.palette();
    const int labelWidth = m_theme.px(14);
    const int numberWidth = m_theme.px(64);
    painter.setPen(palette.dim);
    painter.setFont(m_theme.small());
    painter.drawText(QRect(0, 0, labelWidth, height()), Qt::AlignLeft | Qt::AlignVCenter, m_label);
    painter.setFont(m_theme.digits(11));
    const QString number = !m_isMeasured ? u"–"_s
        : m_peakDb <= kFloorDb           ? u"−∞ dB"_s
                               : u"%1 dB"_s.arg(std::lround(m_peakDb)).replace(u'-', QChar(0x2212));
    painter.drawText(QRect(width() - numberWidth, 0, numberWidth, height()),
                     Qt::AlignRight | Qt::AlignVCenter, number);

    const int barHeight = m_theme.px(8);
    const QRectF bar(labelWidth, (height() - barHeight) / 2.0, width() - labelWidth - numberWidth,
                     barHeight);
    const auto xOf
        = [&bar](double db) { return bar.left() + bar.width() * (db - kFloorDb) / -kFloorDb; };
    painter.fillRect(bar, palette.raised);
    painter.fillRect(QRectF(QPointF(xOf(kRedDb), bar.top()), bar.bottomRight()), palette.onAirRow);
    const auto fill = [&](double fromDb, double toDb, const QColor &color) {
        const double end = std::min(toDb, m_rmsDb);
        if (end > fromDb)
            painter.fillRect(
                QRectF(QPointF(xOf(fromDb), bar.top()), QPointF(xOf(end), bar.bottom())), color);
    };
    fill(kFloorDb, kAmberDb, palette.good);
    fill(kAmberDb, kRedDb, palette.warning);
    fill(kRedDb, 0, palette.onAir);
    if (m_heldDb > kFloorDb) {
        const QColor color = m_heldDb > kRedDb ? palette.onAir
            : m_heldDb > kAmberDb              ? palette.warning
                                               : palette.good;
        painter.fillRect(
            QRectF(xOf(m_heldDb) - m_theme.px(2), bar.top(), m_theme.px(2), bar.height()), color);
    }
}

} // namespace continuo
