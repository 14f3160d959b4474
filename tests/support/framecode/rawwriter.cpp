// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/rawwriter.h"

#include "tests/support/framecode/avhelp.h"
#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/patches.h"
#include "tests/support/framecode/tones.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

// Ground texture: it repeats after this many pixels, so it can scroll for ever without a cut.
constexpr int kPeriod = 256;

/// Soft noise, seen through a window that moves: costs a coder little and is no still picture.
class Ground {
public:
    explicit Ground(int seed)
        : m_texture(static_cast<std::size_t>(kPeriod) * kPeriod)
    {
        constexpr int kLattice = 16;
        std::mt19937 random(static_cast<std::uint32_t>(seed));
        std::vector<int> knots(static_cast<std::size_t>(kLattice) * kLattice);
        for (int &knot : knots)
            knot = 70 + static_cast<int>(random() % 90);
        const auto knot = [&](int x, int y) {
            return knots[static_cast<std::size_t>((y % kLattice) * kLattice + x % kLattice)];
        };
        constexpr int kCell = kPeriod / kLattice;
        for (int y = 0; y < kPeriod; ++y) {
            for (int x = 0; x < kPeriod; ++x) {
                const int fx = x % kCell;
                const int fy = y % kCell;
                const int top = knot(x / kCell, y / kCell) * (kCell - fx)
                    + knot(x / kCell + 1, y / kCell) * fx;
                const int bottom = knot(x / kCell, y / kCell + 1) * (kCell - fx)
                    + knot(x / kCell + 1, y / kCell + 1) * fx;
                const int value = (top * (kCell - fy) + bottom * fy) / (kCell * kCell)
                    + static_cast<int>(random() % 5);
                m_texture[static_cast<std::size_t>(y * kPeriod + x)]
                    = static_cast<std::uint8_t>(value);
            }
        }
    }

    void paintLine(std::uint8_t *line, int width, int y, int scroll) const
    {
        const std::uint8_t *row
            = m_texture.data() + static_cast<std::ptrdiff_t>((y + scroll / 2) % kPeriod) * kPeriod;
        int from = scroll % kPeriod;
        for (int x = 0; x < width;) {
            const int count = std::min(width - x, kPeriod - from);
            std::memcpy(line + x, row + from, static_cast<std::size_t>(count));
            x += count;
            from = 0;
        }
    }

private:
    std::vector<std::uint8_t> m_texture;
};

struct MuxerFree {
    void operator()(AVFormatContext *context) const noexcept
    {
        if (context->pb != nullptr)
            avio_closep(&context->pb);
        avformat_free_context(context);
    }
};

// Front left and right carry the tones; the others the same, softer, so that mixing down adds up;
// the deep channel has none of it.
float gainOf(const QString &channel, int channels)
{
    if (channels == 1 || channel == "FL"_L1 || channel == "FR"_L1)
        return 1;
    if (channel == "LFE"_L1)
        return 0;
    return channel == "FC"_L1 ? 0.4F : 0.3F;
}

} // namespace

struct RawWriter::Native {
    explicit Native(int seed)
        : ground(seed)
    {
    }
    Ground ground;
    std::unique_ptr<AVFormatContext, MuxerFree> muxer;
    std::unique_ptr<AVPacket, PacketFree> packet{av_packet_alloc()};
};

QStringList channelsOf(const QString &layout)
{
    AVChannelLayout parsed{};
    if (av_channel_layout_from_string(&parsed, layout.toUtf8().constData()) < 0)
        return {};
    QStringList names;
    for (int i = 0; i < parsed.nb_channels; ++i) {
        std::array<char, 16> name{};
        av_channel_name(name.data(), name.size(),
                        av_channel_layout_channel_from_index(&parsed, static_cast<unsigned>(i)));
        names.append(QString::fromLatin1(name.data()));
    }
    av_channel_layout_uninit(&parsed);
    return names;
}

int channelCount(const ClipRecipe &recipe)
{
    return recipe.layout.isEmpty() ? recipe.channels
                                   : static_cast<int>(channelsOf(recipe.layout).size());
}

RawWriter::RawWriter(const ClipRecipe &recipe, const std::vector<std::int64_t> &times, Rate tick,
                     std::int64_t firstSample, std::int64_t samples, double zeroSeconds)
    : m_recipe(recipe)
    , m_times(times)
    , m_tick(tick)
    , m_samples(samples)
    , m_sent(firstSample)
    , m_zeroSeconds(zeroSeconds)
    , m_picture(static_cast<std::size_t>(recipe.width) * static_cast<std::size_t>(recipe.height) * 3
                / 2)
    , m_native(std::make_unique<Native>(recipe.id))
{
    const QStringList channels = recipe.layout.isEmpty()
        ? channelsOf(recipe.channels == 6 ? u"5.1"_s : u"stereo"_s).mid(0, recipe.channels)
        : channelsOf(recipe.layout);
    for (const QString &channel : channels)
        m_gains.push_back(gainOf(channel, static_cast<int>(channels.size())));
    // A hue for each clip.
    const double angle = recipe.id * 2.4;
    const auto luma = static_cast<std::ptrdiff_t>(recipe.width) * recipe.height;
    const auto blue = m_picture.begin() + luma;
    const auto red = blue + luma / 4;
    std::fill(blue, red, static_cast<std::uint8_t>(128 + static_cast<int>(36 * std::cos(angle))));
    std::fill(red, m_picture.end(),
              static_cast<std::uint8_t>(128 + static_cast<int>(36 * std::sin(angle))));
}

RawWriter::~RawWriter() = default;

Outcome<Done> RawWriter::writeTo(int descriptor)
{
    const int opened = open(descriptor);
    if (opened < 0)
        return Failure{u"raw video cannot be written: %1"_s.arg(errorText(opened))};
    int result = 0;
    for (std::size_t at = 0; at < m_times.size() && result >= 0; ++at) {
        result = writePicture(at);
        // As much sound as the next picture needs; all that is left after the last one.
        std::int64_t until = m_samples;
        if (at + 1 < m_times.size())
            until = std::min(until, samplesBefore(m_times[at + 1]));
        if (result >= 0)
            result = writeSound(until);
    }
    if (result >= 0)
        result = av_write_trailer(m_native->muxer.get());
    if (result < 0)
        return Failure{u"ffmpeg stopped reading: %1"_s.arg(errorText(result))};
    return Done{};
}

int RawWriter::open(int descriptor)
{
    AVFormatContext *raw = nullptr;
    int result = avformat_alloc_output_context2(&raw, nullptr, "nut", nullptr);
    if (result < 0)
        return result;
    m_native->muxer.reset(raw);
    AVStream *video = avformat_new_stream(raw, nullptr);
    if (video == nullptr || !m_native->packet)
        return AVERROR(ENOMEM);
    video->time_base = {static_cast<int>(m_tick.num), static_cast<int>(m_tick.den)};
    video->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    video->codecpar->codec_id = AV_CODEC_ID_RAWVIDEO;
    video->codecpar->format = AV_PIX_FMT_YUV420P;
    video->codecpar->codec_tag = MKTAG('I', '4', '2', '0');
    video->codecpar->width = m_recipe.width;
    video->codecpar->height = m_recipe.height;
    video->sample_aspect_ratio = {static_cast<int>(m_recipe.sampleAspect.num),
                                  static_cast<int>(m_recipe.sampleAspect.den)};
    video->codecpar->sample_aspect_ratio = video->sample_aspect_ratio;
    if (m_samples > 0) {
        result = addSound();
        if (result < 0)
            return result;
    }
    const QByteArray url = QByteArrayLiteral("pipe:") + QByteArray::number(descriptor);
    result = avio_open(&raw->pb, url.constData(), AVIO_FLAG_WRITE);
    if (result < 0)
        return result;
    AVDictionary *options = nullptr;
    av_dict_set(&options, "write_index", "0", 0);
    result = avformat_write_header(raw, &options);
    av_dict_free(&options);
    return result;
}

// NUT says how many channels there are, and not which: the encoder is told.
int RawWriter::addSound()
{
    AVStream *audio = avformat_new_stream(m_native->muxer.get(), nullptr);
    if (audio == nullptr)
        return AVERROR(ENOMEM);
    const auto channels = static_cast<int>(m_gains.size());
    audio->time_base = {1, m_recipe.sampleRate};
    audio->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    audio->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
    audio->codecpar->sample_rate = m_recipe.sampleRate;
    audio->codecpar->block_align = 2 * channels;
    audio->codecpar->bits_per_coded_sample = 16;
    av_channel_layout_default(&audio->codecpar->ch_layout, channels);
    return 0;
}

std::int64_t RawWriter::samplesBefore(std::int64_t ticks) const
{
    return roundedProduct(ticks, {m_tick.num * m_recipe.sampleRate, m_tick.den});
}

int RawWriter::send(std::uint8_t *data, std::size_t size, int stream, std::int64_t time)
{
    AVPacket *packet = m_native->packet.get();
    packet->data = data;
    packet->size = static_cast<int>(size);
    packet->stream_index = stream;
    packet->flags = AV_PKT_FLAG_KEY;
    const Rate from = stream == 0 ? m_tick : Rate{1, m_recipe.sampleRate};
    const AVStream *to = m_native->muxer->streams[stream];
    packet->pts = av_rescale_q(time, {static_cast<int>(from.num), static_cast<int>(from.den)},
                               to->time_base);
    packet->dts = packet->pts;
    return av_write_frame(m_native->muxer.get(), packet);
}

void RawWriter::paintGround(std::size_t at)
{
    const int width = m_recipe.width;
    const int scroll = static_cast<int>(at) * 4;
    for (int y = 0; y < m_recipe.height; ++y) {
        // The second field of an interlaced clip lies half a frame later.
        const bool second = m_recipe.fields != Fields::Progressive
            && (y % 2 == 0) == (m_recipe.fields == Fields::BottomFirst);
        m_native->ground.paintLine(m_picture.data() + static_cast<std::ptrdiff_t>(y) * width, width,
                                   y, scroll + (second ? 2 : 0));
    }
}

int RawWriter::writePicture(std::size_t at)
{
    paintGround(at);
    if (m_recipe.colours)
        paintPatches({m_picture, m_recipe.width, m_recipe.height}, m_recipe.colours->matrix,
                     m_recipe.colours->range);
    LumaCanvas canvas;
    canvas.data = m_picture.data();
    canvas.stepY = m_recipe.width;
    canvas.width = m_recipe.width;
    canvas.height = m_recipe.height;
    LumaCanvas shown = canvas.turned(m_recipe.turnClockwise);
    if (m_recipe.isMirrored)
        shown = shown.mirrored();
    const int frame = static_cast<int>(at) - m_recipe.hiddenFrames;
    paintCode(shown,
              frame < 0 ? PictureCode{kMaxClip, static_cast<int>(at)}
                        : PictureCode{m_recipe.id, frame});
    return send(m_picture.data(), m_picture.size(), 0, m_times[at]);
}

int RawWriter::writeSound(std::int64_t until)
{
    const std::size_t channels = m_gains.size();
    const auto markerAt = [this](std::size_t channel, std::int64_t sample) {
        if (m_recipe.layout.isEmpty())
            return 0.0;
        const double turns = markerHz(static_cast<int>(channel)) * static_cast<double>(sample)
            / m_recipe.sampleRate;
        return kMarkerAmplitude * std::sin(2 * std::numbers::pi * turns);
    };
    while (m_sent < until) {
        const auto count = static_cast<std::size_t>(std::min<std::int64_t>(until - m_sent, 4096));
        std::vector<float> mono(count);
        synthesizeTones(m_recipe.id,
                        static_cast<double>(m_sent) / m_recipe.sampleRate - m_zeroSeconds,
                        m_recipe.sampleRate, mono);
        std::vector<std::int16_t> pcm(count * channels);
        for (std::size_t i = 0; i < count * channels; ++i) {
            const std::size_t channel = i % channels;
            const auto at = static_cast<std::int64_t>(i / channels);
            const double value = static_cast<double>(mono[i / channels] * m_gains[channel])
                + markerAt(channel, m_sent + at);
            pcm[i] = static_cast<std::int16_t>(std::lrint(value * 32767));
        }
        const int result = send(reinterpret_cast<std::uint8_t *>(pcm.data()),
                                pcm.size() * sizeof(std::int16_t), 1, m_sent);
        if (result < 0)
            return result;
        m_sent += static_cast<std::int64_t>(count);
    }
    return 0;
}

} // namespace framecode
