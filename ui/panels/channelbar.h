// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QScrollArea>

class QVBoxLayout;

namespace continuo {

class ChannelCard;
class CommandButton;
class StationPresenter;
class Theme;

/// The channels of the station, a card each; a click selects one.
class ChannelBar final : public QScrollArea {
    Q_OBJECT
public:
    ChannelBar(const Theme &theme, StationPresenter &station, QWidget *parent = nullptr);

    QSize sizeHint() const override;

Q_SIGNALS:
    void settingsRequested(); ///< of the selected channel

private:
    void rebuild();
    void showSelection();
    void showChannel(const QString &name);

    const Theme &m_theme;
    StationPresenter &m_station;
    CommandButton *m_settings;
    QVBoxLayout *m_cardBox;
    QMap<QString, ChannelCard *> m_cards; // owned by the scroll area's widget
};

} // namespace continuo
