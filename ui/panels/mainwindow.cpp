// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/mainwindow.h"

#include "core/base/logging.h"
#include "ui/models/stationpresenter.h"
#include "ui/models/wording.h"
#include "ui/panels/channelbar.h"
#include "ui/panels/channeldialog.h"
#include "ui/panels/connectionbanner.h"
#include "ui/panels/farewell.h"
#include "ui/panels/messagespanel.h"
#include "ui/panels/pipelinepanel.h"
#include "ui/panels/playlistpanel.h"
#include "ui/panels/programmepanel.h"
#include "ui/panels/topbar.h"
#include "ui/panels/welcomepanel.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/theme.h"

#include <QCloseEvent>
#include <QPointer>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

MainWindow::MainWindow(const Theme &theme, StationPresenter &station, QWidget *parent)
    : QMainWindow(parent)
    , m_theme(theme)
    , m_station(station)
{
    setWindowTitle(tr("Continuo"));
    setMinimumSize(theme.px(1024), theme.px(600));
    buildPanels();
    buildKeys();
    connect(&station, &StationPresenter::channelsChanged, this, &MainWindow::showCentre);
    connect(&station, &StationPresenter::selectionChanged, this, &MainWindow::showChannel);
    connect(&station, &StationPresenter::channelChanged, this, [this](const QString &name) {
        if (name == m_station.selectedName())
            showChannel();
    });
    showCentre();
    showChannel();
}

void MainWindow::buildPanels()
{
    m_topBar = new TopBar(m_theme, this);
    auto *channels = new ChannelBar(m_theme, m_station, this);
    m_playlist = new PlaylistPanel(m_theme, m_station, this);
    m_welcome = new WelcomePanel(m_theme, this);
    m_programme = new ProgrammePanel(m_theme, m_station, this);
    m_pipeline = new PipelinePanel(m_theme, this);
    auto *messages = new MessagesPanel(m_theme, m_station.messages(), this);
    m_centre = new QStackedWidget(this);
    m_centre->addWidget(new QWidget(m_centre)); // until it is known what there is
    m_centre->addWidget(m_welcome);
    m_centre->addWidget(m_playlist);

    m_middle = new QSplitter(Qt::Horizontal, this);
    m_middle->addWidget(channels);
    m_middle->addWidget(m_centre);
    m_middle->addWidget(m_programme);
    // The picture gives way, and grows, with the list.
    m_middle->setStretchFactor(1, 3);
    m_middle->setStretchFactor(2, 1);
    m_middle->setSizes({m_theme.px(264), m_theme.px(904), m_theme.px(432)});
    m_bottom = new QSplitter(Qt::Horizontal, this);
    m_bottom->addWidget(m_pipeline);
    m_bottom->addWidget(messages);
    m_bottom->setStretchFactor(0, 3);
    m_bottom->setStretchFactor(1, 1);
    m_bottom->setSizes({m_theme.px(1080), m_theme.px(520)});
    m_rows = new QSplitter(Qt::Vertical, this);
    m_rows->addWidget(m_middle);
    m_rows->addWidget(m_bottom);
    m_rows->setStretchFactor(0, 1);
    m_rows->setSizes({m_theme.px(700), m_theme.px(148)});
    for (QSplitter *splitter : {m_middle, m_bottom, m_rows}) {
        splitter->setHandleWidth(1);
        splitter->setChildrenCollapsible(false);
    }

    auto *whole = new QWidget(this);
    auto *box = new QVBoxLayout(whole);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(0);
    box->addWidget(m_topBar);
    box->addWidget(new ConnectionBanner(m_theme, m_station.link(), whole));
    box->addWidget(m_rows, 1);
    setCentralWidget(whole);

    connect(m_topBar, &TopBar::startRequested, &m_station, &StationPresenter::startChannel);
    connect(m_topBar, &TopBar::stopRequested, &m_station, &StationPresenter::stopChannel);
    connect(m_topBar, &TopBar::skipRequested, this, &MainWindow::skip);
    connect(m_topBar, &TopBar::takeRequested, this, &MainWindow::takeSelected);
    connect(m_topBar, &TopBar::dayChanged, m_playlist, &PlaylistPanel::showDay);
    connect(m_topBar, &TopBar::dayChanged, messages, &MessagesPanel::showDay);
    connect(channels, &ChannelBar::settingsRequested, this, &MainWindow::openSettings);
    connect(m_programme, &ProgrammePanel::logoToggled, this, &MainWindow::toggleLogo);
    connect(m_welcome, &WelcomePanel::createRequested, &m_station,
            &StationPresenter::createChannel);
    connect(&m_station, &StationPresenter::createRefused, m_welcome, &WelcomePanel::showProblem);
    PlaylistView &view = m_playlist->view();
    connect(view.selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &MainWindow::showTakes);
    // A reset ends the selection without a word: the button would still say "Take selected" of
    // another channel's row.
    connect(&m_station.playlist(), &QAbstractItemModel::modelReset, this, &MainWindow::showTakes);
    // Else the same key pressed twice would start the same item again, not go to the next.
    connect(&m_station, &StationPresenter::taken, &view, &QAbstractItemView::clearSelection);
}

void MainWindow::buildKeys()
{
    addKey(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Return), &MainWindow::start);
    addKey(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Enter), &MainWindow::start);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_PageUp), &MainWindow::selectPreviousChannel);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_PageDown), &MainWindow::selectNextChannel);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_N), &MainWindow::skip);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_Return), &MainWindow::takeSelected);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_Enter), &MainWindow::takeSelected);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_Z), &MainWindow::undo);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_O), &MainWindow::chooseFiles);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_Comma), &MainWindow::openSettings);
    addKey(QKeySequence(Qt::CTRL | Qt::Key_L), &MainWindow::toggleLogo);
    addKey(QKeySequence(Qt::Key_M), &MainWindow::mute);
}

void MainWindow::addKey(const QKeySequence &key, void (MainWindow::*handler)())
{
    auto *shortcut = new QShortcut(key, this);
    shortcut->setAutoRepeat(false); // a key held down skips once
    connect(shortcut, &QShortcut::activated, this, handler);
}

void MainWindow::showChannel()
{
    const ChannelState *channel = m_station.selected();
    m_topBar->showChannel(channel);
    m_programme->showChannel(channel);
    m_pipeline->showChannel(channel);
    setWindowTitle(channel ? tr("%1 · %2 – Continuo", "window title; %1: channel, %2: its state")
                                 .arg(channel->name, Wording::channelState(*channel))
                           : tr("Continuo"));
}

void MainWindow::showCentre()
{
    const int page = !m_station.isLoaded() ? 0 : m_station.channels().isEmpty() ? 1 : 2;
    const bool isOther = m_centre->currentIndex() != page;
    m_centre->setCurrentIndex(page);
    m_programme->setVisible(page == 2);
    m_bottom->setVisible(page == 2);
    m_middle->widget(0)->setVisible(page == 2);
    if (!isOther)
        return;
    if (page == 1)
        m_welcome->focusName();
    else if (page == 2)
        m_playlist->view().setFocus();
}

void MainWindow::showTakes()
{
    m_topBar->setTakesSelected(m_playlist->view().selectedIds().size() == 1);
}

void MainWindow::start()
{
    const ChannelState *channel = m_station.selected();
    if (channel && channel->phase == ChannelPhase::Off)
        m_station.startChannel();
}

void MainWindow::selectPreviousChannel()
{
    selectBeside(-1);
}

void MainWindow::selectNextChannel()
{
    selectBeside(1);
}

void MainWindow::selectBeside(int step)
{
    const QStringList names = m_station.channels().keys(); // in the order of the cards
    const qsizetype place = names.indexOf(m_station.selectedName()) + step;
    if (!m_station.selectedName().isEmpty() && place >= 0 && place < names.size())
        m_station.select(names.at(place));
}

void MainWindow::takeSelected()
{
    const ChannelState *channel = m_station.selected();
    if (!channel || !channel->canTake())
        return;
    const QStringList selected = m_playlist->view().selectedIds();
    if (selected.size() == 1)
        m_station.take(selected.constFirst());
    else
        m_station.skip();
}

void MainWindow::skip()
{
    const ChannelState *channel = m_station.selected();
    if (channel && channel->canTake())
        m_station.skip();
}

void MainWindow::undo()
{
    if (m_station.selected())
        m_station.undo();
}

void MainWindow::mute()
{
    m_programme->toggleMuted();
}

void MainWindow::chooseFiles()
{
    m_playlist->chooseFiles();
}

void MainWindow::toggleLogo()
{
    m_station.toggleLogo();
}

void MainWindow::openSettings()
{
    const ChannelState *channel = m_station.selected();
    if (!channel || channel->phase == ChannelPhase::Unknown)
        return;
    auto *dialog = new ChannelDialog(m_theme, *channel, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ChannelDialog::chosen, dialog,
            [&station = m_station, shown = QPointer(dialog), before = *channel,
             refused = QList<ChannelForm>()](const ChannelForm &form) mutable {
                station.setUpChannel(
                    before, refused, form, [&station, shown](const QString &problem) {
                        if (shown && shown->isVisible())
                            problem.isEmpty() ? shown->accept() : shown->showProblem(problem);
                        else if (!problem.isEmpty()) // it was closed meanwhile
                            station.messages().add(MessageLevel::Warning, {problem, {}});
                    });
                refused.append(form);
            });
    // Keys of the next channel must not go to this one.
    connect(&m_station, &StationPresenter::selectionChanged, dialog,
            [this, dialog, name = channel->name] {
                if (m_station.selectedName() != name)
                    dialog->reject();
            });
    dialog->open();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveSettings();
    event->accept();
    QStringList going;
    ChannelPhase phase = ChannelPhase::Off; // the lamp's: on air, if any channel is
    for (const ChannelState &channel : m_station.channels()) {
        if (channel.isGoing())
            going << channel.name;
        const bool isTold = channel.isGoing() || channel.phase == ChannelPhase::Unknown;
        if (isTold && phase != ChannelPhase::OnAir)
            phase = channel.phase;
    }
    if (phase == ChannelPhase::Off) {
        Q_EMIT farewellSaid();
        return;
    }
    QString headline = tr("The engine is not connected");
    QString detail = tr("Closing changes nothing: what was on air goes on.");
    if (!going.isEmpty()) {
        headline = going.size() == 1 ? tr("%1 stays on air", "%1: channel").arg(going.constFirst())
                                     : tr("%n channel(s) stay on air", nullptr, int(going.size()));
        detail = tr("Open Continuo again to see and change what is on.");
    }
    std::fprintf(stderr, "%s. %s\n", qUtf8Printable(headline), qUtf8Printable(detail));
    auto *farewell = new Farewell(m_theme, phase, headline, detail);
    connect(farewell, &Farewell::finished, this, &MainWindow::farewellSaid);
    farewell->showIn(isMaximized() || isFullScreen() ? screen()->availableGeometry() : geometry());
}

QString MainWindow::settingsFile() const
{
    return m_station.link().paths().config + u"/console.ini"_s;
}

void MainWindow::loadSettings()
{
    const QSettings settings(settingsFile(), QSettings::IniFormat);
    // Sizes of another scale would be wrong everywhere: they are kept with it.
    if (qFuzzyCompare(settings.value(u"window/scale"_s).toDouble(), m_theme.scale())) {
        restoreGeometry(settings.value(u"window/geometry"_s).toByteArray());
        m_middle->restoreState(settings.value(u"window/middle"_s).toByteArray());
        m_bottom->restoreState(settings.value(u"window/bottom"_s).toByteArray());
        m_rows->restoreState(settings.value(u"window/rows"_s).toByteArray());
        for (QSplitter *splitter : {m_middle, m_bottom, m_rows}) {
            splitter->setHandleWidth(1);
            splitter->setChildrenCollapsible(false);
        }
    } else {
        const QSize available = screen()->availableGeometry().size();
        resize(QSize(m_theme.px(1600), m_theme.px(900)).boundedTo(available));
    }
    m_playlist->view().showThumbnails(settings.value(u"playlist/thumbnails"_s, true).toBool());
    m_programme->loadSettings(settings);
    if (m_station.selectedName().isEmpty())
        m_station.select(settings.value(u"channel"_s).toString());
}

void MainWindow::saveSettings() const
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    settings.setValue(u"window/scale"_s, m_theme.scale());
    settings.setValue(u"window/geometry"_s, saveGeometry());
    settings.setValue(u"window/middle"_s, m_middle->saveState());
    settings.setValue(u"window/bottom"_s, m_bottom->saveState());
    settings.setValue(u"window/rows"_s, m_rows->saveState());
    settings.setValue(u"playlist/thumbnails"_s, m_playlist->view().showsThumbnails());
    settings.setValue(u"channel"_s, m_station.selectedName());
    m_programme->saveSettings(settings);
    settings.sync();
    if (settings.status() != QSettings::NoError)
        qCWarning(lcConsole) << "the window's size cannot be kept in" << settings.fileName();
}

} // namespace continuo
