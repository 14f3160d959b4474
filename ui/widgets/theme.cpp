// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QHash>
#include <QStyleFactory>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// 10 pt at 96 dpi. Qt's own fall-back without a desktop is 9 pt: that must not shrink the console.
constexpr double kReferencePixels = 10.0 * 96.0 / 72.0;

} // namespace

Theme::Theme(const Palette &palette, const QFont &systemFont)
    : m_palette(palette)
    , m_systemFont(systemFont)
    , m_scale(std::clamp(double(QFontInfo(systemFont).pixelSize()) / kReferencePixels, 1.0, 3.0))
{
}

void Theme::apply(QApplication &application) const
{
    // Fusion follows a palette faithfully; a desktop's own style may not.
    QApplication::setStyle(QStyleFactory::create(u"Fusion"_s));
    QApplication::setPalette(m_palette.toQPalette());
    QApplication::setFont(text());
    application.setStyleSheet(styleSheet());
}

int Theme::px(double pixels) const
{
    return int(std::lround(pixels * m_scale));
}

QFont Theme::sized(double pixels, QFont::Weight weight) const
{
    QFont font = m_systemFont;
    font.setPixelSize(px(pixels));
    font.setWeight(weight);
    return font;
}

QFont Theme::text() const
{
    return sized(13);
}

QFont Theme::strong() const
{
    return sized(13, QFont::Bold);
}

QFont Theme::name() const
{
    return sized(14, QFont::Bold);
}

QFont Theme::small() const
{
    return sized(11);
}

QFont Theme::heading() const
{
    QFont font = sized(11, QFont::Bold);
    font.setCapitalization(QFont::AllUppercase);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.8 * m_scale);
    return font;
}

QFont Theme::mark() const
{
    QFont font = sized(10, QFont::Bold);
    font.setCapitalization(QFont::AllUppercase);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.4 * m_scale);
    return font;
}

QFont Theme::digits(double pixels) const
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(px(pixels));
    return font;
}

QFont Theme::clock() const
{
    QFont font = digits(26);
    font.setWeight(QFont::Bold);
    return font;
}

// The sheet names roles ("@raised@") and sizes at 100 % ("{8}"); both are filled in here.
QString Theme::styleSheet() const
{
    QFile file(u":/style/console.qss"_s);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const QHash<QString, QColor> roles{
        {u"background"_s, m_palette.background},
        {u"panel"_s, m_palette.panel},
        {u"raised"_s, m_palette.raised},
        {u"line"_s, m_palette.line},
        {u"text"_s, m_palette.text},
        {u"dim"_s, m_palette.dim},
        {u"faint"_s, m_palette.faint},
        {u"accent"_s, m_palette.accent},
        {u"selectedRow"_s, m_palette.selectedRow},
    };
    for (auto role = roles.constBegin(); role != roles.constEnd(); ++role)
        sheet.replace(u'@' + role.key() + u'@', role.value().name());
    for (const int size : {1, 2, 3, 4, 6, 8, 10, 11, 12, 14, 16, 18, 24, 48})
        sheet.replace(u"{%1}"_s.arg(size), u"%1px"_s.arg(std::max(1, px(size))));
    return sheet;
}

} // namespace continuo
