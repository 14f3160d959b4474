// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/logoplace.h"
#include "core/media/clipfile.h"

#include <QString>

#include <cstdint>
#include <vector>

namespace continuo {

/// A logo in its place, as two house pictures (planes Y, U, V without padding).
struct LogoPicture {
    std::vector<std::uint8_t> colour; ///< BT.709 limited, not multiplied by alpha; black around it
    /// 0 to 255: of each pixel in the luma, the mean of four in both planes of colour.
    std::vector<std::uint8_t> alpha;
    QRect rect; ///< what the file's picture takes
    QString codec;
};

/// Draws the (first) picture of \p file. Its transparency is straight unless \p place says that its
/// colours are multiplied by it; OpenEXR's are. Errors: those of Demuxer::open() and of
/// LogoPlace::rectFor(), Unsupported (no picture in it), Corrupt (it does not decode).
Result<LogoPicture> drawLogo(const ClipFilePtr &file, const LogoPlace &place,
                             const HouseFormat &format);

} // namespace continuo
