// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <chrono>

namespace continuo {

/// A place in a clip as people write it, from its first picture on: HH:MM:SS:FF, where FF counts
/// the frames of \p rate (non-drop: at 29.97 fps 00:00:01:00 is frame 30, a little behind the first
/// second), or seconds, also behind minutes and hours (12.48, 1:02:03.5). A timecode is turned into
/// the microsecond from which microsecondsToFrames() comes back to its frame.
/// Errors: InvalidArgument, with what it must be.
Result<std::chrono::microseconds> parseTimecode(const QString &text, FrameRate rate);
/// HH:MM:SS:FF of the frame of \p rate that is closest to \p time.
QString timecodeText(std::chrono::microseconds time, FrameRate rate);

} // namespace continuo
