// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/channelbar.h"

#include "ui/models/stationpresenter.h"
#include "ui/panels/channelcard.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace continuo {

ChannelBar::ChannelBar(const Theme &theme, StationPresenter &station, QWidget *parent)
    : QScrollArea(parent)
    , m_theme(theme)
    , m_station(station)
    , m_settings(new CommandButton(theme, CommandButton::Look::Quiet, this))
    , m_cardBox(new QVBoxLayout)
{
    setFrameShape(NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMinimumWidth(theme.px(220));
    auto *inside = new QWidget;
    auto *heading = new ElidedLabel(theme.heading(), theme.palette().dim, inside);
    heading->setText(tr("Channels"));
    heading->setToolTip(tr("Ctrl+Page Up and Ctrl+Page Down go from channel to channel."));
    auto *box = new QVBoxLayout(inside);
    box->setContentsMargins(theme.px(8), 0, theme.px(8), theme.px(8));
    box->setSpacing(theme.px(8));
    m_settings->setCommand(tr("Settings"), u"Ctrl+,"_s);
    m_settings->setToolTip(
        tr("Loudness, languages, logo, slate and emergency clip of the selected channel"));
    auto *headingBox = new QHBoxLayout; // as high as the button: in line with the other headings
    headingBox->setContentsMargins(theme.px(4), theme.px(4), 0, 0);
    headingBox->addWidget(heading, 1);
    headingBox->addWidget(m_settings);
    box->addLayout(headingBox);
    m_cardBox->setSpacing(theme.px(8));
    box->addLayout(m_cardBox);
    box->addStretch();
    setWidget(inside);

    connect(m_settings, &CommandButton::triggered, this, &ChannelBar::settingsRequested);
    connect(&station, &StationPresenter::channelsChanged, this, &ChannelBar::rebuild);
    connect(&station, &StationPresenter::channelChanged, this, &ChannelBar::showChannel);
    connect(&station, &StationPresenter::selectionChanged, this, &ChannelBar::showSelection);
    rebuild();
}

QSize ChannelBar::sizeHint() const
{
    return {m_theme.px(264), m_theme.px(400)};
}

void ChannelBar::rebuild()
{
    const QMap<QString, ChannelState> &channels = m_station.channels();
    for (auto card = m_cards.begin(); card != m_cards.end();) {
        if (channels.contains(card.key())) {
            ++card;
        } else {
            card.value()->deleteLater(); // it may be the sender of what brought us here
            card = m_cards.erase(card);
        }
    }
    for (auto channel = channels.constBegin(); channel != channels.constEnd(); ++channel) {
        if (m_cards.contains(channel.key()))
            continue;
        auto *card = new ChannelCard(m_theme, widget());
        connect(card, &ChannelCard::clicked, this,
                [this, name = channel.key()] { m_station.select(name); });
        m_cards.insert(channel.key(), card);
        m_cardBox->insertWidget(int(std::distance(m_cards.begin(), m_cards.find(channel.key()))),
                                card);
        card->showChannel(*channel);
    }
    showSelection();
}

void ChannelBar::showSelection()
{
    const ChannelState *selected = m_station.selected();
    m_settings->setVisible(selected && selected->phase != ChannelPhase::Unknown);
    for (auto card = m_cards.begin(); card != m_cards.end(); ++card)
        card.value()->setSelected(card.key() == m_station.selectedName());
}

void ChannelBar::showChannel(const QString &name)
{
    if (ChannelCard *card = m_cards.value(name))
        card->showChannel(m_station.channels().value(name));
    showSelection(); // what cannot be set now is another, too
}

} // namespace continuo
