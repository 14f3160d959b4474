// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/barcode.h"

#include <QImage>
#include <QRect>

#include <optional>

/// What a person sees of the console in a picture of the screen, found by its colours.
class Screenshot final {
public:
    explicit Screenshot(QImage image);

    /// The row with the red edge, from the edge to as far as its red goes; nothing without one.
    std::optional<QRect> onAirRow() const;
    /// Row \p number, counted from the first of the list, when \p onAirNumber is the red one.
    std::optional<QRect> row(int number, int onAirNumber) const;
    /// Something stands in row \p number; the ground behind the last row is bare.
    bool hasRow(int number, int onAirNumber) const;
    /// The picture of the programme: the widest block that is not background, right of the list.
    std::optional<QRect> preview() const;
    /// The frame code in the programme's picture.
    framecode::ReadResult code() const;

    const QImage &image() const { return m_image; }

private:
    QImage m_image;
};
