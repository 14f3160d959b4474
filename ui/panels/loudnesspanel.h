// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QWidget>

#include <array>

namespace continuo {

class ElidedLabel;
class LoudnessBar;
class StateMark;
class Theme;

/// How loud the programme is, against its target; and by how much the item on air is raised for it.
/// Hidden while the channel is not on air.
class LoudnessPanel final : public QWidget {
    Q_OBJECT
public:
    explicit LoudnessPanel(const Theme &theme, QWidget *parent = nullptr);

    /// nullptr: there is no channel.
    void showChannel(const ChannelState *channel);

private:
    void showFigures(const LoudnessState &loudness);

    enum Figure { Momentary, ShortTerm, Integrated, TruePeak, FigureCount };

    LoudnessBar *m_bar;
    ElidedLabel *m_target;
    QWidget *m_figures;
    std::array<ElidedLabel *, FigureCount> m_values{};
    StateMark *m_mark;
    ElidedLabel *m_words;
    QWidget *m_peaks; ///< a warning
    ElidedLabel *m_gain;
};

} // namespace continuo
