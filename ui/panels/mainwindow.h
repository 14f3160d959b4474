// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>

class QSplitter;
class QStackedWidget;

namespace continuo {

class PipelinePanel;
class PlaylistPanel;
class ProgrammePanel;
class StationPresenter;
class Theme;
class TopBar;
class WelcomePanel;

/// The console's window: owns the panels, joins them to the station, and holds the keys.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(const Theme &theme, StationPresenter &station, QWidget *parent = nullptr);

    /// Size, place and panels as they were left (`console.ini` in the station's config folder).
    void loadSettings();
    void saveSettings() const;

Q_SIGNALS:
    /// The window was closed and what stays on air was said: the program may end.
    void farewellSaid();

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    void buildPanels();
    void buildKeys();
    void addKey(const QKeySequence &key, void (MainWindow::*handler)());
    void showChannel();
    void showCentre();
    void showTakes();
    void start();
    void takeSelected();
    void skip();
    void selectPreviousChannel();
    void selectNextChannel();
    void selectBeside(int step);
    void undo();
    void mute();
    void chooseFiles();
    void openSettings();
    void toggleLogo();
    QString settingsFile() const;

    const Theme &m_theme;
    StationPresenter &m_station;
    TopBar *m_topBar = nullptr;
    QStackedWidget *m_centre = nullptr;
    WelcomePanel *m_welcome = nullptr;
    PlaylistPanel *m_playlist = nullptr;
    ProgrammePanel *m_programme = nullptr;
    PipelinePanel *m_pipeline = nullptr;
    QSplitter *m_middle = nullptr;
    QSplitter *m_bottom = nullptr;
    QSplitter *m_rows = nullptr;
};

} // namespace continuo
