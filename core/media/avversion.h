// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavcodec/version.h>
#include <libavfilter/version.h>
#include <libavformat/version.h>
}

#include <cstdint>

// Written against FFmpeg 5.1 (Debian 12): channel layouts as AVChannelLayout came with it.
static_assert(LIBAVCODEC_VERSION_MAJOR >= 59, "FFmpeg 5.1 or later is needed");

namespace continuo {

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using AvioWriteData = const std::uint8_t *; // FFmpeg 7 made the payload const
#else
using AvioWriteData = std::uint8_t *;
#endif

} // namespace continuo
