// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QString>

namespace continuo {

// What a person or a script may ask of the player about one clip, which is read inside the cell.
// Each prints to standard output and returns the exit status: 0, or 1 when the clip will not play.

/// Prints the filter graphs that the clip would be played through, as ffmpeg's -vf and -af take
/// them: "video: …" and "audio: …".
int printGraphs(const QString &path, const HouseFormat &format);
/// Prints what the clip is, as one JSON object; or {"failed":{…}}.
int printFacts(const QString &path, const HouseFormat &format);
/// Plays the clip from house frame \p from on to before \p until (-1: its end) as fast as it goes,
/// writes it as NUT (rawvideo, pcm_s16le) to \p output ("-": standard output; empty: nowhere) and
/// prints how it went as JSON to standard error.
int playThrough(const QString &path, const HouseFormat &format, const QString &output,
                std::int64_t from, std::int64_t until);
/// Prints which walls the cell has here, as JSON. Status 1 when it cannot be closed.
int printCell();

} // namespace continuo
