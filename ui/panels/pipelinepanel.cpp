// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/pipelinepanel.h"

#include "ui/models/wording.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/pipelevelbar.h"
#include "ui/widgets/statemark.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

PipelinePanel::PipelinePanel(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_player(makeStop(tr("Player")))
    , m_pipeIn(makeTube(tr("Level of the pipe into the encoder")))
    , m_encoder(makeStop(tr("Encoder")))
    , m_pipeOut(makeTube(tr("Level of the pipe out of the encoder")))
    , m_publisher(makeStop(tr("Publisher")))
    , m_network(makeTube(tr("Destinations")))
    , m_seen(makeStop(tr("Seen", "where the stream arrives")))
{
    setMinimumHeight(theme.px(88));
    m_network.bar->setDashed(true);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(theme.px(16), theme.px(8), theme.px(16), theme.px(8));
    row->setSpacing(theme.px(8));
    row->addWidget(m_player.box, 1);
    row->addWidget(m_pipeIn.box, 2);
    row->addWidget(m_encoder.box, 1);
    row->addWidget(m_pipeOut.box, 2);
    row->addWidget(m_publisher.box, 1);
    row->addWidget(m_network.box, 2);
    row->addWidget(m_seen.box, 1);
    showIdle();
}

PipelinePanel::Stop PipelinePanel::makeStop(const QString &name)
{
    auto *box = new QWidget(this);
    box->setMinimumWidth(m_theme.px(118));
    box->setMaximumWidth(m_theme.px(136));
    const Stop stop{box, new StateMark(m_theme, box),
                    new ElidedLabel(m_theme.small(), m_theme.palette().dim, box)};
    box->setAccessibleName(name);
    auto *title = new ElidedLabel(m_theme.strong(), m_theme.palette().text, box);
    title->setText(name);
    title->setAlignment(Qt::AlignCenter);
    stop.fact->setAlignment(Qt::AlignCenter);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(m_theme.px(2));
    column->addStretch();
    column->addWidget(stop.mark, 0, Qt::AlignHCenter);
    column->addSpacing(m_theme.px(2));
    column->addWidget(title);
    column->addWidget(stop.fact);
    column->addStretch();
    return stop;
}

PipelinePanel::Tube PipelinePanel::makeTube(const QString &accessibleName)
{
    auto *box = new QWidget(this);
    const Tube tube{box, new PipeLevelBar(m_theme, box),
                    new ElidedLabel(m_theme.small(), m_theme.palette().dim, box)};
    box->setMinimumWidth(m_theme.px(64));
    tube.bar->setAccessibleName(accessibleName);
    tube.bar->setFixedHeight(m_theme.px(14));
    tube.fact->setAlignment(Qt::AlignCenter);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(m_theme.px(4));
    column->addStretch();
    column->addSpacing(m_theme.px(10));
    column->addWidget(tube.bar);
    column->addWidget(tube.fact);
    column->addStretch();
    return tube;
}

void PipelinePanel::showPipe(const Tube &tube, const QString &name, const PipeState &pipe)
{
    tube.bar->setDashed(pipe.capacity <= 0);
    tube.bar->setLevel(pipe.fraction());
    tube.fact->setText(pipe.capacity > 0
                           ? u"%1 · %2 %"_s.arg(name).arg(std::lround(pipe.fraction() * 100))
                           : name);
}

// Words for what the mark says by its colour.
void PipelinePanel::showTrouble(const Stop &stop, const ProcessState &process)
{
    if (const QString trouble = Wording::processTrouble(process.state); !trouble.isEmpty())
        stop.fact->setText(trouble);
}

void PipelinePanel::showIdle()
{
    for (const Stop &stop : {m_player, m_encoder, m_publisher, m_seen}) {
        stop.mark->setHealth(Health::Idle);
        stop.fact->setText(u"–"_s);
    }
    showPipe(m_pipeIn, tr("FIFO in"), {});
    showPipe(m_pipeOut, tr("FIFO out"), {});
    m_network.fact->setText({});
}

void PipelinePanel::showChannel(const ChannelState *channel)
{
    if (!channel || channel->phase == ChannelPhase::Off
        || channel->phase == ChannelPhase::Unknown) {
        showIdle();
        return;
    }
    const QLocale locale;
    m_player.mark->setHealth(healthOf(channel->player));
    m_player.fact->setText(tr("%n frame(s) ahead", nullptr, int(channel->storeFrames)));
    showTrouble(m_player, channel->player);
    showPipe(m_pipeIn, tr("FIFO in"), channel->pipeIn);
    m_encoder.mark->setHealth(healthOfEncoder(*channel));
    m_encoder.fact->setText(tr("%1 fps · %2x", "rate and speed of the encoder")
                                .arg(locale.toString(channel->encoderFps, 'f', 1),
                                     locale.toString(channel->encoderSpeed, 'f', 2)));
    showTrouble(m_encoder, channel->encoder);
    showPipe(m_pipeOut, tr("FIFO out"), channel->pipeOut);
    if (channel->pipeOut.capacity > 0 && channel->encoderBitrate > 0)
        m_pipeOut.fact->setText(m_pipeOut.fact->text() + u" · "_s
                                + Wording::bitrate(channel->encoderBitrate));
    m_publisher.mark->setHealth(healthOf(channel->publisher));
    m_publisher.fact->setText(tr("%n frame(s) behind", nullptr, int(channel->framesBehind())));
    showTrouble(m_publisher, channel->publisher);
    const int all = int(channel->destinations.size());
    m_network.fact->setText(tr("%n destination(s)", nullptr, all));
    m_seen.mark->setHealth(healthOfDestinations(*channel));
    m_seen.fact->setText(all > 0 ? tr("%1 of %2", "destinations that take the stream, of all")
                                       .arg(channel->runningDestinations())
                                       .arg(all)
                                 : tr("nowhere", "the stream has no destination"));
}

QSize PipelinePanel::sizeHint() const
{
    return {m_theme.px(1080), m_theme.px(148)};
}

void PipelinePanel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().panel);
}

} // namespace continuo
