// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_mainwindow.h"

#include "tests/ui/panels/shownwords.h"
#include "tests/ui/stationfixture.h"
#include "ui/panels/channelcard.h"
#include "ui/panels/farewell.h"
#include "ui/panels/mainwindow.h"
#include "ui/panels/pointsdialog.h"
#include "ui/panels/topbar.h"
#include "ui/panels/welcomepanel.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/previewwidget.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QRegularExpression>
#include <QSignalSpy>

#include <algorithm>

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
        Q_UNUSED(QTest::qWaitForWindowActive(&window)) // else its keys are nobody's
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
    /// A status of the one channel, with \p more in it.
    void tell(const QString &state, const QJsonObject &more = {})
    {
        QJsonObject status = StationFixture::statusOf(u"Riverside TV"_s, state);
        for (auto field = more.begin(); field != more.end(); ++field)
            status.insert(field.key(), field.value());
        engine.server->notify(u"event.status"_s, status, u"Riverside TV"_s);
    }
    ElidedLabel *labelOfCard(const QString &text)
    {
        const auto labels = window.findChild<ChannelCard *>()->findChildren<ElidedLabel *>();
        for (ElidedLabel *label : labels) {
            if (label->text() == text && label->isVisible())
                return label;
        }
        return nullptr;
    }
    QString previewWords() { return window.findChild<PreviewWidget *>()->accessibleDescription(); }
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

Farewell *openFarewell()
{
    const auto windows = QApplication::topLevelWidgets();
    for (QWidget *window : windows) {
        auto *farewell = qobject_cast<Farewell *>(window);
        if (farewell && farewell->isVisible())
            return farewell;
    }
    return nullptr;
}

} // namespace

void MainWindowTest::init()
{
    // Not failOnWarning for everything: sound servers that are not there are named by Qt in ways
    // that differ from machine to machine, and the console runs without them.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void MainWindowTest::points_areAskedForAndSet()
{
    Shown shown;
    QJsonObject item = shown.engine.items[1].toObject();
    item.insert(u"in"_s, u"00:00:10:00"_s);
    shown.engine.server->notify(u"event.playlist"_s,
                                {{u"channel"_s, u"Riverside TV"_s},
                                 {u"version"_s, 2},
                                 {u"items"_s, QJsonArray{shown.engine.items[0], item}}},
                                u"Riverside TV"_s);
    QTRY_COMPARE(shown.station.playlist().rowCount(), 2);
    const auto dialog = [&shown] { return shown.window.findChild<PointsDialog *>(); };
    QTest::keyClick(&shown.view(), Qt::Key_I, Qt::ControlModifier);
    QVERIFY(!dialog()); // no row is selected
    shown.select(1);
    QTest::keyClick(&shown.view(), Qt::Key_I, Qt::ControlModifier);
    QVERIFY(dialog());
    auto *in = dialog()->findChild<QLineEdit *>(u"in"_s);
    auto *out = dialog()->findChild<QLineEdit *>(u"out"_s);
    auto *problem = dialog()->findChild<QLabel *>(u"problem"_s);
    QCOMPARE(in->text(), u"00:00:10:00"_s);
    QCOMPARE(out->text(), QString());
    shown.engine.refusal = Error{ErrorCode::InvalidArgument, u"its out point"_s, 0};
    out->setText(u" 00:00:05:00 "_s);
    QTest::keyClick(out, Qt::Key_Return);
    const QJsonObject asked = shown.answerTo(u"playlist.set"_s);
    QCOMPARE(asked.value("item"_L1).toString(), u"b"_s);
    QCOMPARE(asked.value("in"_L1).toString(), u"00:00:10:00"_s);
    QCOMPARE(asked.value("out"_L1).toString(), u"00:00:05:00"_s);
    QTRY_VERIFY(problem->isVisible()); // told where it was typed, and that stays
    QVERIFY(problem->text().contains(u"out point behind the in point"_s));
    shown.engine.refusal.reset();
    in->clear();
    QTest::keyClick(in, Qt::Key_Return);
    QTRY_VERIFY(!dialog());
    QCOMPARE(shown.engine.lastOf(u"playlist.set"_s).value("in"_L1).toString(), QString());
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

void MainWindowTest::keys_startAndSelectChannels()
{
    Shown shown;
    shown.engine.server->notify(u"event.status"_s, StationFixture::statusOf(u"Event B"_s, u"off"_s),
                                u"Event B"_s);
    QTRY_COMPARE(shown.station.channels().size(), 2);
    QTest::keyClick(&shown.view(), Qt::Key_PageUp, Qt::ControlModifier); // cards are by name
    QCOMPARE(shown.station.selectedName(), u"Event B"_s);
    QTest::keyClick(&shown.view(), Qt::Key_PageUp, Qt::ControlModifier); // it is the first
    QCOMPARE(shown.station.selectedName(), u"Event B"_s);
    QTest::keyClick(&shown.view(), Qt::Key_Return, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(shown.answerTo(u"channel.start"_s).value("channel"_L1).toString(), u"Event B"_s);
    QTest::keyClick(&shown.view(), Qt::Key_PageDown, Qt::ControlModifier);
    QCOMPARE(shown.station.selectedName(), u"Riverside TV"_s);
}

void MainWindowTest::take_isSkip_whenNoRowIsSelected()
{
    Shown shown;
    QVERIFY(shown.isShown(u"Take next"_s));
    QTest::keyClick(&shown.view(), Qt::Key_Return, Qt::ControlModifier);
    shown.answerTo(u"channel.skip"_s);
    QVERIFY(shown.engine.lastOf(u"channel.take"_s).isEmpty());
}

void MainWindowTest::take_isOfNoRow_whenAnotherChannelIsShown()
{
    Shown shown;
    shown.engine.server->notify(u"event.status"_s,
                                StationFixture::statusOf(u"Event B"_s, u"on-air"_s), u"Event B"_s);
    QTRY_COMPARE(shown.station.channels().size(), 2);
    shown.select(2);
    QVERIFY(shown.isShown(u"Take selected"_s));
    shown.station.select(u"Event B"_s);
    QVERIFY(shown.isShown(u"Take next"_s));
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

void MainWindowTest::failedChannel_canBeStopped_notStarted()
{
    Shown shown;
    const QString words = u"Nothing comes out of the encoder. It is started again by itself."_s;
    shown.tell(u"failed"_s, {{u"detail"_s, u"no output for 10 s"_s}});
    QTRY_VERIFY(shown.labelOfCard(words));
    QVERIFY(shown.labelOfCard(words)->toolTip().endsWith(u"no output for 10 s"_s));
    QVERIFY(shown.isShown(u"Stop"_s) && shown.isShown(u"Skip"_s) && shown.isShown(u"Take next"_s));
    QVERIFY(!shown.isShown(u"Start"_s));
    QCOMPARE(shown.previewWords(),
             u"Nothing comes out of the encoder.\nIt is started again by itself."_s);
    QTest::keyClick(&shown.view(), Qt::Key_N, Qt::ControlModifier);
    shown.answerTo(u"channel.skip"_s);
    shown.tell(u"starting"_s);
    QTRY_VERIFY(!shown.isShown(u"Skip"_s));
    QVERIFY(shown.isShown(u"Stop"_s) && !shown.isShown(u"Start"_s));
}

void MainWindowTest::slate_isNotShownAsTheItem()
{
    Shown shown;
    const QJsonObject item{{u"id"_s, u"a"_s}, {u"title"_s, u"Film"_s}, {u"remainingMs"_s, 61000}};
    const auto isTimeLeftShown = [&shown] {
        const auto labels = shown.window.findChild<TopBar *>()->findChildren<ElidedLabel *>();
        return std::ranges::any_of(labels, [](const ElidedLabel *label) {
            return label->text() == u"00:01:01"_s && label->isVisible();
        });
    };
    shown.tell(u"on-air"_s, {{u"item"_s, item}});
    QTRY_VERIFY(shown.labelOfCard(u"Film"_s));
    QVERIFY(isTimeLeftShown());
    shown.tell(u"slate"_s, {{u"item"_s, item}});
    QTRY_VERIFY(shown.labelOfCard(u"Slate in place of “Film”"_s));
    QVERIFY(!isTimeLeftShown());
}

void MainWindowTest::title_saysChannelAndState()
{
    Shown shown;
    QCOMPARE(shown.window.windowTitle(), u"Riverside TV · On air – Continuo"_s);
    shown.engine.server.reset();
    QTRY_COMPARE(shown.window.windowTitle(), u"Riverside TV · Not known – Continuo"_s);
}

void MainWindowTest::day_isTold_whenItIsAnother()
{
    Shown shown;
    auto *bar = shown.window.findChild<TopBar *>();
    const QDate day = QDate::currentDate().addDays(100);
    bar->showTime(QDateTime(day, QTime(23, 59, 59)));
    const QSignalSpy told(bar, &TopBar::dayChanged);
    bar->showTime(QDateTime(day, QTime(23, 59, 59)));
    QCOMPARE(told.count(), 0);
    bar->showTime(QDateTime(day.addDays(1), QTime(0, 0)));
    QCOMPARE(told.count(), 1);
}

void MainWindowTest::card_saysWhyADestinationFails()
{
    Shown shown;
    const QString why = u"refused the connection"_s;
    QJsonObject destination{{u"id"_s, u"1"_s},
                            {u"type"_s, u"rtmp"_s},
                            {u"target"_s, u"rtmp://a.example/live"_s},
                            {u"state"_s, u"retrying"_s},
                            {u"detail"_s, u"connect: nobody listens there"_s}};
    shown.tell(u"on-air"_s, {{u"destinations"_s, QJsonArray{destination}}});
    QTRY_VERIFY(shown.labelOfCard(why));
    const auto *card = shown.window.findChild<ChannelCard *>();
    QVERIFY(card->accessibleName().contains(why));
    QVERIFY(card->accessibleName().contains(u", selected"_s));
    destination.insert(u"state"_s, u"running"_s);
    shown.tell(u"on-air"_s, {{u"destinations"_s, QJsonArray{destination}}});
    QTRY_VERIFY(!shown.labelOfCard(why));
    QVERIFY(!card->accessibleName().contains(why));
}

void MainWindowTest::preview_saysThatItIsPaused_whenShed()
{
    Shown shown; // its engine has no pictures: what is said of that must last
    const QString broken = u"The picture cannot be read from the engine."_s;
    QTRY_COMPARE(shown.previewWords(), broken);
    const QJsonObject overload{{u"shed"_s, QJsonArray{u"preview"_s}}, {u"dropped"_s, 0}};
    shown.tell(u"on-air"_s, {{u"overload"_s, overload}});
    QTRY_COMPARE(shown.previewWords(),
                 u"Preview paused: the machine cannot keep up.\nThe air goes on."_s);
    shown.tell(u"on-air"_s);
    QTRY_COMPARE(shown.previewWords(), broken);
}

void MainWindowTest::welcome_saysWhyNoChannelWasMade()
{
    Shown shown(true);
    shown.engine.refusal = Error{ErrorCode::AlreadyExists, u"there is one"_s};
    auto *welcome = shown.window.findChild<WelcomePanel *>();
    const auto problem = [welcome] { return welcome->findChild<QLabel *>(u"problem"_s); };
    QVERIFY(!problem()->isVisible());
    auto *name = welcome->findChild<QLineEdit *>();
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_VERIFY(problem()->isVisible());
    QVERIFY(!problem()->text().isEmpty());
    name->setText(u"Another"_s);
    QVERIFY(!problem()->isVisible());
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
    Farewell *farewell = openFarewell();
    QVERIFY(farewell);
    const QString headline = u"Riverside TV stays on air"_s;
    const QString detail = u"Open Continuo again to see and change what is on."_s;
    QCOMPARE(farewell->windowTitle(), headline);
    QCOMPARE(farewell->accessibleName(), headline);
    QCOMPARE(farewell->accessibleDescription(), detail);
    QCOMPARE(shownWords(*farewell), QStringList({headline, detail}));
    QTest::mouseClick(farewell, Qt::LeftButton);
    QCOMPARE(said.count(), 1);
    QVERIFY(shown.engine.lastOf(u"channel.stop"_s).isEmpty());
}

void MainWindowTest::closing_saysThatNothingChanges_whenNotConnected()
{
    Shown shown;
    shown.engine.server.reset();
    QTRY_COMPARE(shown.station.selected()->phase, ChannelPhase::Unknown);
    QSignalSpy said(&shown.window, &MainWindow::farewellSaid);
    shown.window.close();
    Farewell *farewell = openFarewell();
    QVERIFY(farewell);
    const QString headline = u"The engine is not connected"_s;
    const QString detail = u"Closing changes nothing: what was on air goes on."_s;
    QCOMPARE(farewell->windowTitle(), headline);
    QCOMPARE(farewell->accessibleDescription(), detail);
    QCOMPARE(shownWords(*farewell), QStringList({headline, detail}));
    QTest::mouseClick(farewell, Qt::LeftButton);
    QCOMPARE(said.count(), 1);
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
