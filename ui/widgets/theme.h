// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/palette.h"

#include <QFont>
#include <QString>

class QApplication;

namespace continuo {

/// Colours, sizes and fonts of the console. Sizes are those of a system font of 10 pt at 96 dpi and
/// grow with it. Made once in main() and passed by reference; it outlives every widget.
class Theme final {
public:
    /// \p systemFont decides the scale and the face.
    Theme(const Palette &palette, const QFont &systemFont);

    /// Sets palette, font and style sheet of Qt's own widgets.
    void apply(QApplication &application) const;

    const Palette &palette() const { return m_palette; }
    double scale() const { return m_scale; }
    /// \p pixels at 100 %, scaled.
    int px(double pixels) const;

    QFont text() const; ///< 13 px
    QFont strong() const; ///< 13 px, bold
    QFont name() const; ///< 14 px, bold: a channel's name
    QFont small() const; ///< 11 px: facts, units
    QFont heading() const; ///< 11 px, bold capitals, spaced
    QFont mark() const; ///< 10 px, bold capitals: state of a row, lamps
    QFont digits(double pixels = 13) const; ///< fixed width
    QFont clock() const; ///< 26 px, fixed width, bold

private:
    QFont sized(double pixels, QFont::Weight weight = QFont::Normal) const;
    QString styleSheet() const;

    Palette m_palette;
    QFont m_systemFont;
    double m_scale;
};

} // namespace continuo
