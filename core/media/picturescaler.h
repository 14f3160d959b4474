// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/media/avptr.h"

#include <array>
#include <cstdint>

namespace continuo {

/// Three planes of yuv420p to read from, with their strides in bytes.
struct SourcePicture {
    std::array<const std::uint8_t *, 3> data{};
    std::array<int, 3> stride{};
    int width = 0;
    int height = 0;

    /// The planes of a picture without padding (a frame-store slot, a preview picture).
    static SourcePicture packed(const std::uint8_t *picture, int width, int height);
};

/// Scales house pictures for people to look at: quick, not for air. One thread.
class PictureScaler final {
public:
    enum class Target {
        Yuv420p, ///< for the preview ring
        Rgb32, ///< 0xffRRGGBB in the machine's byte order, as QImage::Format_RGB32 has it
    };

    explicit PictureScaler(Target target)
        : m_target(target)
    {
    }

    /// Scales \p from to \p width x \p height. Yuv420p: \p to has the three planes; Rgb32: plane 0
    /// only. The caller owns all memory. Sizes may change from call to call.
    /// Errors: InvalidArgument (a size of nothing), Unsupported.
    Result<void> scale(const SourcePicture &from, const std::array<std::uint8_t *, 3> &to,
                       const std::array<int, 3> &stride, int width, int height);

private:
    Target m_target;
    SwsPtr m_context;
    std::array<int, 4> m_sizes{}; ///< those that m_context was made for
};

} // namespace continuo
