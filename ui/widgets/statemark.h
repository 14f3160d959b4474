// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"

#include <QWidget>

class QPainter;

namespace continuo {

class Theme;

/// Paints the shape of \p health into \p box.
void paintHealth(QPainter &painter, const Theme &theme, const QRectF &box, Health health);

/// The shape of a state: a disc is good, a square is waiting, a triangle is a fault, a ring is
/// idle. The word stands beside it.
class StateMark final : public QWidget {
    Q_OBJECT
public:
    explicit StateMark(const Theme &theme, QWidget *parent = nullptr);

    void setHealth(Health health);
    Health health() const { return m_health; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    Health m_health = Health::Idle;
};

} // namespace continuo
