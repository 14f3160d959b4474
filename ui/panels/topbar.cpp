// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/topbar.h"

#include "ui/models/wording.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

TopBar::TopBar(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_clock(new ElidedLabel(theme.clock(), theme.palette().text, this))
    , m_leftHeading(new ElidedLabel(theme.heading(), theme.palette().dim, this))
    , m_left(new ElidedLabel(theme.digits(20), theme.palette().text, this))
    , m_stop(new CommandButton(theme, CommandButton::Look::Quiet, this))
    , m_skip(new CommandButton(theme, CommandButton::Look::Quiet, this))
    , m_take(new CommandButton(theme, CommandButton::Look::Air, this))
    , m_start(new CommandButton(theme, CommandButton::Look::Air, this))
{
    setFixedHeight(theme.px(52));
    m_leftHeading->setText(tr("Left of item"));
    m_stop->setCommand(tr("Stop"), tr("hold", "how a button is to be used: kept pressed"));
    m_stop->setHeld(true);
    m_stop->setToolTip(tr("Hold for a second to take the channel off air."));
    m_skip->setCommand(tr("Skip"), u"Ctrl+N"_s);
    m_start->setCommand(tr("Start"), u"Ctrl+Shift+Enter"_s);
    setTakesSelected(false);

    auto *left = new QVBoxLayout;
    left->setSpacing(0);
    left->addStretch();
    left->addWidget(m_leftHeading);
    left->addWidget(m_left);
    left->addStretch();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(theme.px(16), 0, theme.px(16), 0);
    row->setSpacing(theme.px(16));
    row->addWidget(m_clock);
    row->addSpacing(theme.px(12));
    row->addLayout(left);
    row->addStretch();
    row->addWidget(m_stop);
    row->addWidget(m_skip);
    row->addWidget(m_take);
    row->addWidget(m_start);

    connect(m_stop, &CommandButton::triggered, this, &TopBar::stopRequested);
    connect(m_skip, &CommandButton::triggered, this, &TopBar::skipRequested);
    connect(m_take, &CommandButton::triggered, this, &TopBar::takeRequested);
    connect(m_start, &CommandButton::triggered, this, &TopBar::startRequested);
    connect(&m_second, &QTimer::timeout, this, &TopBar::tick);
    m_second.setSingleShot(true);
    m_second.setTimerType(Qt::PreciseTimer);
    tick();
    showChannel(nullptr);
}

void TopBar::tick()
{
    const QDateTime now = QDateTime::currentDateTime();
    showTime(now);
    m_second.start(1000 - now.time().msec()); // the second changes when it changes
}

void TopBar::showTime(const QDateTime &now)
{
    m_clock->setText(now.toString(u"HH:mm:ss"_s));
    const QDate before = std::exchange(m_day, now.date());
    if (before.isValid() && before != m_day)
        Q_EMIT dayChanged();
}

void TopBar::showChannel(const ChannelState *channel)
{
    // Not while the slate stands in for it: nothing of the item is seen to end.
    const bool hasItem = channel && channel->phase == ChannelPhase::OnAir && channel->item
        && channel->item->remainingMs >= 0;
    m_leftHeading->setVisible(hasItem);
    m_left->setVisible(hasItem);
    if (hasItem)
        m_left->setText(Wording::duration(channel->item->remainingMs));
    const bool canTake = channel && channel->canTake();
    m_stop->setVisible(channel && channel->isGoing());
    m_skip->setVisible(canTake);
    m_take->setVisible(canTake);
    m_start->setVisible(channel && channel->phase == ChannelPhase::Off);
}

void TopBar::setTakesSelected(bool takesSelected)
{
    m_take->setCommand(takesSelected ? tr("Take selected") : tr("Take next"), u"Ctrl+Enter"_s);
}

void TopBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().panel);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.palette().line);
}

} // namespace continuo
