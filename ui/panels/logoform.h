// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QGroupBox>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLineEdit;
class QSpinBox;

namespace continuo {

class Theme;

/// The logo in the settings of a channel: whether it is shown, and how.
class LogoForm final : public QGroupBox {
    Q_OBJECT
public:
    LogoForm(const Theme &theme, const LogoState &logo, QSize picture, QWidget *parent = nullptr);

    LogoState logo() const; ///< as it stands in the fields

private:
    QWidget *makeFileRow(const QString &failure);
    QWidget *makePlaceRow(QSize picture);
    void showPlace();

    const Theme &m_theme;
    QLineEdit *m_path;
    QComboBox *m_corner;
    QSpinBox *m_x;
    QSpinBox *m_y;
    QDoubleSpinBox *m_width;
    QSpinBox *m_opacity;
    QSpinBox *m_fade;
    QLineEdit *m_offFor;
    QCheckBox *m_onSlate;
    QWidget *m_free = nullptr; ///< x and y
    const double m_ownWidth; ///< percent, as it was given: the field rounds it
    double m_shownWidth = 0;
};

} // namespace continuo
