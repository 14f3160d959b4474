// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QWidget>

namespace continuo {

class ElidedLabel;
class PipeLevelBar;
class StateMark;
class Theme;

/// The road: the chain as it is, from the player to where it is seen. A pipe is a tube that fills,
/// its number under it.
class PipelinePanel final : public QWidget {
    Q_OBJECT
public:
    explicit PipelinePanel(const Theme &theme, QWidget *parent = nullptr);

    /// nullptr: there is no channel.
    void showChannel(const ChannelState *channel);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    struct Stop {
        QWidget *box;
        StateMark *mark;
        ElidedLabel *fact;
    };
    struct Tube {
        QWidget *box;
        PipeLevelBar *bar;
        ElidedLabel *fact;
    };

    Stop makeStop(const QString &name);
    Tube makeTube(const QString &accessibleName);
    static void showPipe(const Tube &tube, const QString &name, const PipeState &pipe);
    static void showTrouble(const Stop &stop, const ProcessState &process);
    void showIdle();

    const Theme &m_theme;
    Stop m_player;
    Tube m_pipeIn;
    Stop m_encoder;
    Tube m_pipeOut;
    Stop m_publisher;
    Tube m_network;
    Stop m_seen;
};

} // namespace continuo
