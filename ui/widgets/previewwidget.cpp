// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/previewwidget.h"

#include "ui/widgets/theme.h"

#include <QPainter>

namespace continuo {

PreviewWidget::PreviewWidget(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void PreviewWidget::setAspect(int width, int height)
{
    if (width <= 0 || height <= 0 || m_aspect == QSize(width, height))
        return;
    m_aspect = {width, height};
    updateGeometry();
}

QSize PreviewWidget::pictureSize() const
{
    const QSize device = (QSizeF(size()) * devicePixelRatioF()).toSize();
    const QSize fitted = m_aspect.scaled(device, Qt::KeepAspectRatio);
    return fitted.expandedTo({2, 2});
}

void PreviewWidget::setPicture(const QImage &image)
{
    m_picture = image;
    m_picture.setDevicePixelRatio(devicePixelRatioF());
    update();
}

void PreviewWidget::setWords(const QString &words)
{
    if (m_picture.isNull() && m_words == words)
        return;
    m_picture = {};
    m_words = words;
    update();
}

int PreviewWidget::heightForWidth(int width) const
{
    return width * m_aspect.height() / m_aspect.width();
}

QSize PreviewWidget::sizeHint() const
{
    const int width = m_theme.px(400);
    return {width, heightForWidth(width)};
}

void PreviewWidget::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().picture);
    if (m_picture.isNull()) {
        painter.setPen(m_theme.palette().dim);
        painter.setFont(m_theme.text());
        const int margin = m_theme.px(16);
        painter.drawText(rect().adjusted(margin, margin, -margin, -margin),
                         int(Qt::AlignCenter) | int(Qt::TextWordWrap), m_words);
        return;
    }
    const QSizeF size = m_picture.deviceIndependentSize();
    painter.drawImage(QPointF((width() - size.width()) / 2, (height() - size.height()) / 2),
                      m_picture);
}

} // namespace continuo
