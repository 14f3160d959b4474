// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace continuo {

/// Every colour of the console by its role; no widget and no style sheet names another.
struct Palette {
    QColor background;
    QColor panel;
    QColor raised;
    QColor line;
    QColor text;
    QColor dim; ///< second in rank, still to be read
    QColor faint; ///< only for what may be missed
    QColor onAir;
    QColor onAirRow;
    QColor onAirText; ///< on onAir
    QColor next;
    QColor nextRow;
    QColor good;
    QColor warning;
    QColor fault;
    QColor accent;
    QColor selectedRow;
    QColor tube; ///< what fills a pipe
    QColor picture; ///< behind a picture

    static Palette dark();
    /// For Qt's own widgets: dialogs, menus, tool tips.
    QPalette toQPalette() const;
};

} // namespace continuo
