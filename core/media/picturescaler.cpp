// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picturescaler.h"

using namespace Qt::StringLiterals;

namespace continuo {

SourcePicture SourcePicture::packed(const std::uint8_t *picture, int width, int height)
{
    const std::ptrdiff_t luma = std::ptrdiff_t(width) * height;
    return {{picture, picture + luma, picture + luma + luma / 4},
            {width, width / 2, width / 2},
            width,
            height};
}

Result<void> PictureScaler::scale(const SourcePicture &from,
                                  const std::array<std::uint8_t *, 3> &to,
                                  const std::array<int, 3> &stride, int width, int height)
{
    if (from.width < 2 || from.height < 2 || width < 2 || height < 2)
        return Error{ErrorCode::InvalidArgument,
                     u"cannot scale %1x%2 to %3x%4"_s.arg(from.width)
                         .arg(from.height)
                         .arg(width)
                         .arg(height),
                     0};
    const std::array<int, 4> sizes{from.width, from.height, width, height};
    if (!m_context || sizes != m_sizes) {
        const AVPixelFormat format
            = m_target == Target::Rgb32 ? AV_PIX_FMT_RGB32 : AV_PIX_FMT_YUV420P;
        m_context.reset(sws_getContext(from.width, from.height, AV_PIX_FMT_YUV420P, width, height,
                                       format, SWS_FAST_BILINEAR, nullptr, nullptr, nullptr));
        if (!m_context)
            return Error{ErrorCode::Unsupported, u"libswscale cannot scale the picture"_s, 0};
        // House pictures are BT.709 limited; the default would be BT.601.
        const int *table = sws_getCoefficients(SWS_CS_ITU709);
        const int fullRange = m_target == Target::Rgb32 ? 1 : 0;
        sws_setColorspaceDetails(m_context.get(), table, 0, table, fullRange, 0, 1 << 16, 1 << 16);
        m_sizes = sizes;
    }
    sws_scale(m_context.get(), from.data.data(), from.stride.data(), 0, from.height, to.data(),
              stride.data());
    return {};
}

} // namespace continuo
