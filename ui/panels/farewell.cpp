// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/farewell.h"

#include "ui/panels/lampstate.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/theme.h"

#include <QPainter>
#include <QTimer>
#include <QVBoxLayout>

using namespace std::chrono_literals;

namespace continuo {

Farewell::Farewell(const Theme &theme, ChannelPhase phase, const QString &headline,
                   const QString &detail)
    : QWidget(nullptr, Qt::Dialog | Qt::FramelessWindowHint)
    , m_theme(theme)
{
    setAttribute(Qt::WA_ShowWithoutActivating); // it takes no key from what the person does next
    setWindowTitle(headline);
    setAccessibleName(headline);
    setAccessibleDescription(detail);
    auto *lamp = new OnAirLamp(theme, this);
    showLamp(*lamp, phase);
    auto *title = new ElidedLabel(theme.name(), theme.palette().text, this);
    title->setText(headline);
    auto *words = new ElidedLabel(theme.text(), theme.palette().dim, this);
    words->setText(detail);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(20));
    box->setSpacing(theme.px(8));
    box->addWidget(lamp);
    box->addWidget(title);
    box->addWidget(words);
}

void Farewell::showIn(const QRect &area)
{
    adjustSize();
    move(area.center() - rect().center());
    show();
    QTimer::singleShot(2s, this, &Farewell::finish);
}

void Farewell::finish()
{
    if (m_isFinished)
        return;
    m_isFinished = true;
    hide();
    deleteLater();
    Q_EMIT finished();
}

void Farewell::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().raised);
    painter.setPen(m_theme.palette().line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void Farewell::mousePressEvent(QMouseEvent *)
{
    finish();
}

} // namespace continuo
