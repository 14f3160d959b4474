// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/media/clipreader.h"

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace continuo {

/// Where in a clip a small picture of it is from.
enum class ThumbnailKind {
    Poster, ///< by which people know it: not black, where there is one that is not
    Head, ///< the first that is shown
    Tail, ///< the last
};

/// As it stands in JSON: "poster", "head", "tail".
QString thumbnailKindName(ThumbnailKind kind);

/// A small picture of a clip, as it is shown: upright, cropped, with square pixels, without the
/// bars that a house of another shape would put around it.
struct Thumbnail {
    ThumbnailKind kind = ThumbnailKind::Poster;
    std::int64_t atUs = 0; ///< place in the clip
    int width = 0; ///< even, as is height; the picture fills kThumbnailWidth or kThumbnailHeight
    int height = 0;
    std::vector<std::uint8_t> picture; ///< yuv420p of BT.709, limited, planes without padding

    /// {"kind","atUs","width","height","yuv"}, the last in base64.
    QJsonObject toJson() const;
};

constexpr int kThumbnailWidth = 160;
constexpr int kThumbnailHeight = 90;

/// Makes thumbnails of the house pictures of one clip. One thread.
class ThumbnailMaker final {
public:
    /// \p format is that of the pictures.
    ThumbnailMaker(const ClipFacts &facts, const HouseFormat &format);

    /// A card with words only is no picture: it has none.
    bool hasPictures() const { return m_width > 0; }
    Result<Thumbnail> make(ThumbnailKind kind, std::span<const std::uint8_t> picture,
                           std::int64_t atUs) const;
    /// How much there is to see: the standard deviation of the luma. Black has 0, fog 5.
    double contrast(std::span<const std::uint8_t> picture) const;

private:
    HouseFormat m_format;
    int m_x = 0; ///< what of the house picture is the clip's
    int m_y = 0;
    int m_width = 0;
    int m_height = 0;
};

/// A picture (yuv420p of BT.709, limited, planes without padding, even sides) as JPEG, as the
/// engine keeps it. Takes under a millisecond for a thumbnail. Errors: InvalidArgument (not as many
/// bytes as the size needs), Unsupported.
Result<QByteArray> encodeJpeg(std::span<const std::uint8_t> picture, int width, int height);

} // namespace continuo
