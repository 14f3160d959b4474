// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/palette.h"

namespace continuo {

Palette Palette::dark()
{
    Palette palette;
    palette.background = QColor(0x14, 0x17, 0x1c);
    palette.panel = QColor(0x1b, 0x1f, 0x26);
    palette.raised = QColor(0x23, 0x29, 0x32);
    palette.line = QColor(0x2f, 0x37, 0x42);
    palette.text = QColor(0xe6, 0xea, 0xf0);
    palette.dim = QColor(0x97, 0xa3, 0xb3);
    palette.faint = QColor(0x66, 0x71, 0x7f);
    palette.onAir = QColor(0xe5, 0x48, 0x4d);
    palette.onAirRow = QColor(0x3a, 0x1a, 0x1e);
    palette.onAirText = QColor(0xff, 0xff, 0xff);
    palette.next = QColor(0xf0, 0xb4, 0x29);
    palette.nextRow = QColor(0x33, 0x2a, 0x14);
    palette.good = QColor(0x3f, 0xb2, 0x7f);
    palette.warning = QColor(0xf0, 0xb4, 0x29);
    palette.fault = QColor(0xff, 0x8b, 0x8f);
    palette.accent = QColor(0x5a, 0xa9, 0xe6);
    palette.selectedRow = QColor(0x1d, 0x2c, 0x3a);
    palette.tube = QColor(0x2f, 0x6f, 0xa3);
    palette.picture = QColor(0x08, 0x09, 0x0b);
    return palette;
}

QPalette Palette::toQPalette() const
{
    QPalette result;
    result.setColor(QPalette::Window, background);
    result.setColor(QPalette::WindowText, text);
    result.setColor(QPalette::Base, background);
    result.setColor(QPalette::AlternateBase, panel);
    result.setColor(QPalette::Text, text);
    result.setColor(QPalette::PlaceholderText, faint);
    result.setColor(QPalette::Button, raised);
    result.setColor(QPalette::ButtonText, text);
    result.setColor(QPalette::BrightText, onAirText);
    result.setColor(QPalette::ToolTipBase, raised);
    result.setColor(QPalette::ToolTipText, text);
    result.setColor(QPalette::Highlight, selectedRow);
    result.setColor(QPalette::HighlightedText, text);
    result.setColor(QPalette::Link, accent);
    result.setColor(QPalette::LinkVisited, accent);
    result.setColor(QPalette::Light, line);
    result.setColor(QPalette::Midlight, raised);
    result.setColor(QPalette::Mid, line);
    result.setColor(QPalette::Dark, background);
    result.setColor(QPalette::Shadow, picture);
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        result.setColor(QPalette::Disabled, role, faint);
    return result;
}

} // namespace continuo
