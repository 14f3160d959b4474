// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/loudnesspanel.h"

#include "ui/models/wording.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/loudnessbar.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace continuo {

LoudnessPanel::LoudnessPanel(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_bar(new LoudnessBar(theme, this))
    , m_target(new ElidedLabel(theme.small(), theme.palette().dim, this))
    , m_figures(new QWidget(this))
    , m_mark(new StateMark(theme, this))
    , m_words(new ElidedLabel(theme.text(), theme.palette().text, this))
    , m_peaks(new QWidget(this))
    , m_gain(new ElidedLabel(theme.small(), theme.palette().dim, this))
{
    auto *heading = new ElidedLabel(theme.heading(), theme.palette().dim, this);
    heading->setText(tr("Loudness"));
    m_target->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_bar->setAccessibleName(tr("Momentary loudness"));
    m_bar->setToolTip(tr("Filled: the loudness of this moment. Line: of the last three seconds.\n"
                         "Notch: the target."));
    const std::array names{tr("Now", "loudness of 400 ms"), tr("3 seconds", "loudness of 3 s"),
                           tr("Programme", "loudness since measuring began"),
                           tr("Peak, dBTP", "highest true peak since measuring began")};
    const std::array tips{tr("Momentary loudness, of 400 ms, in LUFS"),
                          tr("Short-term loudness, of three seconds, in LUFS"),
                          tr("Integrated loudness since the channel went on air, or another engine "
                             "took over, in LUFS"),
                          tr("Highest true peak since the channel went on air, or another engine "
                             "took over, in dBTP")};
    auto *grid = new QGridLayout(m_figures);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(theme.px(8));
    grid->setVerticalSpacing(0);
    for (int figure = 0; figure < FigureCount; ++figure) {
        const auto at = std::size_t(figure);
        auto *name = new ElidedLabel(theme.small(), theme.palette().dim, m_figures);
        m_values[at] = new ElidedLabel(theme.digits(15), theme.palette().text, m_figures);
        name->setText(names[at]);
        for (ElidedLabel *label : {name, m_values[at]}) {
            label->setToolTip(tips[at]);
            label->setAccessibleDescription(tips[at]);
        }
        grid->addWidget(m_values[at], 0, figure);
        grid->addWidget(name, 1, figure);
    }
    auto *top = new QHBoxLayout;
    top->setSpacing(theme.px(8));
    top->addWidget(heading);
    top->addWidget(m_target, 1);
    auto *state = new QHBoxLayout;
    state->setSpacing(theme.px(8));
    state->addWidget(m_mark);
    state->addWidget(m_words, 1);
    auto *peakMark = new StateMark(theme, m_peaks);
    auto *peakWords = new ElidedLabel(theme.text(), theme.palette().text, m_peaks);
    peakMark->setHealth(Health::Waiting);
    peakWords->setText(tr("Peaks above −1 dBTP may distort"));
    auto *peaks = new QHBoxLayout(m_peaks);
    peaks->setContentsMargins(0, 0, 0, 0);
    peaks->setSpacing(theme.px(8));
    peaks->addWidget(peakMark);
    peaks->addWidget(peakWords, 1);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, theme.px(8), 0, theme.px(8));
    box->setSpacing(theme.px(6));
    box->addLayout(top);
    box->addWidget(m_bar);
    box->addWidget(m_figures);
    box->addLayout(state);
    box->addWidget(m_peaks);
    box->addWidget(m_gain);
    hide();
}

void LoudnessPanel::showChannel(const ChannelState *channel)
{
    const bool isAiring = channel && channel->canTake();
    setVisible(isAiring);
    if (!isAiring)
        return;
    const LoudnessState &loudness = channel->loudness;
    m_target->setText(Wording::loudnessTarget(loudness.target));
    m_mark->setHealth(healthOf(loudness));
    m_words->setText(Wording::loudness(loudness));
    m_bar->setVisible(loudness.isMeasured);
    m_figures->setVisible(loudness.isMeasured);
    m_bar->setLoudness(loudness.momentary, loudness.shortTerm, loudness.target);
    showFigures(loudness);
    m_peaks->setVisible(loudness.isMeasured && loudness.hasHighPeaks());
    const bool hasGain
        = channel->phase == ChannelPhase::OnAir && channel->item && channel->item->gain;
    m_gain->setVisible(hasGain);
    if (hasGain)
        m_gain->setText(Wording::airingGain(*channel->item->gain));
}

void LoudnessPanel::showFigures(const LoudnessState &loudness)
{
    m_values[Momentary]->setText(Wording::lufs(loudness.momentary));
    m_values[ShortTerm]->setText(Wording::lufs(loudness.shortTerm));
    m_values[Integrated]->setText(Wording::lufs(loudness.integrated));
    m_values[TruePeak]->setText(Wording::lufs(loudness.truePeak));
}

} // namespace continuo
