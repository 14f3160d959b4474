// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QJsonObject>
#include <QRect>
#include <QSize>

namespace continuo {

/// Where on the house picture a logo stands, how large it is, and how its file means its alpha.
struct LogoPlace {
    enum class Anchor { TopLeft, TopRight, BottomLeft, BottomRight, Free };

    /// A corner keeps 5 % of width and height to the edges (the graphics safe area of EBU R 95).
    Anchor anchor = Anchor::TopRight;
    int x = 0; ///< Free: pixels from the left edge of the picture to the logo's
    int y = 0; ///< Free: pixels from the upper edge
    double widthPercent = 0; ///< of the picture's width; 0: as many pixels as the file has
    bool isPremultiplied = false; ///< its colours are multiplied by its alpha already

    bool operator==(const LogoPlace &) const = default;

    /// The pixels that a logo of \p own pixels takes. Errors: InvalidArgument (larger than the
    /// picture, or beyond its edge there), with the sizes.
    Result<QRect> rectFor(QSize own, const HouseFormat &format) const;

    /// {"corner":"top-right"} or {"x","y"}, then "widthPercent" and "premultiplied" if they are
    /// set.
    QJsonObject toJson() const;
    /// What toJson() gave, or what a client asks for. Errors: InvalidArgument (no such corner, x
    /// without y, a corner and x, a width outside 0 to 100).
    static Result<LogoPlace> fromJson(const QJsonObject &object);
};

} // namespace continuo
