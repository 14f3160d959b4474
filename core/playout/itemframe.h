// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/airframe.h"
#include "core/playout/clipsource.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace continuo {

/// Frame \p itemFrame of \p source as frame \p number of the channel, with its sound; null when it
/// is not there. Its slot stays as long as the frame lives. \p own: its picture, which may be drawn
/// into as long as nobody else has it.
std::shared_ptr<AirFrame> frameOfItem(ClipSource &source, std::int64_t itemFrame,
                                      std::int64_t number, FrameRate rate, std::uint8_t **own);

/// What it would sound there; empty when it is not there.
std::vector<std::int16_t> soundOfItem(ClipSource &source, std::int64_t itemFrame,
                                      std::int64_t number, FrameRate rate);

} // namespace continuo
