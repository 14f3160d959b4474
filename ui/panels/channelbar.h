// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QScrollArea>

class QVBoxLayout;

namespace continuo {

class ChannelCard;
class StationPresenter;
class Theme;

/// The channels of the station, a card each; a click selects one.
class ChannelBar final : public QScrollArea {
    Q_OBJECT
public:
    ChannelBar(const Theme &theme, StationPresenter &station, QWidget *parent = nullptr);

    QSize sizeHint() const override;

private:
    void rebuild();
    void showSelection();
    void showChannel(const QString &name);

    const Theme &m_theme;
    StationPresenter &m_station;
    QVBoxLayout *m_cardBox;
    QMap<QString, ChannelCard *> m_cards; // owned by the scroll area's widget
};

} // namespace continuo
