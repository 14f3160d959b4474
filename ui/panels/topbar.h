// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QDateTime>
#include <QTimer>
#include <QWidget>

namespace continuo {

class CommandButton;
class ElidedLabel;
class Theme;

/// Time of day, what is left of the item, and the commands for the air.
class TopBar final : public QWidget {
    Q_OBJECT
public:
    explicit TopBar(const Theme &theme, QWidget *parent = nullptr);

    /// nullptr: there is no channel.
    void showChannel(const ChannelState *channel);
    /// Ctrl+Enter takes the one selected row, else the next item: the button says which.
    void setTakesSelected(bool takesSelected);
    /// Local time, once a second by itself.
    void showTime(const QDateTime &now);

Q_SIGNALS:
    void startRequested();
    void stopRequested();
    void skipRequested();
    void takeRequested();
    void dayChanged(); ///< times of "another day" are of another one now

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void tick();

    const Theme &m_theme;
    ElidedLabel *m_clock;
    ElidedLabel *m_leftHeading;
    ElidedLabel *m_left;
    CommandButton *m_stop;
    CommandButton *m_skip;
    CommandButton *m_take;
    CommandButton *m_start;
    QTimer m_second;
    QDate m_day;
};

} // namespace continuo
