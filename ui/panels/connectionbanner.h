// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/stationlink.h"

#include <QWidget>

namespace continuo {

class CommandButton;
class ElidedLabel;
class StateMark;
class Theme;

/// Says in words that there is no line to the engine; hidden while there is one.
class ConnectionBanner final : public QWidget {
    Q_OBJECT
public:
    ConnectionBanner(const Theme &theme, StationLink &link, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void showState();

    const Theme &m_theme;
    StationLink &m_link;
    StateMark *m_mark;
    ElidedLabel *m_words;
    ElidedLabel *m_detail;
    CommandButton *m_start;
};

} // namespace continuo
