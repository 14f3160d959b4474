// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/tst_theme.h"

#include "ui/widgets/theme.h"

#include <QApplication>
#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

double luminance(const QColor &color)
{
    const auto linear = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(double(color.redF())) + 0.7152 * linear(double(color.greenF()))
        + 0.0722 * linear(double(color.blueF()));
}

// WCAG 2.1, "contrast ratio".
double contrast(const QColor &a, const QColor &b)
{
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

} // namespace

void ThemeTest::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void ThemeTest::sizes_growWithTheSystemFont_data()
{
    QTest::addColumn<int>("pixels");
    QTest::addColumn<int>("rowHeight");
    QTest::newRow("Qt's fall-back") << 12 << 44;
    QTest::newRow("10 pt at 96 dpi") << 13 << 44;
    QTest::newRow("double") << 27 << 89;
}

void ThemeTest::sizes_growWithTheSystemFont()
{
    QFETCH(int, pixels);
    QFETCH(int, rowHeight);
    QFont font = QApplication::font();
    font.setPixelSize(pixels);
    QCOMPARE(Theme(Palette::dark(), font).px(44), rowHeight);
}

void ThemeTest::text_isReadable_data()
{
    QTest::addColumn<QColor>("ink");
    QTest::addColumn<QColor>("paper");
    const Palette palette = Palette::dark();
    const auto add = [](const char *name, const QColor &ink, const QColor &paper) {
        QTest::newRow(name) << ink << paper;
    };
    add("text", palette.text, palette.background);
    add("text on panel", palette.text, palette.panel);
    add("dim", palette.dim, palette.background);
    add("dim on panel", palette.dim, palette.panel);
    add("dim on air", palette.dim, palette.onAirRow);
    add("dim next", palette.dim, palette.nextRow);
    add("next", palette.next, palette.nextRow);
    add("on air", palette.fault, palette.onAirRow);
    add("fault", palette.fault, palette.background);
    add("fault on panel", palette.fault, palette.panel);
    add("selected", palette.text, palette.selectedRow);
}

void ThemeTest::text_isReadable()
{
    QFETCH(QColor, ink);
    QFETCH(QColor, paper);
    const double ratio = contrast(ink, paper); // WCAG AA for text
    QVERIFY2(ratio >= 4.5, qPrintable(QString::number(ratio)));
}

void ThemeTest::styleSheet_isFilledWhole()
{
    auto &application = *qobject_cast<QApplication *>(QCoreApplication::instance());
    Theme(Palette::dark(), QApplication::font()).apply(application);
    const QString sheet = application.styleSheet();
    QVERIFY(!sheet.isEmpty());
    QVERIFY(!sheet.contains(QRegularExpression(u"@[a-zA-Z]+@.*;|\\{[0-9]+\\}"_s)));
}
