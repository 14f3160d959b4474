// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

namespace continuo {

class Theme;

/// Shows pictures that were made for its size: nothing is scaled while painting (measured: a
/// QVideoWidget costs nine times as much without a GPU).
class PreviewWidget final : public QWidget {
    Q_OBJECT
public:
    explicit PreviewWidget(const Theme &theme, QWidget *parent = nullptr);

    /// The shape of the pictures to come; the widget keeps it. Until the first, 16:9.
    void setAspect(int width, int height);
    /// The largest size in device pixels that a picture of that shape may have here.
    QSize pictureSize() const;
    void setPicture(const QImage &image);
    /// No picture: \p words say why.
    void setWords(const QString &words);
    bool hasPicture() const { return !m_picture.isNull(); }

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    QImage m_picture;
    QString m_words;
    QSize m_aspect{16, 9};
};

} // namespace continuo
