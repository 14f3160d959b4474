// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_levels.h"

#include "ui/widgets/audiometer.h"
#include "ui/widgets/commandbutton.h"
#include "ui/widgets/pipelevelbar.h"
#include "ui/widgets/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

const Theme &theme()
{
    static const Theme dark(Palette::dark(), QApplication::font());
    return dark;
}

int pixelsOf(const QImage &image, const QColor &color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += image.pixelColor(x, y) == color ? 1 : 0;
    }
    return count;
}

QImage shot(QWidget &widget)
{
    return widget.grab().toImage();
}

} // namespace

void LevelsTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void LevelsTest::levels_areValuesForAScreenReader()
{
    AudioMeter meter(theme(), u"L"_s);
    meter.setAccessibleName(u"Left"_s);
    meter.setLevels(-9, -20);
    QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(&meter);
    QVERIFY(accessible && accessible->valueInterface());
    QCOMPARE(accessible->text(QAccessible::Name), u"Left"_s);
    QCOMPARE(accessible->valueInterface()->currentValue().toDouble(), -9.0);
    PipeLevelBar pipe(theme());
    pipe.resize(200, 14);
    pipe.setLevel(0.34);
    accessible = QAccessible::queryAccessibleInterface(&pipe);
    QVERIFY(accessible && accessible->valueInterface());
    QCOMPARE(accessible->valueInterface()->currentValue().toDouble(), 34.0);
}

void LevelsTest::tube_fillsFromTheLeft()
{
    PipeLevelBar pipe(theme());
    pipe.resize(200, 14);
    QCOMPARE(pixelsOf(shot(pipe), theme().palette().tube), 0);
    pipe.setLevel(0.5);
    const QImage half = shot(pipe);
    QCOMPARE(half.pixelColor(90, 7), theme().palette().tube);
    QCOMPARE(half.pixelColor(110, 7), theme().palette().background);
    pipe.setDashed(true);
    QCOMPARE(pixelsOf(shot(pipe), theme().palette().tube), 0);
}

void LevelsTest::meter_isRedOnlyAboveItsLimit()
{
    AudioMeter meter(theme(), u"L"_s);
    meter.resize(400, 16);
    meter.setLevels(-12, -20);
    QCOMPARE(pixelsOf(shot(meter), theme().palette().onAir), 0);
    meter.setLevels(-1, -3);
    QVERIFY(pixelsOf(shot(meter), theme().palette().onAir) > 0);
    meter.clear();
    QCOMPARE(pixelsOf(shot(meter), theme().palette().good), 0);
}

void LevelsTest::heldButton_triggersOnlyAfterASecond()
{
    CommandButton button(theme(), CommandButton::Look::Quiet);
    button.setCommand(u"Stop"_s, u"hold"_s);
    button.setHeld(true);
    const QSignalSpy triggered(&button, &CommandButton::triggered);
    QTest::mouseClick(&button, Qt::LeftButton);
    QCOMPARE(triggered.count(), 0);
    QTest::mousePress(&button, Qt::LeftButton);
    QTRY_COMPARE(triggered.count(), 1);
    QTest::mouseRelease(&button, Qt::LeftButton);
    QCOMPARE(triggered.count(), 1);
}
