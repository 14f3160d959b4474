// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_thumbnails.h"

#include "tests/ui/stationfixture.h"
#include "ui/panels/mainwindow.h"
#include "ui/widgets/playlistrow.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QHeaderView>
#include <QImage>
#include <QRegularExpression>
#include <QScrollBar>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QByteArray jpegOf(const QColor &colour, const QSize &size = {160, 90})
{
    QImage image(size, QImage::Format_RGB32);
    image.fill(colour);
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "JPG", 95);
    return buffer.data();
}

struct ShownRows : StationFixture {
    explicit ShownRows(int rows)
    {
        for (int row = 0; row < rows; ++row) {
            const QString id = u"i%1"_s.arg(row);
            QJsonObject item = itemOf(id);
            item.insert(u"proof"_s,
                        QJsonObject{{u"verdict"_s, u"ready"_s}, {u"thumbnail"_s, u"tag-"_s + id}});
            engine.items.append(item);
        }
        window.resize(1600, 900);
        window.show();
        Q_UNUSED(QTest::qWaitForWindowExposed(&window))
    }

    static QString pathOf(int row) { return u"/clips/i%1.mp4"_s.arg(row); }
    void give(int row, const QString &tag, const QByteArray &jpeg)
    {
        engine.thumbnails.insert(pathOf(row), {tag, jpeg});
    }
    PlaylistView &view() { return *window.findChild<PlaylistView *>(); }
    /// In the middle of a row's box.
    QColor colourOf(int row)
    {
        const QImage image = view().viewport()->grab().toImage();
        const QHeaderView *header = view().header();
        const int x = header->sectionViewportPosition(PlaylistModel::PictureColumn)
            + PlaylistRow::pictureSize(theme).width() / 2;
        const QRect area = view().visualRect(station.playlist().index(row, 0));
        return image.pixelColor(x, area.center().y());
    }
    bool shows(int row, const QColor &colour)
    {
        const QColor is = colourOf(row);
        return std::abs(is.red() - colour.red()) < 12 && std::abs(is.green() - colour.green()) < 12
            && std::abs(is.blue() - colour.blue()) < 12;
    }
    int asked(const QString &path) const
    {
        return int(std::ranges::count_if(engine.asked, [&](const auto &call) {
            return call.first == "thumbnail.get"_L1 && call.second.value("path"_L1) == path;
        }));
    }

    Theme theme{Palette::dark(), QApplication::font()};
    MainWindow window{theme, station};
};

} // namespace

void ThumbnailsTest::init()
{
    // As with the window's own test: what Qt says of sound servers differs from machine to machine.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void ThumbnailsTest::rows_showThem_onceTheyAreThere()
{
    ShownRows shown(3);
    shown.give(0, u"tag-i0"_s, jpegOf(Qt::green));
    shown.give(2, u"tag-i2"_s, jpegOf(Qt::blue));
    shown.connectBoth();
    QTRY_VERIFY(shown.shows(0, Qt::green));
    QTRY_VERIFY(shown.shows(2, Qt::blue));
    QVERIFY(shown.shows(1, shown.theme.palette().raised)); // the engine has none
    shown.view().viewport()->update();
    QTest::qWait(50);
    QCOMPARE(shown.asked(ShownRows::pathOf(0)), 1);
    QCOMPARE(shown.asked(ShownRows::pathOf(1)), 1); // not again with every paint
    QCOMPARE(shown.view().sizeHintForRow(0), shown.theme.px(44));
}

void ThumbnailsTest::another_isAsked_whenTheFileIsAnother()
{
    ShownRows shown(1);
    shown.give(0, u"tag-i0"_s, jpegOf(Qt::green));
    shown.connectBoth();
    QTRY_VERIFY(shown.shows(0, Qt::green));
    shown.give(0, u"another"_s, jpegOf(Qt::blue));
    QJsonObject item = shown.engine.items.at(0).toObject();
    item.insert(u"proof"_s,
                QJsonObject{{u"verdict"_s, u"ready"_s}, {u"thumbnail"_s, u"another"_s}});
    shown.engine.server->notify(
        u"event.playlist"_s,
        {{u"channel"_s, u"Riverside TV"_s}, {u"version"_s, 2}, {u"items"_s, QJsonArray{item}}},
        u"Riverside TV"_s);
    QTRY_VERIFY(shown.shows(0, Qt::blue));
}

void ThumbnailsTest::whatIsNoPicture_isNotShown()
{
    ShownRows shown(3);
    shown.give(0, u"tag-i0"_s, "no picture");
    shown.give(1, u"tag-i1"_s, jpegOf(Qt::green, {1600, 900}));
    shown.give(2, u"of another file"_s, jpegOf(Qt::green));
    shown.connectBoth();
    QTRY_COMPARE(shown.asked(ShownRows::pathOf(0)), 1);
    QTRY_COMPARE(shown.asked(ShownRows::pathOf(1)), 1);
    QTRY_COMPARE(shown.asked(ShownRows::pathOf(2)), 1);
    QTest::qWait(100);
    for (int row = 0; row < 3; ++row)
        QVERIFY(shown.shows(row, shown.theme.palette().raised));
}

// A list of a thousand, of which a screen is seen: no more than that is asked for.
void ThumbnailsTest::shownRows_areAskedFirst_andFewAtOnce()
{
    ShownRows shown(1000);
    for (int row = 0; row < 1000; ++row)
        shown.give(row, u"tag-i%1"_s.arg(row), jpegOf(Qt::green));
    shown.connectBoth();
    QTRY_VERIFY(shown.shows(0, Qt::green));
    QVERIFY(shown.engine.lastOf(u"thumbnail.get"_s).value("path"_L1) != ShownRows::pathOf(999));
    shown.view().scrollToBottom();
    QTRY_VERIFY(shown.shows(999, Qt::green));
    QCOMPARE(shown.asked(ShownRows::pathOf(500)), 0);
}

void ThumbnailsTest::rows_areLow_withoutThem_alsoNextTime()
{
    ShownRows shown(30);
    shown.connectBoth();
    QAction *choice = nullptr;
    for (QAction *action : shown.view().actions()) {
        if (action->isCheckable())
            choice = action;
    }
    QVERIFY(choice && choice->isChecked());
    choice->trigger();
    QCOMPARE(shown.view().sizeHintForRow(0), shown.theme.px(28));
    QCOMPARE(shown.view().visualRect(shown.station.playlist().index(10, 0)).height(),
             shown.theme.px(28));
    QVERIFY(shown.view().isColumnHidden(PlaylistModel::PictureColumn));
    shown.window.saveSettings();
    MainWindow again(shown.theme, shown.station);
    again.loadSettings();
    QVERIFY(!again.findChild<PlaylistView *>()->showsThumbnails());
    choice->trigger();
    QCOMPARE(shown.view().sizeHintForRow(0), shown.theme.px(44));
    QVERIFY(!shown.view().isColumnHidden(PlaylistModel::PictureColumn));
    shown.window.resize(shown.window.minimumSize()); // the title needs the room
    QTRY_VERIFY(shown.view().isColumnHidden(PlaylistModel::PictureColumn));
    shown.window.resize(1600, 900);
    QTRY_VERIFY(!shown.view().isColumnHidden(PlaylistModel::PictureColumn));
}
