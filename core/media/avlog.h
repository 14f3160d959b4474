// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace continuo {

/// Sends FFmpeg's log lines (warnings and worse) to the log category "media", at most 20 in ten
/// seconds; what was left out is counted. Call once, at the start of main(). Programs that open
/// addresses with keys in them must not use it unfiltered.
void routeAvLog();

} // namespace continuo
