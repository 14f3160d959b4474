// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/aperture.h"
#include "core/media/avptr.h"
#include "core/media/colourmap.h"

#include <QString>

#include <cstdint>
#include <deque>
#include <optional>

namespace continuo {

/// How a picture has to be turned and mirrored to stand upright, as filters.
enum class Orientation {
    Upright,
    FlippedHorizontally,
    FlippedVertically,
    Turned180,
    Clockwise, ///< a quarter turn
    CounterClockwise,
    Transposed, ///< counter-clockwise, then flipped vertically
    AntiTransposed, ///< clockwise, then flipped vertically
};

/// The orientation that a display matrix (9 values, libavutil/display.h) asks for; what is no
/// quarter turn counts as upright.
Orientation orientationFromMatrix(const std::int32_t *matrix);
/// The orientation of an EXIF Orientation tag (1 to 8); others count as upright.
Orientation orientationFromExif(int tag);
/// Degrees clockwise of the turn in it (0, 90, 180, 270), mirrors left out.
int orientationDegrees(Orientation orientation);

/// What decides how a picture must be conformed.
struct PictureShape {
    int width = 0;
    int height = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    AVRational aspect{1, 1}; ///< of a pixel
    Crop crop;
    AVColorSpace space = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    Colours colours; ///< where they are not the house's, ColourMap has to follow
    Orientation orientation = Orientation::Upright;
    bool isInterlaced = false;
    bool showsFields = false; ///< a picture for each field, else one for both
    bool isTransparent = false; ///< in places: it is shown over black

    friend bool operator==(const PictureShape &a, const PictureShape &b)
    {
        return a.width == b.width && a.height == b.height && a.format == b.format
            && av_cmp_q(a.aspect, b.aspect) == 0 && a.crop == b.crop && a.space == b.space
            && a.range == b.range && a.colours == b.colours && a.orientation == b.orientation
            && a.isInterlaced == b.isInterlaced && a.showsFields == b.showsFields
            && a.isTransparent == b.isTransparent;
    }
};

/// The shape of a decoded frame; \p streamAspect holds where the frame has none.
PictureShape shapeOf(const AVFrame *frame, AVRational streamAspect);
/// No pixel of the frame can be seen, which means that what wrote it has left alpha out. False for
/// formats without alpha.
bool isUnseen(const AVFrame *frame);

/// Sides in pixels.
struct PictureSize {
    int width = 0;
    int height = 0;
};
/// What such a picture takes of a house picture, in the middle of it; the rest is black.
PictureSize fittedPicture(const PictureShape &shape, const HouseFormat &format);

/// Whether the graph also lays the pictures on the house frame rate.
enum class RateRule {
    None, ///< one picture: cover art, still
    DropFirst, ///< the source is faster: frames are dropped before they are scaled
    RepeatLast, ///< the source is slower: frames are repeated after they were scaled
};

/// The filters that bring a picture to the house format: crop, deinterlace if interlaced (into
/// pictures, or into fields), compose over black if transparent, turn, square pixels, scale to fit
/// at an even size, pad with black, BT.709 limited yuv420p, frame rate. As `ffmpeg -vf` takes it.
/// Where colours are to be mapped, yuv420p10 with the matrix of BT.2020 in place of yuv420p.
QString pictureGraphText(const PictureShape &given, const HouseFormat &format, RateRule rule);

/// One such graph at work. Timestamps in are in the time base given, relative to item zero; out
/// they are house frames (RateRule::None: unchanged). One thread owns it.
class PictureGraph final {
public:
    /// \p pictureTicks: how long a picture lasts in that time base, 0 where unknown; for fields.
    /// Errors: Unsupported (this FFmpeg lacks a filter, or cannot convert the format), NoSpace.
    static Result<PictureGraph> build(const PictureShape &shape, const HouseFormat &format,
                                      RateRule rule, AVRational timeBase, int threads,
                                      std::int64_t pictureTicks = 0);

    /// Takes over the frame's buffers. Errors: Corrupt, NoSpace.
    Result<void> push(AVFrame *frame);
    /// Nothing more comes; the last picture lasts until \p endPts.
    void close(std::int64_t endPts);
    /// The next conformed picture; nothing when more must be pushed, or after the end.
    Result<std::optional<FramePtr>> pull();
    bool hasEnded() const { return m_stage.hasEnded; } ///< closed and all pulled
    const QString &text() const { return m_text; }

private:
    /// Filters between two ends.
    struct Stage {
        GraphPtr graph;
        AVFilterContext *source = nullptr; // owned by graph
        AVFilterContext *sink = nullptr; // owned by graph
        bool hasEnded = false;

        Result<std::optional<FramePtr>> pull();
    };

    PictureGraph() = default;

    static Result<Stage> makeStage(const PictureShape &shape, AVRational timeBase,
                                   const QString &text, int threads);
    Result<bool> moveField();
    void placeField(AVFrame *field);

    QString m_text;
    std::optional<Stage> m_fields; ///< before the others; its pictures are to be placed in time
    Stage m_stage;
    std::int64_t m_pictureTicks = 0;
    std::int64_t m_endPts = 0;
    std::deque<std::int64_t> m_pts; ///< of pictures whose first field is still to come
    std::int64_t m_firstField = 0; ///< when the last one is shown, in half ticks
};

} // namespace continuo
