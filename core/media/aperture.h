// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/avptr.h"
#include "core/media/clipfile.h"

namespace continuo {

/// What of a picture is not meant to be seen, in its pixels.
struct Crop {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    bool isNothing() const { return left == 0 && top == 0 && right == 0 && bottom == 0; }

    friend bool operator==(const Crop &a, const Crop &b) = default;
};

struct Aperture {
    Crop crop;
    AVRational aspect{0, 1}; ///< of a pixel, where cropping changes what libavformat has made of it
};

/// What the container says: the clean aperture of QuickTime and MP4, PixelCrop of Matroska, which
/// FFmpeg 5.1 reads neither of. Nothing where it makes no sense. Reads some headers; of a damaged
/// file 10,000 at most.
Aperture apertureOf(const ClipFile &file, const AVFormatContext *format, const AVStream *stream);

} // namespace continuo
