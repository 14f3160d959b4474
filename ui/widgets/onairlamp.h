// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace continuo {

class Theme;

/// A small sign with a word: lit red on air, amber while something holds the air, else quiet.
class OnAirLamp final : public QWidget {
    Q_OBJECT
public:
    enum class Light { Quiet, Amber, Red };

    explicit OnAirLamp(const Theme &theme, QWidget *parent = nullptr);

    void setLight(Light light, const QString &word);
    Light light() const { return m_light; }

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    Light m_light = Light::Quiet;
    QString m_word;
};

} // namespace continuo
