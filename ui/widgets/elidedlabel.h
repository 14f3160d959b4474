// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QWidget>

namespace continuo {

/// One line of plain text that ends in "…" where there is no room; the whole is its tool tip then.
/// It repaints only for another text and lays out anew only for a first one, so that a figure that
/// changes ten times a second costs nothing around it.
class ElidedLabel final : public QWidget {
    Q_OBJECT
public:
    ElidedLabel(const QFont &font, const QColor &color, QWidget *parent = nullptr);

    void setText(const QString &text);
    QString text() const { return m_text; }
    void setColor(const QColor &color);
    void setAlignment(Qt::Alignment alignment);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QString m_text;
    QColor m_color;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
    int m_widest = 0; ///< pixels of the widest text so far: the hint never jitters
};

} // namespace continuo
