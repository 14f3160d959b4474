// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/playlistview.h"

#include "ui/models/playlistmodel.h"
#include "ui/widgets/playlistrow.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/thumbnailcache.h"

#include <QAction>
#include <QDrag>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <chrono>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kLeastWidthForPictures = 540; // the title has 150 then
constexpr std::chrono::seconds kRemovalPatience{5}; // for the engine's answer to Delete

// Rows are painted whole by the view (drawRow); the delegate only says how high they are.
class RowHeight final : public QStyledItemDelegate {
public:
    RowHeight(int height, QObject *parent)
        : QStyledItemDelegate(parent)
        , m_height(height)
    {
    }
    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {0, m_height};
    }

private:
    int m_height;
};

} // namespace

PlaylistView::PlaylistView(const Theme &theme, PlaylistModel &model, QWidget *parent)
    : QTreeView(parent)
    , m_theme(theme)
    , m_model(model)
{
    setModel(&model);
    setItemDelegate(new RowHeight(PlaylistRow::height(theme), this));
    setRootIsDecorated(false);
    setItemsExpandable(false);
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(ExtendedSelection);
    setSelectionBehavior(SelectRows);
    setDragDropMode(DragDrop);
    setDragEnabled(true);
    setDropIndicatorShown(false); // ours is a line over the whole row, always between rows
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    header()->setFont(theme.small());
    header()->setFixedHeight(theme.px(28));
    header()->setSectionsMovable(false);
    header()->setSectionsClickable(false);
    header()->setStretchLastSection(false);
    header()->setMinimumSectionSize(theme.px(40));
    header()->setSectionResizeMode(QHeaderView::Fixed);
    header()->setSectionResizeMode(PlaylistModel::TitleColumn, QHeaderView::Stretch);
    for (int column = 0; column < PlaylistModel::ColumnCount; ++column) {
        if (column != PlaylistModel::TitleColumn)
            setColumnWidth(column, PlaylistRow::columnWidth(theme, column));
    }
    addPointsAction();
    addThumbnailsAction();
    // Ctrl+Down at the lower edge would lead the row out of sight. Who has scrolled away from it
    // looks at something else, and stays there.
    connect(&model, &QAbstractItemModel::rowsAboutToBeMoved, this,
            [this] { m_wasCurrentInView = isCurrentInView(); });
    connect(&model, &QAbstractItemModel::rowsMoved, this, [this] {
        if (!m_wasCurrentInView)
            return;
        scheduleDelayedItemsLayout(); // the view's own may not know of the move yet
        executeDelayedItemsLayout();
        scrollTo(currentIndex());
    });
    connect(&model, &QAbstractItemModel::rowsAboutToBeRemoved, this,
            [this](const QModelIndex &, int first, int last) { onRowsGoing(first, last); });
    connect(&model, &QAbstractItemModel::rowsRemoved, this,
            [this](const QModelIndex &, int first) { onRowsGone(first); });
    connect(&model, &QAbstractItemModel::modelReset, this, [this] { m_removing.clear(); });
}

// In the menu of the right mouse button (or the menu key), and by its key.
void PlaylistView::addPointsAction()
{
    auto *action = new QAction(tr("In and out points…"), this);
    action->setShortcut(Qt::CTRL | Qt::Key_I);
    action->setShortcutContext(Qt::WidgetShortcut);
    connect(action, &QAction::triggered, this, [this] {
        if (const QStringList ids = selectedIds(); ids.size() == 1)
            Q_EMIT pointsRequested(ids.constFirst());
    });
    addAction(action);
    setContextMenuPolicy(Qt::ActionsContextMenu);
}

void PlaylistView::addThumbnailsAction()
{
    m_showThumbnails = new QAction(tr("Thumbnails"), this);
    m_showThumbnails->setCheckable(true);
    m_showThumbnails->setChecked(true);
    m_showThumbnails->setShortcut(Qt::CTRL | Qt::Key_T);
    m_showThumbnails->setShortcutContext(Qt::WidgetShortcut);
    connect(m_showThumbnails, &QAction::toggled, this, [this](bool areShown) {
        const QModelIndex top = indexAt({0, 0}); // stays where it is
        QAbstractItemDelegate *before = itemDelegate();
        setItemDelegate(new RowHeight(PlaylistRow::height(m_theme, areShown), this));
        before->deleteLater();
        showPictureColumn();
        if (top.isValid())
            scrollTo(top, PositionAtTop);
    });
    addAction(m_showThumbnails);
}

// In a narrow window the title needs the room more.
void PlaylistView::showPictureColumn()
{
    const bool isShown = showsThumbnails() && width() >= m_theme.px(kLeastWidthForPictures);
    if (isColumnHidden(PlaylistModel::PictureColumn) == isShown)
        setColumnHidden(PlaylistModel::PictureColumn, !isShown);
}

void PlaylistView::resizeEvent(QResizeEvent *event)
{
    QTreeView::resizeEvent(event);
    showPictureColumn();
}

void PlaylistView::setThumbnails(ThumbnailCache &thumbnails)
{
    m_thumbnails = &thumbnails;
    connect(m_thumbnails, &ThumbnailCache::arrived, viewport(), qOverload<>(&QWidget::update));
}

void PlaylistView::showThumbnails(bool areShown)
{
    m_showThumbnails->setChecked(areShown);
}

bool PlaylistView::showsThumbnails() const
{
    return m_showThumbnails->isChecked();
}

QImage PlaylistView::pictureOf(const QModelIndex &index) const
{
    if (!m_thumbnails || isColumnHidden(PlaylistModel::PictureColumn))
        return {};
    const double ratio = devicePixelRatioF();
    QImage picture
        = m_thumbnails->poster(index.data(PlaylistModel::ThumbnailRole).toString(),
                               index.data(PlaylistModel::PathRole).toString(),
                               (QSizeF(PlaylistRow::pictureSize(m_theme)) * ratio).toSize());
    picture.setDevicePixelRatio(ratio);
    return picture;
}

void PlaylistView::onRowsGoing(int first, int last)
{
    m_areOursRemoved = false;
    if (m_removingUntil.hasExpired())
        m_removing.clear();
    for (int row = first; row <= last && !m_removing.isEmpty(); ++row)
        m_areOursRemoved = m_areOursRemoved || m_removing.contains(m_model.entryAt(row)->id);
}

// The row that took the place of what was deleted is selected, so that keys go on from there. Not
// where another client deleted: Ctrl+Enter would take what nobody here has chosen.
void PlaylistView::onRowsGone(int first)
{
    if (!m_areOursRemoved || selectionModel()->hasSelection())
        return; // blocks go from below: more of them may follow
    m_removing.clear();
    if (m_model.rowCount() > 0)
        setCurrentIndex(m_model.index(std::min(first, m_model.rowCount() - 1), 0));
}

bool PlaylistView::isCurrentInView() const
{
    return viewport()->rect().intersects(visualRect(currentIndex()));
}

QStringList PlaylistView::selectedIds() const
{
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    QStringList ids;
    for (const QModelIndex &row : std::as_const(rows))
        ids << row.data(PlaylistModel::IdRole).toString();
    return ids;
}

int PlaylistView::insertionRow(const QPoint &position) const
{
    const QModelIndex index = indexAt({0, position.y()});
    if (!index.isValid())
        return position.y() < 0 ? 0 : m_model.rowCount();
    const QRect row = visualRect(index);
    return position.y() < row.center().y() ? index.row() : index.row() + 1;
}

void PlaylistView::setStale(bool isStale)
{
    if (m_isStale == isStale)
        return;
    m_isStale = isStale;
    viewport()->update();
}

void PlaylistView::setEmptyWords(const QString &headline, const QString &detail)
{
    m_emptyHeadline = headline;
    m_emptyDetail = detail;
    viewport()->update();
}

void PlaylistView::keyPressEvent(QKeyEvent *event)
{
    const bool isCtrl = event->modifiers() == Qt::ControlModifier;
    const bool isPlain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    switch (event->key()) {
    case Qt::Key_Delete:
        if (isPlain && !selectedIds().isEmpty()) {
            m_removing = selectedIds();
            m_removingUntil.setRemainingTime(kRemovalPatience);
            Q_EMIT removeRequested(m_removing);
        }
        return;
    case Qt::Key_Escape: // back to "Take next"
        clearSelection();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (isCtrl) {
            if (!selectedIds().isEmpty())
                Q_EMIT stepRequested(selectedIds(), event->key() == Qt::Key_Up ? -1 : 1);
            return;
        }
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (isPlain) {
            if (selectedIds().size() == 1)
                Q_EMIT nextRequested(selectedIds().constFirst());
            return;
        }
        event->ignore();
        return;
    default:
        break;
    }
    QTreeView::keyPressEvent(event);
}

void PlaylistView::mouseDoubleClickEvent(QMouseEvent *event)
{
    // A double click means nothing: whoever meant to open something would put it on air.
    event->accept();
}

bool PlaylistView::takesDrop(const QDropEvent &event) const
{
    const bool isOurs = event.source() == this
        && event.mimeData()->hasFormat(QString(PlaylistModel::kRowsMimeType));
    return isOurs || event.mimeData()->hasUrls();
}

void PlaylistView::dragEnterEvent(QDragEnterEvent *event)
{
    setState(DraggingState); // else the base does not scroll at the edges for foreign drags
    if (!takesDrop(*event)) {
        event->ignore();
        return;
    }
    showInsertLine(insertionRow(event->position().toPoint()));
    event->acceptProposedAction();
}

void PlaylistView::dragMoveEvent(QDragMoveEvent *event)
{
    QTreeView::dragMoveEvent(event); // scrolls at the edges
    if (!takesDrop(*event)) {
        event->ignore();
        return;
    }
    showInsertLine(insertionRow(event->position().toPoint()));
    event->acceptProposedAction();
}

void PlaylistView::dragLeaveEvent(QDragLeaveEvent *event)
{
    showInsertLine(-1);
    QTreeView::dragLeaveEvent(event);
}

void PlaylistView::dropEvent(QDropEvent *event)
{
    stopAutoScroll();
    setState(NoState);
    showInsertLine(-1);
    if (!takesDrop(*event)) {
        event->ignore();
        return;
    }
    const int row = insertionRow(event->position().toPoint());
    const QByteArray rows = event->mimeData()->data(QString(PlaylistModel::kRowsMimeType));
    event->acceptProposedAction();
    if (event->source() == this && !rows.isEmpty())
        Q_EMIT moveRequested(QString::fromUtf8(rows).split(u'\n', Qt::SkipEmptyParts), row);
    else
        Q_EMIT filesDropped(event->mimeData()->urls(), row);
}

// Not the base's: that removes the rows by itself after a move, and the list is not ours to change.
void PlaylistView::startDrag(Qt::DropActions)
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    if (rows.isEmpty())
        return;
    auto *drag = new QDrag(this);
    drag->setMimeData(m_model.mimeData(rows));
    drag->setPixmap(PlaylistRow::dragPixmap(
        m_theme, rows.constFirst().siblingAtColumn(PlaylistModel::TitleColumn).data().toString(),
        int(rows.size()), devicePixelRatioF()));
    drag->setHotSpot({-m_theme.px(12), -m_theme.px(8)});
    drag->exec(Qt::MoveAction, Qt::MoveAction);
    showInsertLine(-1);
    setState(NoState);
}

void PlaylistView::showInsertLine(int row)
{
    if (m_insertRow == row)
        return;
    m_insertRow = row;
    viewport()->update();
}

int PlaylistView::yOfInsertion(int row) const
{
    if (m_model.rowCount() == 0)
        return 0;
    if (row < m_model.rowCount())
        return visualRect(m_model.index(row, 0)).top();
    return visualRect(m_model.index(m_model.rowCount() - 1, 0)).bottom() + 1;
}

void PlaylistView::paintEvent(QPaintEvent *event)
{
    {
        QPainter painter(viewport());
        painter.fillRect(event->rect(), m_theme.palette().background);
    }
    QTreeView::paintEvent(event);
    if (m_model.rowCount() == 0)
        paintEmpty();
    if (m_insertRow < 0)
        return;
    QPainter painter(viewport());
    const int thick = m_theme.px(2);
    const int y = std::clamp(yOfInsertion(m_insertRow) - thick / 2, 0,
                             std::max(0, viewport()->height() - thick));
    painter.fillRect(QRect(0, y, viewport()->width(), thick), m_theme.palette().accent);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.palette().accent);
    const double knob = m_theme.px(8);
    painter.drawEllipse(QRectF(0, y + thick / 2.0 - knob / 2, knob, knob));
}

void PlaylistView::paintEmpty()
{
    QPainter painter(viewport());
    const QRect area = viewport()->rect();
    const int middle = area.height() * 2 / 5;
    painter.setFont(m_theme.name());
    painter.setPen(m_theme.palette().text);
    painter.drawText(QRect(0, middle - m_theme.px(28), area.width(), m_theme.px(24)),
                     Qt::AlignCenter, m_emptyHeadline);
    painter.setFont(m_theme.text());
    painter.setPen(m_theme.palette().dim);
    painter.drawText(QRect(0, middle, area.width(), m_theme.px(44)),
                     int(Qt::AlignHCenter) | int(Qt::AlignTop) | int(Qt::TextWordWrap),
                     m_emptyDetail);
}

void PlaylistView::drawRow(QPainter *painter, const QStyleOptionViewItem &option,
                           const QModelIndex &index) const
{
    PlaylistRow row{m_theme,
                    option.rect,
                    {},
                    pictureOf(index),
                    showsThumbnails(),
                    selectionModel()->isRowSelected(index.row(), {}),
                    hasFocus() && selectionModel()->hasSelection()
                        && currentIndex().row() == index.row()};
    for (int column = 0; column < PlaylistModel::ColumnCount; ++column) {
        const int x = header()->sectionViewportPosition(column);
        row.cells.push_back(
            QRect(x, option.rect.top(), header()->sectionSize(column), option.rect.height()));
    }
    painter->save();
    painter->setOpacity(m_isStale ? 0.4 : 1.0);
    row.paint(*painter, index);
    painter->restore();
}

} // namespace continuo
