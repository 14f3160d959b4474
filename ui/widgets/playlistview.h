// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QList>
#include <QTreeView>
#include <QUrl>

namespace continuo {

class PlaylistModel;
class Theme;
class ThumbnailCache;

/// The table of a playlist. It asks for edits by signals and changes nothing itself: rows follow
/// when the engine says so. Rows and files are dropped *between* rows, where the line shows.
class PlaylistView final : public QTreeView {
    Q_OBJECT
public:
    PlaylistView(const Theme &theme, PlaylistModel &model, QWidget *parent = nullptr);

    QStringList selectedIds() const; ///< in the order of the list
    /// The row before which something dropped at \p position (viewport) would stand.
    int insertionRow(const QPoint &position) const;
    /// The rows are what they were when the engine was last heard: shown paler.
    void setStale(bool isStale);
    /// Where rows have their thumbnails from; it outlives the view.
    void setThumbnails(ThumbnailCache &thumbnails);
    /// High rows with thumbnails, or low ones without.
    void showThumbnails(bool areShown);
    bool showsThumbnails() const;
    /// What stands where the rows would, while there are none.
    void setEmptyWords(const QString &headline, const QString &detail);

Q_SIGNALS:
    void filesDropped(const QList<QUrl> &urls, int row);
    void moveRequested(const QStringList &ids, int row);
    /// By one row up (-1) or down (1), from wherever they stand when it is their turn.
    void stepRequested(const QStringList &ids, int step);
    void removeRequested(const QStringList &ids);
    void nextRequested(const QString &id);
    /// In and out of the row are to be set.
    void pointsRequested(const QString &id);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    void startDrag(Qt::DropActions actions) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void drawRow(QPainter *painter, const QStyleOptionViewItem &option,
                 const QModelIndex &index) const override;

private:
    void addPointsAction();
    void addThumbnailsAction();
    void showPictureColumn();
    QImage pictureOf(const QModelIndex &index) const;
    bool takesDrop(const QDropEvent &event) const;
    void showInsertLine(int row);
    int yOfInsertion(int row) const;
    void paintEmpty();
    bool isCurrentInView() const;
    void onRowsGoing(int first, int last);
    void onRowsGone(int first);

    const Theme &m_theme;
    PlaylistModel &m_model;
    ThumbnailCache *m_thumbnails = nullptr;
    QAction *m_showThumbnails = nullptr; ///< checked: they are
    QString m_emptyHeadline;
    QString m_emptyDetail;
    bool m_isStale = false;
    bool m_wasCurrentInView = false; ///< before rows were moved
    QStringList m_removing; ///< asked for by the key: where they stood the keys go on
    QDeadlineTimer m_removingUntil; ///< what is not gone by then was refused
    bool m_areOursRemoved = false; ///< of the rows that are being removed
    int m_insertRow = -1; ///< where the line stands; -1: no drag over us
};

} // namespace continuo
