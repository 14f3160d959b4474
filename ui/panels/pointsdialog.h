// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;

namespace continuo {

class Theme;

/// Asks for in and out point of a row. It closes by the owner's accept() when the engine has taken
/// them; a refusal is shown, and what was typed stays.
class PointsDialog final : public QDialog {
    Q_OBJECT
public:
    /// \p in and \p out as the engine gives them, HH:MM:SS:FF or empty.
    PointsDialog(const Theme &theme, const QString &title, const QString &in, const QString &out,
                 QWidget *parent = nullptr);

    void showProblem(const QString &words);

Q_SIGNALS:
    void chosen(const QString &in, const QString &out);

private:
    QLineEdit *m_in;
    QLineEdit *m_out;
    QLabel *m_problem;
};

} // namespace continuo
