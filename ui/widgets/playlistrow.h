// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QModelIndex>
#include <QPixmap>
#include <QRect>

#include <vector>

class QPainter;

namespace continuo {

class Theme;

/// Paints one row of the playlist whole: background and edge by its state, the cells over it.
struct PlaylistRow {
    /// With thumbnails, or without.
    static int height(const Theme &theme, bool hasPictures = true);
    /// The box of a thumbnail, which fits into it.
    static QSize pictureSize(const Theme &theme);
    static int columnWidth(const Theme &theme, int column);
    /// What is carried under the pointer while rows are dragged.
    static QPixmap dragPixmap(const Theme &theme, const QString &title, int count, double ratio);

    void paint(QPainter &painter, const QModelIndex &index) const;

    const Theme &theme;
    QRect area; ///< of the whole row, in the viewport
    std::vector<QRect> cells; ///< by column
    QImage picture; ///< of the row's file; null: there is none (yet)
    bool hasPictures = true; ///< the row is high: two lines, and a picture where there is room
    bool isSelected = false;
    bool isCurrent = false; ///< where the keys act

private:
    void paintBackground(QPainter &painter, int state) const;
    void paintPicture(QPainter &painter, int state, bool isSoundOnly) const;
    void paintTitle(QPainter &painter, const QModelIndex &index, int state) const;
};

} // namespace continuo
