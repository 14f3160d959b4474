// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QWidget>

namespace continuo {

class Theme;

/// A small notice that stands for a moment after the window was closed: what is on air goes on.
class Farewell final : public QWidget {
    Q_OBJECT
public:
    /// \p phase lights the lamp; Unknown: the engine is not connected.
    Farewell(const Theme &theme, ChannelPhase phase, const QString &headline,
             const QString &detail);

    /// Shows it in the middle of \p area for two seconds, then deletes it and emits finished().
    void showIn(const QRect &area);

Q_SIGNALS:
    void finished();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;

private:
    void finish();

    const Theme &m_theme;
    bool m_isFinished = false;
};

} // namespace continuo
