// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_elidedlabel.h"

#include "ui/widgets/elidedlabel.h"

#include <QApplication>
#include <QHelpEvent>
#include <QRegularExpression>
#include <QTest>
#include <QToolTip>

using namespace Qt::StringLiterals;
using namespace continuo;

void ElidedLabelTest::init()
{
    // All but what a screen that shows nothing has to say of a tool tip.
    QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support raise)"_s));
}

void ElidedLabelTest::toolTip_isLeftToTheParent_whenNothingIsElided()
{
    QWidget row;
    row.resize(400, 40);
    row.setToolTip(u"why it fails"_s);
    ElidedLabel label(QApplication::font(), Qt::black, &row);
    label.setText(u"a name that takes some room"_s);
    label.resize(label.sizeHint());
    row.show();
    QVERIFY(QTest::qWaitForWindowExposed(&row));
    const QPoint place = label.rect().center();
    QHelpEvent whole(QEvent::ToolTip, place, label.mapToGlobal(place));
    QApplication::sendEvent(&label, &whole);
    QCOMPARE(QToolTip::text(), row.toolTip());

    label.resize(40, label.height());
    QHelpEvent elided(QEvent::ToolTip, place, label.mapToGlobal(place));
    QApplication::sendEvent(&label, &elided);
    QCOMPARE(QToolTip::text(), label.text());
    QToolTip::hideText();
}
