// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/stationpresenter.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;

namespace continuo {

class LogoForm;
class StandInForm;
class Theme;

/// The settings of a channel. It closes by the owner's accept() when the engine has taken them; a
/// refusal is shown, and what was typed stays.
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
    ChannelForm form() const;

    QComboBox *m_loudness;
    QLineEdit *m_languages;
    StandInForm *m_standIn;
    LogoForm *m_logo;
    QLabel *m_problem;
};

} // namespace continuo
