// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/commandbutton.h"

#include "ui/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace continuo {

namespace {

constexpr qint64 kPressMs = 1000;
constexpr int kTickMs = 33;

} // namespace

CommandButton::CommandButton(const Theme &theme, Look look, QWidget *parent)
    : QAbstractButton(parent)
    , m_theme(theme)
    , m_look(look)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    // Keys belong to the list; Tab still reaches the button.
    setFocusPolicy(Qt::TabFocus);
    m_holdTick.setInterval(kTickMs);
    connect(&m_holdTick, &QTimer::timeout, this, &CommandButton::onHoldTick);
    connect(this, &QAbstractButton::pressed, this, &CommandButton::onPressed);
    connect(this, &QAbstractButton::released, this, &CommandButton::onReleased);
    connect(this, &QAbstractButton::clicked, this, [this] {
        if (!m_isHeld)
            Q_EMIT triggered();
    });
}

void CommandButton::setCommand(const QString &name, const QString &key)
{
    if (text() == name && m_key == key)
        return;
    setText(name);
    m_key = key;
    setAccessibleName(name);
    setAccessibleDescription(key);
    updateGeometry();
    update();
}

void CommandButton::setHeld(bool isHeld)
{
    m_isHeld = isHeld;
}

void CommandButton::onPressed()
{
    if (!m_isHeld)
        return;
    m_sincePressed.start();
    m_holdTick.start();
}

void CommandButton::onReleased()
{
    m_holdTick.stop();
    m_held = 0;
    update();
}

void CommandButton::onHoldTick()
{
    m_held = std::min(1.0, double(m_sincePressed.elapsed()) / double(kPressMs));
    update();
    if (m_held >= 1.0) {
        m_holdTick.stop();
        Q_EMIT triggered();
    }
}

QSize CommandButton::sizeHint() const
{
    const int name = QFontMetrics(m_look != Look::Quiet ? m_theme.strong() : m_theme.text())
                         .horizontalAdvance(text());
    const int key = m_key.isEmpty()
        ? 0
        : QFontMetrics(m_theme.digits(11)).horizontalAdvance(m_key) + m_theme.px(8);
    return {name + key + m_theme.px(28), m_theme.px(30)};
}

void CommandButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette &palette = m_theme.palette();
    const bool isFilled = m_look != Look::Quiet && isEnabled();
    QColor back = !isFilled ? palette.raised : m_look == Look::Air ? palette.onAir : palette.accent;
    const QColor filledInk = m_look == Look::Air ? palette.onAirText : palette.background;
    if (isDown())
        back = back.darker(115);
    else if (underMouse() && isEnabled())
        back = back.lighter(isFilled ? 108 : 120);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath shape;
    shape.addRoundedRect(box, m_theme.px(4), m_theme.px(4));
    painter.fillPath(shape, back);
    if (m_held > 0) {
        painter.setClipPath(shape);
        painter.fillRect(QRectF(box.left(), box.top(), box.width() * m_held, box.height()),
                         palette.onAir);
        painter.setClipping(false);
    }
    if (hasFocus() || !isFilled) {
        painter.setPen(hasFocus() ? palette.accent : palette.line);
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(shape);
    }

    const QFont nameFont = m_look != Look::Quiet ? m_theme.strong() : m_theme.text();
    const QFont keyFont = m_theme.digits(11);
    const int nameWidth = QFontMetrics(nameFont).horizontalAdvance(text());
    const int keyWidth = m_key.isEmpty() ? 0 : QFontMetrics(keyFont).horizontalAdvance(m_key);
    const int gap = m_key.isEmpty() ? 0 : m_theme.px(8);
    int x = (width() - nameWidth - gap - keyWidth) / 2;
    painter.setFont(nameFont);
    painter.setPen(!isEnabled() ? palette.faint : isFilled ? filledInk : palette.text);
    painter.drawText(QRect(x, 0, nameWidth + 1, height()), Qt::AlignVCenter | Qt::AlignLeft,
                     text());
    if (m_key.isEmpty())
        return;
    x += nameWidth + gap;
    painter.setFont(keyFont);
    painter.setPen(!isEnabled() ? palette.faint : isFilled ? filledInk : palette.dim);
    painter.drawText(QRect(x, 0, keyWidth + 1, height()), Qt::AlignVCenter | Qt::AlignLeft, m_key);
}

void CommandButton::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void CommandButton::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace continuo
