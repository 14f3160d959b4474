// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/onair/onair.h"

namespace continuo {

/// Six frame-coded clips of \p height lines (16:9), ten seconds each, of different make; made once
/// a build. Longer than a player decodes ahead, so that a killed player has frames left to make.
Corpus faultClips(framecode::Rate fps, int height = 360);

} // namespace continuo
