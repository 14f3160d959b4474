// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/avptr.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <span>

namespace continuo {

/// Pictures that the player draws itself.
enum class CardKind {
    Title, ///< for a clip without picture: its title
    Slate, ///< for a channel with nothing to play: its name, then other lines
};

/// Draws a card of \p lines (the first is the large one; long lines are broken and cut with an
/// ellipsis) as a house picture: yuv420p BT.709 limited. Without a usable font the card stays
/// without text, which is logged. Errors: Unsupported, NoSpace.
Result<FramePtr> drawCard(CardKind kind, const QStringList &lines, const HouseFormat &format);

/// Draws the digits of a slate's clock where SlateClockPlace has them. Errors: as drawCard();
/// Unsupported, too, where the picture is too small for them.
Result<FramePtr> drawClockDigits(const HouseFormat &format);

/// Writes \p card as planes without padding (Y, U, V) into \p planes, which hold a house picture.
void copyCard(const AVFrame &card, std::span<std::uint8_t> planes);

/// Breaks \p text into at most \p maxLines lines of at most \p maxColumns characters, at spaces
/// where possible; what does not fit is cut with an ellipsis.
QStringList wrapText(const QString &text, int maxColumns, int maxLines);

} // namespace continuo
