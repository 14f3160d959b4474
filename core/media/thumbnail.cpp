// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/thumbnail.h"

#include "core/media/averror.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kJpegQuality = 4; // of 2 (best) to 31: a thumbnail takes 3 to 6 kB
constexpr int kLookedAtStep = 4; // pixels, to either side: enough for a mean

std::size_t bytesOf(int width, int height)
{
    return std::size_t(width) * std::size_t(height) * 3 / 2;
}

int evenSide(double side, int most)
{
    return std::clamp(int(std::lround(side / 2)) * 2, 2, most);
}

} // namespace

QString thumbnailKindName(ThumbnailKind kind)
{
    switch (kind) {
    case ThumbnailKind::Poster:
        return u"poster"_s;
    case ThumbnailKind::Head:
        return u"head"_s;
    case ThumbnailKind::Tail:
        return u"tail"_s;
    }
    return {};
}

QJsonObject Thumbnail::toJson() const
{
    const QByteArray bytes(reinterpret_cast<const char *>(picture.data()),
                           qsizetype(picture.size()));
    return {{u"kind"_s, thumbnailKindName(kind)},
            {u"atUs"_s, qint64(atUs)},
            {u"width"_s, width},
            {u"height"_s, height},
            {u"yuv"_s, QString::fromLatin1(bytes.toBase64())}};
}

ThumbnailMaker::ThumbnailMaker(const ClipFacts &facts, const HouseFormat &format)
    : m_format(format)
    , m_x((format.width - facts.shownWidth) / 4 * 2)
    , m_y((format.height - facts.shownHeight) / 4 * 2)
    , m_width(facts.shownWidth)
    , m_height(facts.shownHeight)
{
}

Result<Thumbnail> ThumbnailMaker::make(ThumbnailKind kind, std::span<const std::uint8_t> picture,
                                       std::int64_t atUs) const
{
    const double factor
        = std::min(double(kThumbnailWidth) / m_width, double(kThumbnailHeight) / m_height);
    Thumbnail made;
    made.kind = kind;
    made.atUs = atUs;
    made.width = evenSide(m_width * factor, kThumbnailWidth);
    made.height = evenSide(m_height * factor, kThumbnailHeight);
    made.picture.resize(bytesOf(made.width, made.height));
    // Each pixel the mean of those that it stands for: a quick scaler would leave out three of four
    // lines, and a thin line with them.
    const SwsPtr scaler(sws_getContext(m_width, m_height, AV_PIX_FMT_YUV420P, made.width,
                                       made.height, AV_PIX_FMT_YUV420P, SWS_AREA, nullptr, nullptr,
                                       nullptr));
    if (!scaler)
        return Error{ErrorCode::Unsupported, u"libswscale cannot scale the picture"_s, 0};
    const std::uint8_t *luma = picture.data();
    const std::uint8_t *blue = luma + std::ptrdiff_t(m_format.width) * m_format.height;
    const std::uint8_t *red = blue + std::ptrdiff_t(m_format.width / 2) * (m_format.height / 2);
    const std::ptrdiff_t chroma
        = std::ptrdiff_t(m_y / 2) * (m_format.width / 2) + std::ptrdiff_t(m_x / 2);
    const std::uint8_t *const from[]{luma + std::ptrdiff_t(m_y) * m_format.width + m_x,
                                     blue + chroma, red + chroma};
    const int fromStride[]{m_format.width, m_format.width / 2, m_format.width / 2};
    std::uint8_t *const lumaTo = made.picture.data();
    std::uint8_t *const blueTo = lumaTo + std::ptrdiff_t(made.width) * made.height;
    std::uint8_t *const to[]{lumaTo, blueTo,
                             blueTo + std::ptrdiff_t(made.width / 2) * (made.height / 2)};
    const int toStride[]{made.width, made.width / 2, made.width / 2};
    sws_scale(scaler.get(), from, fromStride, 0, m_height, to, toStride);
    return made;
}

double ThumbnailMaker::contrast(std::span<const std::uint8_t> picture) const
{
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int y = m_y; y < m_y + m_height; y += kLookedAtStep) {
        const std::uint8_t *line = picture.data() + std::ptrdiff_t(y) * m_format.width;
        for (int x = m_x; x < m_x + m_width; x += kLookedAtStep) {
            sum += line[x];
            squares += double(line[x]) * line[x];
            ++count;
        }
    }
    if (count == 0)
        return 0;
    const double mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean));
}

Result<QByteArray> encodeJpeg(std::span<const std::uint8_t> picture, int width, int height)
{
    if (width < 2 || height < 2 || width % 2 || height % 2
        || picture.size() != bytesOf(width, height))
        return Error{
            ErrorCode::InvalidArgument,
            u"%1 bytes are no picture of %2x%3"_s.arg(picture.size()).arg(width).arg(height), 0};
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    const CodecPtr context(codec ? avcodec_alloc_context3(codec) : nullptr);
    const FramePtr frame(av_frame_alloc());
    const PacketPtr packet(av_packet_alloc());
    // JPEG's colours are those of BT.601 in full range, whoever reads it.
    const SwsPtr colours(sws_getContext(width, height, AV_PIX_FMT_YUV420P, width, height,
                                        AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr,
                                        nullptr));
    if (!context || !frame || !packet || !colours)
        return Error{ErrorCode::Unsupported, u"this FFmpeg cannot write JPEG"_s, 0};
    sws_setColorspaceDetails(colours.get(), sws_getCoefficients(SWS_CS_ITU709), 0,
                             sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
    frame->width = context->width = width;
    frame->height = context->height = height;
    frame->format = context->pix_fmt = AV_PIX_FMT_YUV420P;
    frame->color_range = context->color_range = AVCOL_RANGE_JPEG;
    context->time_base = {1, 25};
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->global_quality = FF_QP2LAMBDA * kJpegQuality;
    frame->quality = context->global_quality;
    context->thread_count = 1;
    int done = avcodec_open2(context.get(), codec, nullptr);
    if (done >= 0)
        done = av_frame_get_buffer(frame.get(), 0);
    if (done < 0)
        return errorFromAv(done, u"write a JPEG"_s);
    const std::uint8_t *luma = picture.data();
    const std::uint8_t *blue = luma + std::ptrdiff_t(width) * height;
    const std::uint8_t *const from[]{luma, blue, blue + std::ptrdiff_t(width / 2) * (height / 2)};
    const int stride[]{width, width / 2, width / 2};
    sws_scale(colours.get(), from, stride, 0, height, frame->data, frame->linesize);
    done = avcodec_send_frame(context.get(), frame.get());
    if (done >= 0)
        done = avcodec_receive_packet(context.get(), packet.get());
    if (done < 0)
        return errorFromAv(done, u"write a JPEG"_s);
    return QByteArray(reinterpret_cast<const char *>(packet->data), packet->size);
}

} // namespace continuo
