// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_mainwindow.h"

#include "tests/ui/stationfixture.h"
#include "ui/panels/farewell.h"
#include "ui/panels/mainwindow.h"
#include "ui/panels/topbar.h"
#include "ui/panels/welcomepanel.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QLineEdit>
#include <QMimeData>
#include <QRegularExpression>
#include <QSignalSpy>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

struct Shown : StationFixture {
    explicit Shown(bool isEmpty = false)
    {
        if (isEmpty) {
            engine.channels = {};
        } else {
            for (const QString &id : {u"a"_s, u"b"_s, u"c"_s, u"d"_s})
                engine.items.append(itemOf(id));
        }
        window.resize(1600, 900);
        window.show();
        connectBoth();
        engine.asked.clear();
    }

    PlaylistView &view() { return *window.findChild<PlaylistView *>(); }
    QJsonObject answerTo(const QString &method)
    {
        [&] { QTRY_VERIFY2(!engine.lastOf(method).isEmpty(), qPrintable(method)); }();
        return engine.lastOf(method);
    }
    void select(int row)
    {
        view().selectionModel()->select(station.playlist().index(row, 0),
                                        QItemSelectionModel::ClearAndSelect
                                            | QItemSelectionModel::Rows);
    }
    bool isShown(const QString &command)
    {
        const auto buttons = window.findChildren<CommandButton *>();
        for (const CommandButton *button : buttons) {
            if (button->text() == command)
                return button->isVisible();
        }
        return false;
    }

    Theme theme{Palette::dark(), QApplication::font()};
    MainWindow window{theme, station};
};

} // namespace

void MainWindowTest::init()
{
    // Not failOnWarning for everything: sound servers that are not there are named by Qt in ways
    // that differ from machine to machine, and the console runs without them.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void MainWindowTest::keys_giveCommands()
{
    Shown shown;
    shown.select(1);
    QTest::keyClick(&shown.view(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(shown.answerTo(u"channel.skip"_s).value("channel"_L1).toString(), u"Riverside TV"_s);
    QTest::keyClick(&shown.view(), Qt::Key_Return);
    QCOMPARE(shown.answerTo(u"channel.next"_s).value("item"_L1).toString(), u"b"_s);
    QTest::keyClick(&shown.view(), Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(shown.answerTo(u"playlist.move"_s).value("to"_L1).toInt(), 3);
    QTest::keyClick(&shown.view(), Qt::Key_Delete);
    QCOMPARE(shown.answerTo(u"playlist.remove"_s).value("items"_L1).toArray(),
             QJsonArray({u"b"_s}));
    QTest::keyClick(&shown.view(), Qt::Key_Z, Qt::ControlModifier);
    shown.answerTo(u"playlist.undo"_s);
    QTest::keyClick(&shown.view(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(shown.answerTo(u"channel.take"_s).value("item"_L1).toString(), u"b"_s);
}

void MainWindowTest::take_isSkip_whenNoRowIsSelected()
{
    Shown shown;
    QVERIFY(shown.isShown(u"Take next"_s));
    QTest::keyClick(&shown.view(), Qt::Key_Return, Qt::ControlModifier);
    shown.answerTo(u"channel.skip"_s);
    QVERIFY(shown.engine.lastOf(u"channel.take"_s).isEmpty());
}

void MainWindowTest::selection_ends_whenTaken()
{
    Shown shown;
    shown.select(2);
    QVERIFY(shown.isShown(u"Take selected"_s));
    QTest::keyClick(&shown.view(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(shown.view().selectedIds().isEmpty());
    QVERIFY(shown.isShown(u"Take next"_s));
}

void MainWindowTest::droppedFolder_arrivesAsFiles()
{
    Shown shown;
    const QTemporaryDir folder;
    for (const QString &name : {u"2.mp4"_s, u"10.mp4"_s, u"notes.txt"_s}) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(folder.path())});
    QWidget *viewport = shown.view().viewport();
    const QRect row = shown.view().visualRect(shown.station.playlist().index(2, 0));
    const QPoint place(300, row.top() + 4);
    QDragEnterEvent enter(place, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(viewport, &enter);
    QDragMoveEvent move(place, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(viewport, &move);
    QDropEvent drop(QPointF(place), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(viewport, &drop);
    const QJsonObject params = shown.answerTo(u"playlist.add"_s);
    QCOMPARE(params.value("at"_L1).toInt(), 2);
    QCOMPARE(params.value("files"_L1).toArray(),
             QJsonArray({folder.filePath(u"2.mp4"_s), folder.filePath(u"10.mp4"_s)}));
}

void MainWindowTest::commandsForTheAir_areHidden_whenOffAir()
{
    Shown shown;
    QVERIFY(shown.isShown(u"Skip"_s) && shown.isShown(u"Stop"_s) && !shown.isShown(u"Start"_s));
    shown.engine.server->notify(u"event.status"_s,
                                StationFixture::statusOf(u"Riverside TV"_s, u"off"_s),
                                u"Riverside TV"_s);
    QTRY_VERIFY(shown.isShown(u"Start"_s));
    QVERIFY(!shown.isShown(u"Skip"_s) && !shown.isShown(u"Stop"_s));
    QTest::keyClick(&shown.view(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shown.engine.lastOf(u"channel.skip"_s).isEmpty());
}

void MainWindowTest::emptyStation_offersAChannel()
{
    Shown shown(true);
    auto *welcome = shown.window.findChild<WelcomePanel *>();
    QVERIFY(welcome->isVisible());
    auto *name = welcome->findChild<QLineEdit *>();
    name->setText(u"  Event B "_s);
    QTest::keyClick(name, Qt::Key_Return);
    QCOMPARE(shown.answerTo(u"channel.create"_s).value("name"_L1).toString(), u"Event B"_s);
    QVERIFY(
        shown.answerTo(u"destination.add"_s).value("target"_L1).toString().startsWith("hls:"_L1));
    shown.engine.server->notify(u"event.status"_s, StationFixture::statusOf(u"Event B"_s, u"off"_s),
                                u"Event B"_s);
    QTRY_VERIFY(!welcome->isVisible());
    QCOMPARE(shown.station.selectedName(), u"Event B"_s);
}

void MainWindowTest::measuredValues_go_whenTheLineEnds()
{
    Shown shown;
    shown.engine.server.reset();
    QTRY_VERIFY(!shown.isShown(u"Skip"_s));
    QVERIFY(!shown.isShown(u"Start"_s)); // whether it is off air is not known either
}

void MainWindowTest::closing_saysWhatStaysOnAir()
{
    Shown shown;
    QSignalSpy said(&shown.window, &MainWindow::farewellSaid);
    shown.window.close();
    QCOMPARE(said.count(), 0);
    Farewell *farewell = nullptr;
    const auto windows = QApplication::topLevelWidgets();
    for (QWidget *window : windows) {
        if (auto *found = qobject_cast<Farewell *>(window))
            farewell = found;
    }
    QVERIFY(farewell);
    QVERIFY(farewell->windowTitle().contains(u"Riverside TV"_s));
    QTest::mouseClick(farewell, Qt::LeftButton);
    QCOMPARE(said.count(), 1);
    QVERIFY(shown.engine.lastOf(u"channel.stop"_s).isEmpty());
}

void MainWindowTest::settings_areKept()
{
    Shown shown;
    shown.window.resize(1200, 700);
    shown.window.saveSettings();
    MainWindow again(shown.theme, shown.station);
    again.loadSettings();
    QCOMPARE(again.size(), QSize(1200, 700));
}
