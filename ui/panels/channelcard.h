// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace continuo {

class ElidedLabel;
class OnAirLamp;
class PipeLevelBar;
class ProgressLine;
class StateMark;
class Theme;

/// One channel in the bar at the left: lamp, item, time left, pipes, speed, destinations.
class ChannelCard final : public QWidget {
    Q_OBJECT
public:
    explicit ChannelCard(const Theme &theme, QWidget *parent = nullptr);

    void showChannel(const ChannelState &channel);
    void setSelected(bool isSelected);

Q_SIGNALS:
    void clicked();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    /// A line for one destination: shape, name, word; under it why it fails.
    struct DestinationLine {
        QWidget *box;
        StateMark *mark;
        ElidedLabel *name;
        ElidedLabel *word;
        ElidedLabel *detail;
    };

    void showItem(const ChannelState &channel);
    void showEncoder(const ChannelState &channel);
    void showDestinations(const ChannelState &channel);
    void showAccessibleName(const ChannelState &channel);
    void updateAccessibleName();
    DestinationLine makeDestinationLine();

    const Theme &m_theme;
    bool m_isSelected = false;
    QString m_stateWords; ///< name and state, for those who do not see the card
    QString m_troubleWords; ///< which destinations fail, and why
    ElidedLabel *m_name;
    OnAirLamp *m_lamp;
    QWidget *m_itemBox;
    ElidedLabel *m_item;
    ElidedLabel *m_left;
    ProgressLine *m_progress;
    ElidedLabel *m_next;
    QWidget *m_encoderBox;
    PipeLevelBar *m_pipeIn;
    PipeLevelBar *m_pipeOut;
    ElidedLabel *m_speed;
    QVBoxLayout *m_destinationBox;
    std::vector<DestinationLine> m_destinations;
};

} // namespace continuo
