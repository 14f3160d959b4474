// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/playlistrow.h"

#include "ui/models/playlistmodel.h"
#include "ui/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>

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

int PlaylistRow::height(const Theme &theme, bool hasPictures)
{
    return theme.px(hasPictures ? 44 : 28);
}

QSize PlaylistRow::pictureSize(const Theme &theme)
{
    return {theme.px(64), theme.px(36)};
}

int PlaylistRow::columnWidth(const Theme &theme, int column)
{
    switch (column) {
    case PlaylistModel::StateColumn:
        return theme.px(120);
    case PlaylistModel::PictureColumn:
        return pictureSize(theme).width() + theme.px(4);
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
    if (hasPictures && cells[PlaylistModel::PictureColumn].width() > 0)
        paintPicture(painter, state, first.data(PlaylistModel::IsSoundOnlyRole).toBool());
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

// In a box of one shape for all rows, so that titles stand in one line; what is not filled is as
// dark as the bars around a picture on air.
void PlaylistRow::paintPicture(QPainter &painter, int state, bool isSoundOnly) const
{
    const QSize size = pictureSize(theme);
    const QRect cell = cells[PlaylistModel::PictureColumn];
    const QRect box(QPoint(cell.left(), cell.top() + (cell.height() - size.height()) / 2), size);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(box, theme.px(3), theme.px(3));
    painter.fillPath(outline, picture.isNull() ? theme.palette().raised : theme.palette().picture);
    if (picture.isNull() && isSoundOnly) { // a few bars of sound, as quiet as the box
        constexpr std::array kBars{5, 10, 16, 8, 13, 6, 9};
        const int step = theme.px(5);
        int x = box.center().x() - step * int(kBars.size()) / 2 + theme.px(1);
        for (const int bar : kBars) {
            const int high = theme.px(bar);
            painter.fillRect(x, box.center().y() - high / 2, theme.px(2), high,
                             theme.palette().faint);
            x += step;
        }
    }
    if (!picture.isNull()) {
        painter.setClipPath(outline);
        const bool isPast = EntryState(state) == EntryState::Played;
        const bool isBad
            = EntryState(state) == EntryState::Missing || EntryState(state) == EntryState::Failed;
        painter.setOpacity(painter.opacity() * (isPast || isBad ? 0.4 : 1.0));
        const QSizeF shown = QSizeF(picture.size()) / picture.devicePixelRatio();
        painter.drawImage(QPointF(box.x() + (box.width() - shown.width()) / 2,
                                  box.y() + (box.height() - shown.height()) / 2),
                          picture);
    }
    painter.restore();
}

void PlaylistRow::paintTitle(QPainter &painter, const QModelIndex &index, int state) const
{
    Inks inks = inksFor(theme.palette(), EntryState(state));
    if (index.data(PlaylistModel::IsWarningRole).toBool())
        inks.facts = theme.palette().dim; // says what is wrong
    const int pad = theme.px(8);
    const QRect cell = cells[PlaylistModel::TitleColumn].adjusted(pad, 0, -pad, 0);
    const QString facts = index.data(PlaylistModel::FactsRole).toString();
    const QFontMetrics titleMetrics(theme.text());
    const QFontMetrics factsMetrics(theme.small());
    const auto write = [&](const QRect &place, const QFont &font, const QFontMetrics &metrics,
                           const QColor &ink, const QString &words) {
        painter.setFont(font);
        painter.setPen(ink);
        painter.drawText(place, int(Qt::AlignLeft | Qt::AlignVCenter),
                         metrics.elidedText(words, Qt::ElideRight, place.width()));
    };
    const QString title = index.data().toString();
    if (!hasPictures) { // one line: the title, and beside it what there is room for
        write(cell, theme.text(), titleMetrics, inks.title, title);
        const QRect rest
            = cell.adjusted(titleMetrics.horizontalAdvance(title) + theme.px(12), 0, 0, 0);
        if (!facts.isEmpty() && rest.width() >= theme.px(60))
            write(rest, theme.small(), factsMetrics, inks.facts, facts);
        return;
    }
    const int gap = theme.px(1);
    const int block = titleMetrics.height() + (facts.isEmpty() ? 0 : gap + factsMetrics.height());
    const int y = cell.top() + (cell.height() - block) / 2;
    write(QRect(cell.left(), y, cell.width(), titleMetrics.height()), theme.text(), titleMetrics,
          inks.title, title);
    if (!facts.isEmpty())
        write(QRect(cell.left(), y + titleMetrics.height() + gap, cell.width(),
                    factsMetrics.height()),
              theme.small(), factsMetrics, inks.facts, facts);
}

} // namespace continuo
