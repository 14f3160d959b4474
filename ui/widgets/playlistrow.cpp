// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/playlistrow.h"

#include "ui/models/playlistmodel.h"
#include "ui/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

struct Inks {
    QColor state;
    QColor title;
    QColor facts;
    QColor times;
};

Inks inksFor(const Palette &palette, EntryState state)
{
    switch (state) {
    case EntryState::OnAir:
        return {palette.fault, palette.text, palette.dim, palette.text};
    case EntryState::Next:
        return {palette.next, palette.text, palette.dim, palette.text};
    case EntryState::Played:
        return {palette.faint, palette.dim, palette.faint, palette.faint};
    case EntryState::Missing:
    case EntryState::Failed:
        return {palette.fault, palette.dim, palette.fault, palette.faint};
    case EntryState::Queued:
        break;
    }
    return {palette.dim, palette.text, palette.faint, palette.text};
}

} // namespace

int PlaylistRow::height(const Theme &theme)
{
    return theme.px(44);
}

int PlaylistRow::columnWidth(const Theme &theme, int column)
{
    switch (column) {
    case PlaylistModel::StateColumn:
        return theme.px(120);
    case PlaylistModel::StartsColumn:
        return theme.px(112); // with the day, where it is another
    case PlaylistModel::LengthColumn:
        return theme.px(88);
    default:
        return theme.px(240);
    }
}

QPixmap PlaylistRow::dragPixmap(const Theme &theme, const QString &title, int count, double ratio)
{
    const QString words = count > 1 ? title + u"  +%1"_s.arg(count - 1) : title;
    const QFontMetrics metrics(theme.text());
    const QString shown = metrics.elidedText(words, Qt::ElideMiddle, theme.px(280));
    const QSize size(metrics.horizontalAdvance(shown) + theme.px(20), theme.px(28));
    QPixmap pixmap((QSizeF(size) * ratio).toSize());
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.palette().accent);
    painter.setBrush(theme.palette().selectedRow);
    painter.drawRoundedRect(QRectF(QPointF(0.5, 0.5), QSizeF(size) - QSizeF(1, 1)), theme.px(4),
                            theme.px(4));
    painter.setFont(theme.text());
    painter.setPen(theme.palette().text);
    painter.drawText(QRect(QPoint(0, 0), size), Qt::AlignCenter, shown);
    return pixmap;
}

void PlaylistRow::paint(QPainter &painter, const QModelIndex &index) const
{
    const QModelIndex first = index.siblingAtColumn(0);
    const int state = first.data(PlaylistModel::StateRole).toInt();
    const Inks inks = inksFor(theme.palette(), EntryState(state));
    paintBackground(painter, state);
    const int pad = theme.px(8);

    painter.setFont(theme.mark());
    painter.setPen(first.data(PlaylistModel::IsWarningRole).toBool() ? theme.palette().warning
                                                                     : inks.state);
    const QRect mark = cells[PlaylistModel::StateColumn].adjusted(pad + theme.px(4), 0, -pad, 0);
    painter.drawText(
        mark, int(Qt::AlignLeft | Qt::AlignVCenter),
        painter.fontMetrics().elidedText(first.data().toString(), Qt::ElideRight, mark.width()));
    paintTitle(painter, index.siblingAtColumn(PlaylistModel::TitleColumn), state);

    painter.setFont(theme.digits());
    painter.setPen(inks.times);
    for (const int column : {PlaylistModel::StartsColumn, PlaylistModel::LengthColumn})
        painter.drawText(cells[std::size_t(column)].adjusted(0, 0, -pad, 0),
                         int(Qt::AlignRight | Qt::AlignVCenter),
                         index.siblingAtColumn(column).data().toString());
}

void PlaylistRow::paintBackground(QPainter &painter, int state) const
{
    const Palette &palette = theme.palette();
    const bool isOnAir = EntryState(state) == EntryState::OnAir;
    const bool isNext = EntryState(state) == EntryState::Next;
    painter.fillRect(area,
                     isOnAir          ? palette.onAirRow
                         : isNext     ? palette.nextRow
                         : isSelected ? palette.selectedRow
                                      : palette.background);
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), palette.panel);
    if (isOnAir || isNext)
        painter.fillRect(QRect(area.left(), area.top(), theme.px(4), area.height()),
                         isOnAir ? palette.onAir : palette.next);
    // On a coloured row the selection is an outline: what is on air stays red.
    if (isSelected && (isOnAir || isNext)) {
        painter.setPen(palette.accent);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(area.adjusted(0, 0, -1, -1));
    } else if (isCurrent && !isSelected) {
        painter.setPen(QPen(palette.faint, 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(area.adjusted(0, 0, -1, -1));
    }
}

void PlaylistRow::paintTitle(QPainter &painter, const QModelIndex &index, int state) const
{
    const Inks inks = inksFor(theme.palette(), EntryState(state));
    const int pad = theme.px(8);
    const QRect cell = cells[PlaylistModel::TitleColumn].adjusted(pad, 0, -pad, 0);
    const QString facts = index.data(PlaylistModel::FactsRole).toString();
    const QFontMetrics titleMetrics(theme.text());
    const QFontMetrics factsMetrics(theme.small());
    const int gap = theme.px(1);
    const int block = titleMetrics.height() + (facts.isEmpty() ? 0 : gap + factsMetrics.height());
    int y = cell.top() + (cell.height() - block) / 2;
    painter.setFont(theme.text());
    painter.setPen(inks.title);
    painter.drawText(
        QRect(cell.left(), y, cell.width(), titleMetrics.height()),
        int(Qt::AlignLeft | Qt::AlignVCenter),
        titleMetrics.elidedText(index.data().toString(), Qt::ElideRight, cell.width()));
    if (facts.isEmpty())
        return;
    y += titleMetrics.height() + gap;
    painter.setFont(theme.small());
    painter.setPen(inks.facts);
    painter.drawText(QRect(cell.left(), y, cell.width(), factsMetrics.height()),
                     int(Qt::AlignLeft | Qt::AlignVCenter),
                     factsMetrics.elidedText(facts, Qt::ElideRight, cell.width()));
}

} // namespace continuo
