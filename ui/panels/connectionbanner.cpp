// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/connectionbanner.h"

#include "ui/widgets/commandbutton.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace continuo {

ConnectionBanner::ConnectionBanner(const Theme &theme, StationLink &link, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_link(link)
    , m_mark(new StateMark(theme, this))
    , m_words(new ElidedLabel(theme.strong(), theme.palette().text, this))
    , m_detail(new ElidedLabel(theme.text(), theme.palette().dim, this))
    , m_start(new CommandButton(theme, CommandButton::Look::Quiet, this))
{
    setFixedHeight(theme.px(40));
    m_start->setCommand(tr("Start the station"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(theme.px(16), 0, theme.px(16), 0);
    row->setSpacing(theme.px(8));
    row->addWidget(m_mark);
    row->addWidget(m_words);
    row->addWidget(m_detail, 1);
    row->addWidget(m_start);
    connect(m_start, &CommandButton::triggered, &link, &StationLink::startStation);
    connect(&link, &StationLink::stateChanged, this, &ConnectionBanner::showState);
    showState();
}

void ConnectionBanner::showState()
{
    m_start->hide();
    m_mark->setHealth(Health::Waiting);
    m_detail->setText({});
    switch (m_link.state()) {
    case StationLink::State::Connected:
    case StationLink::State::Searching: // it takes no time that is worth a word
        hide();
        return;
    case StationLink::State::StartingStation:
        m_words->setText(tr("Starting the station."));
        break;
    case StationLink::State::Reconnecting:
        m_words->setText(tr("The line to the engine ended."));
        m_detail->setText(tr("What is on air goes on. Connecting again."));
        break;
    case StationLink::State::NotRunning:
        m_mark->setHealth(Health::Fault);
        m_words->setText(tr("The engine has not come back."));
        m_detail->setText(m_link.problem().isEmpty() ? tr("It was shut down, or it cannot start.")
                                                     : m_link.problem());
        m_start->show();
        break;
    case StationLink::State::CannotStart:
        m_mark->setHealth(Health::Fault);
        m_words->setText(tr("The station cannot be started."));
        m_detail->setText(m_link.problem());
        m_start->show();
        break;
    }
    show();
}

void ConnectionBanner::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().raised);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.palette().line);
}

} // namespace continuo
