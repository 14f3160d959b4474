// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/onair/onair.h"

namespace continuo {

constexpr framecode::Rate kFps{30, 1}; ///< of the clips and of the channel

/// Six frame-coded clips of kFps and \p height lines (16:9), ten seconds each, of different make;
/// made once a build. Longer than a player decodes ahead, so that a killed player has frames left
/// to make.
Corpus faultClips(int height = 360);

} // namespace continuo
