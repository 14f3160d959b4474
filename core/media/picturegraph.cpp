// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picturegraph.h"

#include "core/media/averror.h"
#include "core/media/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
}

#include <QStringList>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Unspecified pictures up to 576 lines are taken for standard definition.
constexpr int kStandardDefinitionLines = 576;

QString orientationFilters(Orientation orientation)
{
    switch (orientation) {
    case Orientation::Upright:
        return {};
    case Orientation::FlippedHorizontally:
        return u"hflip"_s;
    case Orientation::FlippedVertically:
        return u"vflip"_s;
    case Orientation::Turned180:
        return u"hflip,vflip"_s;
    case Orientation::Clockwise:
        return u"transpose=clock"_s;
    case Orientation::CounterClockwise:
        return u"transpose=cclock"_s;
    case Orientation::Transposed:
        return u"transpose=cclock_flip"_s;
    case Orientation::AntiTransposed:
        return u"transpose=clock_flip"_s;
    }
    return {};
}

bool swapsSides(Orientation orientation)
{
    return orientation == Orientation::Clockwise || orientation == Orientation::CounterClockwise
        || orientation == Orientation::Transposed || orientation == Orientation::AntiTransposed;
}

bool isRgb(AVPixelFormat format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    return descriptor && (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

bool isGray(AVPixelFormat format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    return descriptor && descriptor->nb_components <= 2 && !isRgb(format);
}

bool isFullRange(const PictureShape &shape)
{
    switch (shape.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return true;
    default:
        // Gray pictures come from JPEG and PNG.
        return shape.range == AVCOL_RANGE_JPEG
            || (shape.range == AVCOL_RANGE_UNSPECIFIED && isGray(shape.format));
    }
}

/// The matrix as vf_scale names it.
QString matrixOf(const PictureShape &shape)
{
    switch (shape.space) {
    case AVCOL_SPC_BT709:
        return u"bt709"_s;
    case AVCOL_SPC_FCC:
        return u"fcc"_s;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return u"bt601"_s;
    case AVCOL_SPC_SMPTE240M:
        return u"smpte240m"_s;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return u"bt2020"_s;
    default:
        if (shape.colours.gamut == Colours::Gamut::Bt2020)
            return u"bt2020"_s;
        return shape.height <= kStandardDefinitionLines ? u"bt601"_s : u"bt709"_s;
    }
}

struct Size {
    int width;
    int height;
};

/// The even size within the house picture that keeps the shape of the upright source.
Size fittedSize(const PictureShape &shape, const HouseFormat &format)
{
    double width = shape.width;
    double height = shape.height;
    if (shape.aspect.num > 0 && shape.aspect.den > 0)
        width *= av_q2d(shape.aspect);
    if (swapsSides(shape.orientation))
        std::swap(width, height);
    const double factor = std::min(format.width / width, format.height / height);
    const auto even = [factor](double side, int limit) {
        return std::clamp(int(std::lround(side * factor / 2)) * 2, 2, limit);
    };
    return {even(width, format.width), even(height, format.height)};
}

// The format in which a transparent picture is composed: in its own colours, so that those need no
// second conversion, with as many samples of colour as of alpha.
AVPixelFormat composedFormat(const PictureShape &shape)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(shape.format);
    const int depth = descriptor ? descriptor->comp[0].depth : 8;
    if (isRgb(shape.format) || isGray(shape.format))
        return depth > 8 ? AV_PIX_FMT_GBRAP16 : AV_PIX_FMT_GBRAP;
    if (depth > 12)
        return AV_PIX_FMT_YUVA444P16;
    if (depth > 10)
        return AV_PIX_FMT_YUVA444P12;
    return depth > 8 ? AV_PIX_FMT_YUVA444P10 : AV_PIX_FMT_YUVA444P;
}

QString rateFilter(const HouseFormat &format)
{
    return u"fps=%1:round=near"_s.arg(format.rate.toString());
}

/// What is left of a picture, so that its chroma and its fields stay where they are.
struct Seen {
    int x;
    int y;
    int width;
    int height;
};

Seen seenOf(const PictureShape &shape)
{
    const int lines = shape.isInterlaced ? 4 : 2; // of both fields, for a line of chroma in each
    const Seen seen{shape.crop.left / 2 * 2, shape.crop.top / lines * lines, 0, 0};
    return {seen.x, seen.y, (shape.width - seen.x - shape.crop.right) / 2 * 2,
            (shape.height - seen.y - shape.crop.bottom) / 2 * 2};
}

PictureShape croppedShape(PictureShape shape)
{
    if (shape.crop.isNothing())
        return shape;
    const Seen seen = seenOf(shape);
    shape.width = seen.width;
    shape.height = seen.height;
    return shape;
}

/// What comes before the rest: cropping and deinterlacing, with a comma behind each.
QString beforeText(const PictureShape &shape)
{
    QString text;
    if (!shape.crop.isNothing()) {
        const Seen seen = seenOf(shape);
        text += u"crop=%1:%2:%3:%4,"_s.arg(seen.width).arg(seen.height).arg(seen.x).arg(seen.y);
    }
    if (shape.isInterlaced)
        text += u"bwdif=mode=%1:deint=interlaced,"_s.arg(shape.showsFields ? u"send_field"_s
                                                                           : u"send_frame"_s);
    return text;
}

/// The rest, for a picture that is cropped.
QString conformText(const PictureShape &given, const HouseFormat &format, RateRule rule)
{
    QStringList filters;
    PictureShape shape = given;
    if (rule == RateRule::DropFirst)
        filters += rateFilter(format);
    if (shape.isTransparent) {
        // What a transparent pixel hides must not be seen, nor bleed into its neighbours when it is
        // scaled. The filter takes black from the range that it is told.
        const AVPixelFormat composed = composedFormat(shape);
        const bool isFull = isRgb(composed) || isFullRange(shape);
        filters += u"format=%1"_s.arg(QString::fromLatin1(av_get_pix_fmt_name(composed)));
        filters += isFull ? u"setrange=full"_s : u"setrange=limited"_s;
        filters += u"premultiply=inplace=1"_s;
        shape.format = composed;
        shape.range = isFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    }
    const QString turn = orientationFilters(shape.orientation);
    const Size fitted = fittedSize(shape, format);
    // Turned where the picture is smaller: before it is enlarged, after it is reduced.
    const bool turnsFirst = fitted.width * fitted.height >= shape.width * shape.height;
    const bool isSwapped = swapsSides(shape.orientation);
    const Size source = isSwapped && turnsFirst ? Size{shape.height, shape.width}
                                                : Size{shape.width, shape.height};
    const Size scaled = isSwapped && !turnsFirst ? Size{fitted.height, fitted.width} : fitted;
    if (turnsFirst && !turn.isEmpty())
        filters += turn;
    const bool sameSize = scaled.width == source.width && scaled.height == source.height;
    const bool hasMatrix = !isRgb(shape.format) && !isGray(shape.format);
    const bool isMapped = !shape.colours.areTheHouses();
    const QString due = isMapped ? u"bt2020"_s : u"bt709"_s;
    // From matrix to matrix the scaler goes by RGB of 8 bits and rounds twice: saturated colours of
    // 601 came out darker by more than 3 codes. The filter for it takes half a millisecond more a
    // 720p frame, the scaler's own exact way (accurate_rnd+full_chroma_int) four.
    const bool isOtherMatrix = hasMatrix && !isMapped && matrixOf(shape) != due;
    const QString matrix = isOtherMatrix ? matrixOf(shape) : due;
    const bool sameColours = shape.format == (isMapped ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P)
        && !isFullRange(shape) && matrixOf(shape) == matrix;
    if (!sameSize || !sameColours) {
        QString scale = u"scale=%1:%2:flags=bicubic"_s.arg(scaled.width).arg(scaled.height);
        if (hasMatrix)
            scale += u":in_color_matrix=%1"_s.arg(matrixOf(shape));
        scale += u":out_color_matrix="_s + matrix;
        if (!isRgb(shape.format))
            scale += isFullRange(shape) ? u":in_range=full"_s : u":in_range=limited"_s;
        scale += u":out_range=limited"_s;
        filters += scale;
    }
    filters += isMapped ? u"format=yuv420p10"_s : u"format=yuv420p"_s;
    if (isOtherMatrix)
        filters += u"colormatrix=%1:%2"_s.arg(matrix, due);
    if (!turnsFirst && !turn.isEmpty())
        filters += turn;
    if (fitted.width != format.width || fitted.height != format.height)
        filters += u"pad=%1:%2:%3:%4:black"_s.arg(format.width)
                       .arg(format.height)
                       .arg((format.width - fitted.width) / 4 * 2)
                       .arg((format.height - fitted.height) / 4 * 2);
    filters += u"setsar=1"_s;
    if (rule == RateRule::RepeatLast)
        filters += rateFilter(format);
    return filters.join(u',');
}

} // namespace

Orientation orientationFromMatrix(const std::int32_t *matrix)
{
    // x' = a*x + c*y, y' = b*x + d*y with x to the right and y down; only the signs matter, and
    // that one diagonal is zero (to a degree).
    const double a = matrix[0];
    const double b = matrix[1];
    const double c = matrix[3];
    const double d = matrix[4];
    const double straight = std::min(std::abs(a), std::abs(d));
    const double crossed = std::min(std::abs(b), std::abs(c));
    constexpr double kDegree = 0.0175;
    if (straight > 0 && std::max(std::abs(b), std::abs(c)) <= kDegree * straight) {
        if (a > 0)
            return d > 0 ? Orientation::Upright : Orientation::FlippedVertically;
        return d > 0 ? Orientation::FlippedHorizontally : Orientation::Turned180;
    }
    if (crossed > 0 && std::max(std::abs(a), std::abs(d)) <= kDegree * crossed) {
        if (b > 0)
            return c < 0 ? Orientation::Clockwise : Orientation::Transposed;
        return c > 0 ? Orientation::CounterClockwise : Orientation::AntiTransposed;
    }
    return Orientation::Upright;
}

Orientation orientationFromExif(int tag)
{
    constexpr std::array kByTag{Orientation::Upright,        Orientation::FlippedHorizontally,
                                Orientation::Turned180,      Orientation::FlippedVertically,
                                Orientation::Transposed,     Orientation::Clockwise,
                                Orientation::AntiTransposed, Orientation::CounterClockwise};
    return tag >= 1 && tag <= 8 ? kByTag[std::size_t(tag) - 1] : Orientation::Upright;
}

int orientationDegrees(Orientation orientation)
{
    switch (orientation) {
    case Orientation::Turned180:
        return 180;
    case Orientation::Clockwise:
    case Orientation::AntiTransposed:
        return 90;
    case Orientation::CounterClockwise:
    case Orientation::Transposed:
        return 270;
    default:
        return 0;
    }
}

PictureShape shapeOf(const AVFrame *frame, AVRational streamAspect)
{
    PictureShape shape;
    shape.width = frame->width;
    shape.height = frame->height;
    shape.format = AVPixelFormat(frame->format);
    shape.aspect = frame->sample_aspect_ratio.num > 0 ? frame->sample_aspect_ratio : streamAspect;
    if (shape.aspect.num <= 0 || shape.aspect.den <= 0)
        shape.aspect = {1, 1};
    shape.space = frame->colorspace;
    shape.range = frame->color_range;
    shape.colours = coloursOf(frame);
    shape.isInterlaced = frame->interlaced_frame != 0;
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(shape.format);
    shape.isTransparent = descriptor && (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA);
    return shape;
}

bool isUnseen(const AVFrame *frame)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(AVPixelFormat(frame->format));
    if (!descriptor || !(descriptor->flags & AV_PIX_FMT_FLAG_ALPHA)
        || (descriptor->flags & AV_PIX_FMT_FLAG_BITSTREAM))
        return false;
    if (descriptor->flags & AV_PIX_FMT_FLAG_PAL) {
        const std::span palette(reinterpret_cast<const std::uint32_t *>(frame->data[1]), 256);
        return std::ranges::none_of(palette, [](std::uint32_t argb) { return argb >> 24; });
    }
    const AVComponentDescriptor &alpha = descriptor->comp[descriptor->nb_components - 1];
    const int bytes = (alpha.depth + 7) / 8;
    for (int y = 0; y < frame->height; ++y) {
        const std::uint8_t *pixel = frame->data[alpha.plane]
            + std::ptrdiff_t(y) * frame->linesize[alpha.plane] + alpha.offset;
        for (int x = 0; x < frame->width; ++x, pixel += alpha.step) {
            if (std::any_of(pixel, pixel + bytes, [](std::uint8_t value) { return value != 0; }))
                return false;
        }
    }
    return true;
}

QString pictureGraphText(const PictureShape &shape, const HouseFormat &format, RateRule rule)
{
    return beforeText(shape) + conformText(croppedShape(shape), format, rule);
}

Result<PictureGraph> PictureGraph::build(const PictureShape &shape, const HouseFormat &format,
                                         RateRule rule, AVRational timeBase, int threads,
                                         std::int64_t pictureTicks)
{
    PictureGraph built;
    built.m_text = pictureGraphText(shape, format, rule);
    built.m_pictureTicks = pictureTicks;
    if (!shape.showsFields) {
        Result<Stage> stage = makeStage(shape, timeBase, built.m_text, threads);
        if (!stage)
            return stage.error();
        built.m_stage = std::move(stage).value();
        return built;
    }
    QString before = beforeText(shape);
    before.chop(1);
    Result<Stage> fields = makeStage(shape, timeBase, before, threads);
    if (!fields)
        return fields.error();
    built.m_fields = std::move(fields).value();
    const PictureShape seen = croppedShape(shape);
    Result<Stage> stage = makeStage(seen, av_buffersink_get_time_base(built.m_fields->sink),
                                    conformText(seen, format, rule), threads);
    if (!stage)
        return stage.error();
    built.m_stage = std::move(stage).value();
    return built;
}

Result<PictureGraph::Stage> PictureGraph::makeStage(const PictureShape &shape, AVRational timeBase,
                                                    const QString &text, int threads)
{
    Stage stage;
    stage.graph.reset(avfilter_graph_alloc());
    if (!stage.graph)
        return errorFromAv(AVERROR(ENOMEM), u"make a filter graph"_s);
    AVFilterGraph *graph = stage.graph.get();
    graph->nb_threads = threads;
    Result<AVFilterContext *> source = addFilter(
        graph, "buffer", u"in"_s,
        u"video_size=%1x%2:pix_fmt=%3:time_base=%4/%5:pixel_aspect=%6/%7"_s.arg(shape.width)
            .arg(shape.height)
            .arg(int(shape.format))
            .arg(timeBase.num)
            .arg(timeBase.den)
            .arg(shape.aspect.num)
            .arg(shape.aspect.den));
    if (!source)
        return source.error();
    Result<AVFilterContext *> sink = addFilter(graph, "buffersink", u"out"_s, QString());
    if (!sink)
        return sink.error();
    stage.source = source.value();
    stage.sink = sink.value();
    if (Result<void> connected = connectFilters(graph, stage.source, stage.sink, text); !connected)
        return connected.error();
    return stage;
}

Result<void> PictureGraph::push(AVFrame *frame)
{
    if (m_fields)
        m_pts.push_back(frame->pts);
    const int pushed
        = av_buffersrc_add_frame_flags(m_fields ? m_fields->source : m_stage.source, frame, 0);
    if (pushed < 0)
        return errorFromAv(pushed, u"filter a picture"_s);
    return {};
}

void PictureGraph::close(std::int64_t endPts)
{
    m_endPts = endPts;
    // With a null frame instead, the rate filter would not know how long the last picture lasts.
    av_buffersrc_close(m_fields ? m_fields->source : m_stage.source, endPts, 0);
}

Result<std::optional<FramePtr>> PictureGraph::Stage::pull()
{
    FramePtr frame(av_frame_alloc());
    if (!frame)
        return errorFromAv(AVERROR(ENOMEM), u"filter a picture"_s);
    const int pulled = av_buffersink_get_frame(sink, frame.get());
    if (pulled == AVERROR_EOF)
        hasEnded = true;
    if (pulled == AVERROR_EOF || pulled == AVERROR(EAGAIN))
        return std::optional<FramePtr>();
    if (pulled < 0)
        return errorFromAv(pulled, u"filter a picture"_s);
    return std::optional<FramePtr>(std::move(frame));
}

Result<std::optional<FramePtr>> PictureGraph::pull()
{
    for (;;) {
        Result<std::optional<FramePtr>> pulled = m_stage.pull();
        if (!pulled || pulled.value() || m_stage.hasEnded || !m_fields)
            return pulled;
        Result<bool> moved = moveField();
        if (!moved)
            return moved.error();
        if (!moved.value())
            return std::optional<FramePtr>();
    }
}

Result<bool> PictureGraph::moveField()
{
    if (m_fields->hasEnded)
        return false;
    Result<std::optional<FramePtr>> field = m_fields->pull();
    if (!field)
        return field.error();
    if (m_fields->hasEnded) {
        av_buffersrc_close(m_stage.source, 2 * m_endPts, 0);
        return true;
    }
    if (!field.value())
        return false;
    placeField(field.value()->get());
    const int pushed = av_buffersrc_add_frame_flags(m_stage.source, field.value()->get(), 0);
    if (pushed < 0)
        return errorFromAv(pushed, u"filter a picture"_s);
    return true;
}

void PictureGraph::placeField(AVFrame *field)
{
    if (!m_pts.empty() && field->pts == 2 * m_pts.front()) {
        m_firstField = field->pts;
        m_pts.pop_front();
        return;
    }
    // bwdif has the second field midway to the next picture, also across a hole between them, and
    // has the last one guess from the one before.
    const std::int64_t sinceFirst = field->pts - m_firstField;
    if (m_pictureTicks > 0 && (sinceFirst <= 0 || 2 * sinceFirst > 3 * m_pictureTicks))
        field->pts = m_firstField + m_pictureTicks;
}

} // namespace continuo
