// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/stationpresenter.h"

#include <QColor>
#include <QDialog>
#include <QTimer>

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;

namespace continuo {

class LogoForm;
class StandInForm;
class Theme;

/// The settings of a channel. It closes by the owner's accept() when the engine has taken them; a
/// refusal is shown, and what was typed stays. Files are tried first, which may take a while: it
/// says so.
class ChannelDialog final : public QDialog {
    Q_OBJECT
public:
    ChannelDialog(const Theme &theme, const ChannelState &channel, QWidget *parent = nullptr);

    void showProblem(const QString &words);

Q_SIGNALS:
    void chosen(const continuo::ChannelForm &form);

private:
    QWidget *makeSoundBox(const Theme &theme, const ChannelState &channel);
    void fillLoudness(std::optional<double> target);
    void ask();
    void say(const QString &words, const QColor &color);
    ChannelForm form() const;

    QComboBox *m_loudness;
    QLineEdit *m_languages;
    StandInForm *m_standIn;
    LogoForm *m_logo;
    QLabel *m_problem;
    QDialogButtonBox *m_buttons;
    QTimer m_wait; // runs out when what was asked for takes a while
    const QColor m_dim;
    const QColor m_fault;
};

} // namespace continuo
