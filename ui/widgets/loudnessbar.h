// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/levelwidget.h"

#include <optional>

namespace continuo {

class Theme;

/// Loudness on the scale of EBU Tech 3341, 18 LU below the target to 9 above: filled up to the
/// momentary one, a line at the short-term one, a notch at the target.
class LoudnessBar final : public LevelWidget {
    Q_OBJECT
public:
    explicit LoudnessBar(const Theme &theme, QWidget *parent = nullptr);

    /// LUFS; nothing: silence. Without a target the scale is that of -23.
    void setLoudness(std::optional<double> momentary, std::optional<double> shortTerm,
                     std::optional<double> target);

    double value() const override;
    double minimumValue() const override;
    double maximumValue() const override;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    double reference() const;

    const Theme &m_theme;
    std::optional<double> m_momentary;
    std::optional<double> m_shortTerm;
    std::optional<double> m_target;
};

} // namespace continuo
