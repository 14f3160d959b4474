// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QGroupBox>

class QCheckBox;
class QLabel;
class QLineEdit;

namespace continuo {

class Theme;

/// In the settings of a channel: what it shows while there is nothing to play.
class StandInForm final : public QGroupBox {
    Q_OBJECT
public:
    StandInForm(const Theme &theme, const ChannelState &channel, QWidget *parent = nullptr);

    QString slate() const; ///< path of a picture; empty: the card
    bool hasSlateClock() const;
    QString emergency() const; ///< path of a clip; empty: none

private:
    QWidget *makeFileRow(QLineEdit *path, const QString &title, const QString &filter,
                         const QString &failure);
    QLabel *makeNote(const QString &text, const QColor &color);

    const Theme &m_theme;
    QLineEdit *m_slate;
    QCheckBox *m_clock;
    QLineEdit *m_emergency;
};

} // namespace continuo
