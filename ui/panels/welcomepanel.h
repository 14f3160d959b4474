// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/stationpresenter.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;

namespace continuo {

class CommandButton;
class Theme;

/// What is shown while the station has no channel: what one is, and the means to make it.
class WelcomePanel final : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePanel(const Theme &theme, QWidget *parent = nullptr);

    void focusName();
    /// Why the channel was not made, in words; empty, or another name, takes them away.
    void showProblem(const QString &text);

Q_SIGNALS:
    void createRequested(const continuo::ChannelWish &wish);

private:
    void create();

    QLineEdit *m_name;
    QComboBox *m_format;
    CommandButton *m_create;
    QLabel *m_problem;
};

} // namespace continuo
