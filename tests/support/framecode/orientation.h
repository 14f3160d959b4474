// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/outcome.h"

#include <QString>

namespace framecode {

/// Writes into the picture's track header of a finished MP4 or MOV, or into a JPEG's EXIF, how a
/// player must show it: turned clockwise by 0, 90, 180 or 270 degrees, then with left and right
/// exchanged. (ffmpeg 5.1 writes no mirror, and a rotation only while it copies.)
Outcome<Done> setOrientation(const QString &file, int turnClockwise, bool isMirrored);

} // namespace framecode
