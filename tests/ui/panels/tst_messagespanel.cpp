// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/panels/tst_messagespanel.h"

#include "tests/ui/stationfixture.h"
#include "ui/models/messagemodel.h"
#include "ui/panels/messagespanel.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QImage>
#include <QListView>
#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QString spokenOf(const MessageModel &messages, int row)
{
    return messages.index(row).data(Qt::AccessibleTextRole).toString();
}

struct ShownMessages {
    ShownMessages()
    {
        panel.resize(520, 148);
        panel.show();
    }

    QImage pictureOf(int row)
    {
        auto *list = panel.findChild<QListView *>();
        return list->viewport()->grab(list->visualRect(messages.index(row))).toImage();
    }

    Theme theme{Palette::dark(), QApplication::font()};
    MessageModel messages;
    MessagesPanel panel{theme, messages};
};

bool hasColour(const QImage &image, const QColor &colour)
{
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixelColor(x, y) == colour)
                return true;
        }
    }
    return false;
}

} // namespace

void MessagesPanelTest::init()
{
    // Not for everything: offscreen, Qt warns of what a window without a screen cannot do.
    QTest::failOnWarning(QRegularExpression(u"QObject|QLayout|QPainter|QFont|QSocket|QTimer"_s));
}

void MessagesPanelTest::level_hasWordAndShape_data()
{
    QTest::addColumn<MessageLevel>("level");
    QTest::addColumn<QString>("spoken");
    QTest::addColumn<bool>("hasSquare");
    QTest::addColumn<bool>("hasTriangle");
    QTest::newRow("info") << MessageLevel::Info << u"It went. So."_s << false << false;
    QTest::newRow("warning") << MessageLevel::Warning << u"Warning: It went. So."_s << true
                             << false;
    QTest::newRow("fault") << MessageLevel::Fault << u"Fault: It went. So."_s << false << true;
}

void MessagesPanelTest::level_hasWordAndShape()
{
    QFETCH(MessageLevel, level);
    QFETCH(QString, spoken);
    QFETCH(bool, hasSquare);
    QFETCH(bool, hasTriangle);
    ShownMessages shown;
    shown.messages.add(level, {u"It went."_s, u"So."_s});
    QCOMPARE(spokenOf(shown.messages, 0), spoken);
    const QImage row = shown.pictureOf(0);
    QVERIFY(!row.isNull());
    QCOMPARE(hasColour(row, shown.theme.palette().warning), hasSquare);
    QCOMPARE(hasColour(row, shown.theme.palette().fault), hasTriangle);
}

void MessagesPanelTest::rows_standNewestFirst()
{
    ShownMessages shown;
    const QDateTime now = QDateTime::currentDateTime();
    shown.messages.add(MessageLevel::Fault, {u"Newest."_s, {}}, now);
    shown.messages.add(MessageLevel::Info, {u"Oldest."_s, {}}, now.addSecs(-60));
    const auto *list = shown.panel.findChild<QListView *>();
    QCOMPARE(list->accessibleName(), u"Messages"_s);
    QCOMPARE(list->model()->rowCount(), 2);
    const QRect first = list->visualRect(list->model()->index(0, 0));
    const QRect second = list->visualRect(list->model()->index(1, 0));
    QVERIFY(list->viewport()->rect().intersects(first) && first.bottom() < second.top());
    QCOMPARE(spokenOf(shown.messages, 0), u"Fault: Newest."_s);
    const QColor fault = shown.theme.palette().fault;
    QVERIFY(hasColour(shown.pictureOf(0), fault) && !hasColour(shown.pictureOf(1), fault));
}

void MessagesPanelTest::row_changes_whenItsMessageComesAgain()
{
    ShownMessages shown;
    const QDateTime now = QDateTime::currentDateTime();
    shown.messages.add(MessageLevel::Warning, {u"Refused."_s, {}}, now);
    const QImage once = shown.pictureOf(0);
    shown.messages.add(MessageLevel::Warning, {u"Refused."_s, {}}, now);
    QCOMPARE(spokenOf(shown.messages, 0), u"Warning: Refused. ×2"_s);
    const QImage twice = shown.pictureOf(0);
    QCOMPARE(twice.size(), once.size());
    QVERIFY(twice != once);
}

void MessagesPanelTest::event_isSaidInWords()
{
    StationFixture fixture;
    const Theme theme(Palette::dark(), QApplication::font());
    MessagesPanel panel(theme, fixture.station.messages());
    panel.show();
    fixture.connectBoth();
    fixture.engine.server->notify(u"event.message"_s,
                                  {{u"channel"_s, u"Riverside TV"_s},
                                   {u"level"_s, u"warning"_s},
                                   {u"code"_s, u"item-cut-short"_s},
                                   {u"text"_s, u"film.mp4 at 00:12"_s}},
                                  u"Riverside TV"_s);
    const QAbstractItemModel &list = *panel.findChild<QListView *>()->model();
    QTRY_COMPARE(list.rowCount(), 1);
    QCOMPARE(list.index(0, 0).data(Qt::AccessibleTextRole).toString(),
             u"Warning: An item ended before its time. film.mp4 at 00:12"_s);
}
