// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_playlistview.h"

#include "ui/models/playlistmodel.h"
#include "ui/widgets/playlistrow.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDropEvent>
#include <QHeaderView>
#include <QMimeData>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

struct Shown {
    explicit Shown(int rows)
    {
        std::vector<PlaylistEntry> entries;
        for (int row = 0; row < rows; ++row) {
            PlaylistEntry entry;
            entry.id = QString(QChar(u'a' + row));
            entry.title = entry.id;
            entries.push_back(entry);
        }
        if (rows > 2) {
            entries[0].state = EntryState::OnAir;
            entries[1].state = EntryState::Next;
        }
        model.setEntries(std::move(entries));
        view.resize(800, 500);
        view.show();
        Q_UNUSED(QTest::qWaitForWindowExposed(&view))
    }

    // As desktop-wide drags arrive: enter, move (here the view finds the place), drop.
    void drop(const QMimeData &data, const QPoint &position, Qt::DropAction action)
    {
        QWidget *viewport = view.viewport();
        QDragEnterEvent enter(position, action, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(viewport, &enter);
        QDragMoveEvent move(position, action, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(viewport, &move);
        isAccepted = enter.isAccepted() && move.isAccepted();
        if (!isAccepted)
            return;
        QDropEvent drop(QPointF(position), action, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(viewport, &drop);
        isAccepted = drop.isAccepted();
    }
    // The list as the engine tells it: of the rows only those of these ids are left.
    void keep(const QString &ids)
    {
        std::vector<PlaylistEntry> entries;
        for (int row = 0; row < model.rowCount(); ++row) {
            if (ids.contains(model.entryAt(row)->id))
                entries.push_back(*model.entryAt(row));
        }
        model.setEntries(std::move(entries));
    }
    void select(std::initializer_list<int> rows)
    {
        view.clearSelection();
        for (const int row : rows)
            view.selectionModel()->select(model.index(row, 0),
                                          QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }

    Theme theme{Palette::dark(), QApplication::font()};
    PlaylistModel model;
    PlaylistView view{theme, model};
    bool isAccepted = false;
};

QMimeData *fileData()
{
    auto *data = new QMimeData;
    data->setUrls({QUrl::fromLocalFile(u"/clips/x.mp4"_s)});
    return data;
}

} // namespace

void PlaylistViewTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void PlaylistViewTest::files_landBetweenRows_data()
{
    QTest::addColumn<int>("y"); // in half rows
    QTest::addColumn<int>("row");
    QTest::newRow("above the first") << 0 << 0;
    QTest::newRow("below the middle of the first") << 1 << 1;
    QTest::newRow("above the middle of the third") << 4 << 2;
    QTest::newRow("last") << 7 << 4;
    QTest::newRow("below all") << 12 << 4;
}

void PlaylistViewTest::files_landBetweenRows()
{
    QFETCH(int, y);
    QFETCH(int, row);
    Shown shown(4);
    const QSignalSpy dropped(&shown.view, &PlaylistView::filesDropped);
    const std::unique_ptr<QMimeData> data(fileData());
    const int half = PlaylistRow::height(shown.theme) / 2;
    shown.drop(*data, {300, y * half + half / 2}, Qt::CopyAction);
    QVERIFY(shown.isAccepted);
    QCOMPARE(dropped.count(), 1);
    QCOMPARE(dropped.at(0).at(1).toInt(), row);
}

void PlaylistViewTest::files_landInAnEmptyList()
{
    Shown shown(0);
    const QSignalSpy dropped(&shown.view, &PlaylistView::filesDropped);
    const std::unique_ptr<QMimeData> data(fileData());
    shown.drop(*data, {300, 200}, Qt::CopyAction);
    QCOMPARE(dropped.count(), 1);
    QCOMPARE(dropped.at(0).at(1).toInt(), 0);
}

void PlaylistViewTest::foreignRows_areNotTaken()
{
    Shown shown(4);
    const std::unique_ptr<QMimeData> data(shown.model.mimeData({shown.model.index(1, 0)}));
    QVERIFY(data->hasFormat(QString(PlaylistModel::kRowsMimeType)));
    // From another window's list: ids mean nothing here.
    shown.drop(*data, {300, 10}, Qt::MoveAction);
    QVERIFY(!shown.isAccepted);
}

void PlaylistViewTest::text_isNotTaken()
{
    Shown shown(2);
    QMimeData data;
    data.setText(u"hello"_s);
    shown.drop(data, {300, 10}, Qt::CopyAction);
    QVERIFY(!shown.isAccepted);
}

void PlaylistViewTest::keys_askForEdits()
{
    Shown shown(5);
    QSignalSpy removed(&shown.view, &PlaylistView::removeRequested);
    QSignalSpy stepped(&shown.view, &PlaylistView::stepRequested);
    QSignalSpy next(&shown.view, &PlaylistView::nextRequested);
    QTest::keyClick(&shown.view, Qt::Key_Delete); // nothing selected
    QCOMPARE(removed.count(), 0);

    shown.select({3, 1});
    QTest::keyClick(&shown.view, Qt::Key_Delete);
    QCOMPARE(removed.takeFirst().at(0).toStringList(), QStringList({u"b"_s, u"d"_s}));
    QTest::keyClick(&shown.view, Qt::Key_Up, Qt::ControlModifier);
    QCOMPARE(stepped.at(0).at(0).toStringList(), QStringList({u"b"_s, u"d"_s}));
    QCOMPARE(stepped.takeFirst().at(1).toInt(), -1);
    QTest::keyClick(&shown.view, Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(stepped.takeFirst().at(1).toInt(), 1);
    QTest::keyClick(&shown.view, Qt::Key_Return); // two rows cannot both be next
    QCOMPARE(next.count(), 0);

    shown.select({4});
    QTest::keyClick(&shown.view, Qt::Key_Return);
    QCOMPARE(next.takeFirst().at(0).toString(), u"e"_s);
}

void PlaylistViewTest::shiftAndCtrl_selectSeveral()
{
    Shown shown(6);
    const auto click = [&shown](int row, Qt::KeyboardModifiers modifiers) {
        const QRect area = shown.view.visualRect(shown.model.index(row, 0));
        QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, modifiers, area.center());
    };
    click(1, Qt::NoModifier);
    QCOMPARE(shown.view.selectedIds(), QStringList({u"b"_s}));
    click(3, Qt::ShiftModifier);
    QCOMPARE(shown.view.selectedIds(), QStringList({u"b"_s, u"c"_s, u"d"_s}));
    click(5, Qt::ControlModifier);
    click(2, Qt::ControlModifier); // out of it again
    QCOMPARE(shown.view.selectedIds(), QStringList({u"b"_s, u"d"_s, u"f"_s}));
    click(0, Qt::NoModifier);
    QTest::keyClick(&shown.view, Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(shown.view.selectedIds(), QStringList({u"a"_s, u"b"_s}));
}

void PlaylistViewTest::escape_endsTheSelection()
{
    Shown shown(5);
    shown.select({1, 3});
    QTest::keyClick(&shown.view, Qt::Key_Escape);
    QVERIFY(shown.view.selectedIds().isEmpty());
}

void PlaylistViewTest::nextRow_isSelected_whenKeysDeleted()
{
    Shown shown(5);
    shown.select({1, 3}); // b and d: two blocks
    QTest::keyClick(&shown.view, Qt::Key_Delete);
    shown.keep(u"ace"_s);
    QCOMPARE(shown.view.selectedIds(), QStringList({u"c"_s}));
    QCOMPARE(shown.view.currentIndex().row(), 1);
    shown.select({2});
    QTest::keyClick(&shown.view, Qt::Key_Delete);
    shown.keep(u"ac"_s); // there is none behind the last
    QCOMPARE(shown.view.selectedIds(), QStringList({u"c"_s}));
    shown.select({0, 1});
    QTest::keyClick(&shown.view, Qt::Key_Delete);
    shown.keep({});
    QVERIFY(shown.view.selectedIds().isEmpty());
}

void PlaylistViewTest::nothing_isSelected_whenAnotherClientDeleted()
{
    Shown shown(5);
    shown.select({1});
    shown.keep(u"acde"_s);
    QVERIFY(shown.view.selectedIds().isEmpty());
}

void PlaylistViewTest::currentRow_staysInView_whenMoved()
{
    Shown shown(24);
    const auto place = [&shown] { return shown.view.visualRect(shown.view.currentIndex()); };
    const auto moveDown = [&shown](int row) { // as the engine tells it
        std::vector<PlaylistEntry> entries;
        for (int i = 0; i < shown.model.rowCount(); ++i) {
            PlaylistEntry entry;
            entry.id = shown.model.index(i, 0).data(PlaylistModel::IdRole).toString();
            entry.title = entry.id;
            entries.push_back(entry);
        }
        std::swap(entries[std::size_t(row)], entries[std::size_t(row + 1)]);
        shown.model.setEntries(std::move(entries));
    };
    shown.view.setCurrentIndex(shown.model.index(5, 0));
    for (int row = 5; row < 20; ++row) {
        moveDown(row);
        QCOMPARE(shown.view.currentIndex().row(), row + 1);
        // To a pixel: the style rounds.
        QVERIFY(shown.view.viewport()->rect().adjusted(0, -1, 0, 1).contains(place()));
    }
    shown.view.scrollToTop(); // looks at something else now
    moveDown(20);
    QVERIFY(!shown.view.viewport()->rect().intersects(place()));
}

void PlaylistViewTest::row_isPaintedByItsState()
{
    Shown shown(4);
    const QImage image = shown.view.viewport()->grab().toImage();
    const Palette &palette = shown.theme.palette();
    const int height = PlaylistRow::height(shown.theme);
    QCOMPARE(image.pixelColor(1, height / 2), palette.onAir);
    QCOMPARE(image.pixelColor(400, height - 4), palette.onAirRow);
    QCOMPARE(image.pixelColor(1, height + height / 2), palette.next);
    QCOMPARE(image.pixelColor(400, 2 * height - 4), palette.nextRow);
    QCOMPARE(image.pixelColor(400, 3 * height - 4), palette.background);
    shown.select({2});
    QCOMPARE(shown.view.viewport()->grab().toImage().pixelColor(400, 3 * height - 4),
             palette.selectedRow);
}
