// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/logopicture.h"

#include "core/media/averror.h"
#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "core/media/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
}

#include <QStringList>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// BT.709, and its limited range in 8 bits.
constexpr double kRed = 0.2126;
constexpr double kGreen = 0.7152;
constexpr double kBlue = 0.0722;

bool hasAlpha(const AVFrame &frame)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
    return descriptor && (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA);
}

Result<FramePtr> decodeFirst(Demuxer &demuxer)
{
    Result<Decoder> decoder = Decoder::open(demuxer, Track::Picture, {});
    if (!decoder)
        return decoder.error();
    FramePtr frame(av_frame_alloc());
    if (!frame)
        return errorFromAv(AVERROR(ENOMEM), u"decode the logo"_s);
    if (decoder->next(frame.get()) != Decoder::Outcome::Frame)
        return Error{ErrorCode::Corrupt, u"its picture is damaged and cannot be decoded"_s, 0};
    frame->pts = 0;
    return frame;
}

// As planes of G, B, R and A, multiplied by A: only so what a transparent pixel hides does not
// bleed into its neighbours when the picture is scaled, or when four pixels share a sample of
// colour.
Result<FramePtr> premultiplied(AVFrame *frame, bool isStraight, QSize size)
{
    GraphPtr graph(avfilter_graph_alloc());
    if (!graph)
        return errorFromAv(AVERROR(ENOMEM), u"convert the logo"_s);
    graph->nb_threads = 1;
    Result<AVFilterContext *> source = addFilter(
        graph.get(), "buffer", u"in"_s,
        u"video_size=%1x%2:pix_fmt=%3:time_base=1/25:pixel_aspect=1/1"_s.arg(frame->width)
            .arg(frame->height)
            .arg(frame->format));
    if (!source)
        return source.error();
    Result<AVFilterContext *> sink = addFilter(graph.get(), "buffersink", u"out"_s, QString());
    if (!sink)
        return sink.error();
    QStringList filters{u"format=gbrap"_s, u"setrange=full"_s};
    if (isStraight)
        filters += u"premultiply=inplace=1"_s;
    if (size != QSize(frame->width, frame->height))
        // Else it takes the colour of every second pixel only, also of RGB.
        filters += u"scale=%1:%2:flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int"_s
                       .arg(size.width())
                       .arg(size.height());
    filters += u"format=gbrap"_s;
    if (Result<void> connected
        = connectFilters(graph.get(), source.value(), sink.value(), filters.join(u','));
        !connected)
        return connected.error();
    if (const int pushed = av_buffersrc_add_frame_flags(source.value(), frame, 0); pushed < 0)
        return errorFromAv(pushed, u"convert the logo"_s);
    av_buffersrc_close(source.value(), 1, 0);
    FramePtr converted(av_frame_alloc());
    if (!converted)
        return errorFromAv(AVERROR(ENOMEM), u"convert the logo"_s);
    if (const int pulled = av_buffersink_get_frame(sink.value(), converted.get()); pulled < 0)
        return errorFromAv(pulled, u"convert the logo"_s);
    return converted;
}

// Sums of pixels, multiplied by their alpha.
struct Light {
    int red = 0;
    int green = 0;
    int blue = 0;
    int alpha = 0;

    void add(const Light &other)
    {
        red += other.red;
        green += other.green;
        blue += other.blue;
        alpha += other.alpha;
    }
    // Y, Cb, Cr of their mean, alpha divided out. There is some.
    double luma() const { return (kRed * red + kGreen * green + kBlue * blue) / alpha; }
    std::uint8_t y() const { return std::uint8_t(std::lround(16 + 219 * luma())); }
    std::uint8_t cb() const
    {
        const double difference = (double(blue) / alpha - luma()) / (2 * (1 - kBlue));
        return std::uint8_t(std::lround(128 + 224 * difference));
    }
    std::uint8_t cr() const
    {
        const double difference = (double(red) / alpha - luma()) / (2 * (1 - kRed));
        return std::uint8_t(std::lround(128 + 224 * difference));
    }
};

class Canvas {
public:
    Canvas(const AVFrame &frame, bool isOpaque, const QRect &rect)
        : m_frame(frame)
        , m_isOpaque(isOpaque)
        , m_rect(rect)
    {
    }

    // The pixel of the house picture; nothing outside of the logo.
    Light at(int x, int y) const
    {
        if (!m_rect.contains(x, y))
            return {};
        const auto sample = [&](int plane) {
            return int(m_frame.data[plane][std::ptrdiff_t(y - m_rect.y()) * m_frame.linesize[plane]
                                           + x - m_rect.x()]);
        };
        const int alpha = m_isOpaque ? 255 : sample(3);
        // Scaling overshoots at edges, and files may hold anything.
        const auto light = [&](int plane) { return std::min(sample(plane), alpha); };
        return {light(2), light(0), light(1), alpha};
    }

private:
    const AVFrame &m_frame;
    const bool m_isOpaque;
    const QRect m_rect;
};

void compose(const Canvas &canvas, const HouseFormat &format, LogoPicture &picture)
{
    const std::size_t width = std::size_t(format.width);
    const std::size_t luma = width * std::size_t(format.height);
    picture.colour.assign(luma * 3 / 2, 128);
    std::fill_n(picture.colour.begin(), luma, std::uint8_t(16));
    picture.alpha.assign(luma * 3 / 2, 0);
    const QRect &rect = picture.rect;
    // In blocks of four pixels, which share their colour.
    for (int y = rect.top() & ~1; y <= rect.bottom(); y += 2) {
        for (int x = rect.left() & ~1; x <= rect.right(); x += 2) {
            Light sum;
            for (const QPoint pixel :
                 {QPoint(x, y), QPoint(x + 1, y), QPoint(x, y + 1), QPoint(x + 1, y + 1)}) {
                const Light light = canvas.at(pixel.x(), pixel.y());
                if (light.alpha == 0)
                    continue;
                const std::size_t at = std::size_t(pixel.y()) * width + std::size_t(pixel.x());
                picture.colour[at] = light.y();
                picture.alpha[at] = std::uint8_t(light.alpha);
                sum.add(light);
            }
            if (sum.alpha == 0)
                continue;
            const std::size_t at = luma + std::size_t(y / 2) * (width / 2) + std::size_t(x / 2);
            picture.colour[at] = sum.cb();
            picture.colour[at + luma / 4] = sum.cr();
            picture.alpha[at] = picture.alpha[at + luma / 4] = std::uint8_t((sum.alpha + 2) / 4);
        }
    }
}

} // namespace

Result<LogoPicture> drawLogo(const ClipFilePtr &file, const LogoPlace &place,
                             const HouseFormat &format)
{
    Result<std::unique_ptr<Demuxer>> demuxer = Demuxer::open(file, Demuxer::Wanted::Both);
    if (!demuxer)
        return demuxer.error();
    const AVStream *stream = demuxer.value()->stream(Track::Picture);
    if (!stream)
        return Error{ErrorCode::Unsupported, u"there is no picture in it"_s, 0};
    Result<FramePtr> frame = decodeFirst(*demuxer.value());
    if (!frame)
        return frame.error();
    const Result<QRect> rect
        = place.rectFor(QSize(frame.value()->width, frame.value()->height), format);
    if (!rect)
        return rect.error();
    const bool isOpaque = !hasAlpha(*frame.value());
    const bool isStraight
        = !isOpaque && !place.isPremultiplied && stream->codecpar->codec_id != AV_CODEC_ID_EXR;
    Result<FramePtr> converted
        = premultiplied(frame.value().get(), isStraight, rect.value().size());
    if (!converted)
        return converted.error();
    LogoPicture picture;
    picture.rect = rect.value();
    picture.codec = QString::fromUtf8(avcodec_get_name(stream->codecpar->codec_id));
    compose(Canvas(*converted.value(), isOpaque, picture.rect), format, picture);
    return picture;
}

} // namespace continuo
