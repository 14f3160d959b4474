// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_onairlamp.h"

#include "ui/widgets/onairlamp.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QImage>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

void OnAirLampTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void OnAirLampTest::lamp_hasColourAndWord_data()
{
    const Palette palette = Palette::dark();
    QTest::addColumn<OnAirLamp::Light>("light");
    QTest::addColumn<QColor>("back");
    QTest::newRow("quiet") << OnAirLamp::Light::Quiet << palette.raised;
    QTest::newRow("amber") << OnAirLamp::Light::Amber << palette.next;
    QTest::newRow("red") << OnAirLamp::Light::Red << palette.onAir;
}

void OnAirLampTest::lamp_hasColourAndWord()
{
    QFETCH(OnAirLamp::Light, light);
    QFETCH(QColor, back);
    const Theme theme(Palette::dark(), QApplication::font());
    OnAirLamp lamp(theme);
    lamp.setLight(light, u"On air"_s);
    QCOMPARE(lamp.light(), light);
    QCOMPARE(lamp.accessibleName(), u"On air"_s);
    const QSize size = lamp.sizeHint();
    lamp.resize(size);
    const QImage named = lamp.grab().toImage();
    QCOMPARE(named.pixelColor(theme.px(2), size.height() / 2), back); // left of the word
    lamp.setLight(light, u"Of"_s);
    QVERIFY(lamp.sizeHint().width() < size.width());
    lamp.resize(size);
    QVERIFY(lamp.grab().toImage() != named); // the word is painted
}
