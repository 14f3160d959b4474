// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/mediafinder.h"
#include "ui/widgets/thumbnailcache.h"

#include <QWidget>

namespace continuo {

class ElidedLabel;
class PlaylistView;
class StationPresenter;
class Theme;

/// The list of the selected channel: its heading, its table, and what is dropped on it.
class PlaylistPanel final : public QWidget {
    Q_OBJECT
public:
    PlaylistPanel(const Theme &theme, StationPresenter &station, QWidget *parent = nullptr);

    PlaylistView &view() { return *m_view; }
    /// Asks for files by a dialog; they go behind the last selected row, else to the end.
    void chooseFiles();
    /// The day is another: starts of what was tomorrow stand without it.
    void showDay();

private:
    void addUrls(const QList<QUrl> &urls, int row);
    void onFound(const MediaFiles &files, const DropPlace &place);
    void showHeading();
    void showEmptyWords();
    void askForPoints(const QString &id);

    const Theme &m_theme;
    StationPresenter &m_station;
    MediaFinder m_finder;
    ThumbnailCache m_thumbnails;
    ElidedLabel *m_heading;
    PlaylistView *m_view;
    QString m_lastFolder; ///< of the dialog
};

} // namespace continuo
