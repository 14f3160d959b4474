// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/clipmaker.h"

#include "tests/support/framecode/avhelp.h"
#include "tests/support/framecode/background.h"
#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/orientation.h"
#include "tests/support/framecode/tones.h"

#include <QFile>
#include <QStringList>

extern "C" {
#include <libavformat/avformat.h>
}

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <vector>

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

/// A running ffmpeg that reads NUT from a pipe.
class Encoder {
public:
    Encoder() = default;
    Encoder(const Encoder &) = delete;
    Encoder &operator=(const Encoder &) = delete;
    ~Encoder() { (void)finish(); }

    Outcome<Done> start(const QStringList &arguments)
    {
        int ends[2] = {-1, -1};
        if (pipe2(ends, O_CLOEXEC) != 0)
            return Failure{u"pipe: %1"_s.arg(QString::fromUtf8(std::strerror(errno)))};
        m_writeEnd = ends[1];
        std::vector<QByteArray> words;
        for (const QString &argument : arguments)
            words.push_back(QFile::encodeName(argument));
        std::vector<char *> argv;
        for (QByteArray &word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
        const int result = posix_spawnp(&m_pid, "ffmpeg", &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[0]);
        if (result != 0) {
            m_pid = -1;
            return Failure{u"ffmpeg: %1"_s.arg(QString::fromUtf8(std::strerror(result)))};
        }
        return Done{};
    }

    int writeEnd() const { return m_writeEnd; }

    /// Ends its input and waits for it.
    Outcome<Done> finish()
    {
        if (m_writeEnd >= 0)
            close(m_writeEnd);
        m_writeEnd = -1;
        if (m_pid <= 0)
            return Done{};
        int status = 0;
        while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
        m_pid = -1;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            return Failure{u"ffmpeg failed (status %1), see its words above"_s.arg(status)};
        return Done{};
    }

private:
    int m_writeEnd = -1;
    pid_t m_pid = -1;
};

struct MuxerFree {
    void operator()(AVFormatContext *context) const noexcept
    {
        if (context->pb != nullptr)
            avio_closep(&context->pb);
        avformat_free_context(context);
    }
};

/// Paints and synthesises the clip and writes it, raw, as NUT.
class RawWriter {
public:
    /// The sound goes from the first to the last sample given; that of zeroSeconds belongs to the
    /// first frame that is shown.
    RawWriter(const ClipRecipe &recipe, const std::vector<std::int64_t> &times, Rate tick,
              std::int64_t firstSample, std::int64_t samples, double zeroSeconds)
        : m_recipe(recipe)
        , m_times(times)
        , m_tick(tick)
        , m_samples(samples)
        , m_sent(firstSample)
        , m_zeroSeconds(zeroSeconds)
        , m_ground(recipe.id)
        , m_packet(av_packet_alloc())
    {
    }

    Outcome<Done> writeTo(int descriptor)
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
            result = av_write_trailer(m_muxer.get());
        if (result < 0)
            return Failure{u"ffmpeg stopped reading: %1"_s.arg(errorText(result))};
        return Done{};
    }

private:
    int open(int descriptor)
    {
        AVFormatContext *raw = nullptr;
        int result = avformat_alloc_output_context2(&raw, nullptr, "nut", nullptr);
        if (result < 0)
            return result;
        m_muxer.reset(raw);
        AVStream *video = avformat_new_stream(raw, nullptr);
        if (video == nullptr || !m_packet)
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
            AVStream *audio = avformat_new_stream(raw, nullptr);
            if (audio == nullptr)
                return AVERROR(ENOMEM);
            audio->time_base = {1, m_recipe.sampleRate};
            audio->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
            audio->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
            audio->codecpar->sample_rate = m_recipe.sampleRate;
            audio->codecpar->block_align = 2 * m_recipe.channels;
            audio->codecpar->bits_per_coded_sample = 16;
            av_channel_layout_default(&audio->codecpar->ch_layout, m_recipe.channels);
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

    std::int64_t samplesBefore(std::int64_t ticks) const
    {
        return roundedProduct(ticks, {m_tick.num * m_recipe.sampleRate, m_tick.den});
    }

    int send(std::uint8_t *data, std::size_t size, int stream, std::int64_t time)
    {
        m_packet->data = data;
        m_packet->size = static_cast<int>(size);
        m_packet->stream_index = stream;
        m_packet->flags = AV_PKT_FLAG_KEY;
        const Rate from = stream == 0 ? m_tick : Rate{1, m_recipe.sampleRate};
        const AVStream *to = m_muxer->streams[stream];
        m_packet->pts = av_rescale_q(time, {static_cast<int>(from.num), static_cast<int>(from.den)},
                                     to->time_base);
        m_packet->dts = m_packet->pts;
        return av_write_frame(m_muxer.get(), m_packet.get());
    }

    int writePicture(std::size_t at)
    {
        const int width = m_recipe.width;
        const int height = m_recipe.height;
        const auto lumaBytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
        if (m_picture.empty()) {
            m_picture.resize(lumaBytes * 3 / 2);
            // A hue for each clip.
            const double angle = m_recipe.id * 2.4;
            std::memset(m_picture.data() + lumaBytes, 128 + static_cast<int>(36 * std::cos(angle)),
                        lumaBytes / 4);
            std::memset(m_picture.data() + lumaBytes * 5 / 4,
                        128 + static_cast<int>(36 * std::sin(angle)), lumaBytes / 4);
        }
        const int scroll = static_cast<int>(at) * 4;
        for (int y = 0; y < height; ++y) {
            // The second field of an interlaced clip lies half a frame later.
            const bool second = m_recipe.fields != Fields::Progressive
                && (y % 2 == 0) == (m_recipe.fields == Fields::BottomFirst);
            m_ground.paintLine(m_picture.data() + static_cast<std::ptrdiff_t>(y) * width, width, y,
                               scroll + (second ? 2 : 0));
        }
        LumaCanvas canvas;
        canvas.data = m_picture.data();
        canvas.stepY = width;
        canvas.width = width;
        canvas.height = height;
        LumaCanvas shown = canvas.turned(m_recipe.turnClockwise);
        if (m_recipe.isMirrored)
            shown = shown.mirrored();
        const int frame = static_cast<int>(at) - m_recipe.hiddenFrames;
        paintCode(shown,
                  frame < 0 ? PictureCode{kMaxClip, static_cast<int>(at)}
                            : PictureCode{m_recipe.id, frame});
        return send(m_picture.data(), m_picture.size(), 0, m_times[at]);
    }

    int writeSound(std::int64_t until)
    {
        const auto channels = static_cast<std::size_t>(m_recipe.channels);
        // Front left and right carry the tones; centre and surround the same, softer, so that
        // mixing down adds up; the deep channel has none of it.
        constexpr float kGains[] = {1, 1, 0.4F, 0, 0.3F, 0.3F};
        while (m_sent < until) {
            const auto count
                = static_cast<std::size_t>(std::min<std::int64_t>(until - m_sent, 4096));
            std::vector<float> mono(count);
            synthesizeTones(m_recipe.id,
                            static_cast<double>(m_sent) / m_recipe.sampleRate - m_zeroSeconds,
                            m_recipe.sampleRate, mono);
            std::vector<std::int16_t> pcm(count * channels);
            for (std::size_t i = 0; i < count * channels; ++i) {
                const float gain = channels < 6 ? 1.0F : kGains[i % channels];
                pcm[i] = static_cast<std::int16_t>(std::lrint(mono[i / channels] * gain * 32767));
            }
            const int result = send(reinterpret_cast<std::uint8_t *>(pcm.data()),
                                    pcm.size() * sizeof(std::int16_t), 1, m_sent);
            if (result < 0)
                return result;
            m_sent += static_cast<std::int64_t>(count);
        }
        return 0;
    }

    const ClipRecipe &m_recipe;
    const std::vector<std::int64_t> &m_times;
    Rate m_tick;
    std::int64_t m_samples;
    std::int64_t m_sent;
    double m_zeroSeconds;
    Ground m_ground;
    std::vector<std::uint8_t> m_picture;
    std::unique_ptr<AVFormatContext, MuxerFree> m_muxer;
    std::unique_ptr<AVPacket, PacketFree> m_packet;
};

const std::map<QString, QStringList> &videoOptions()
{
    static const std::map<QString, QStringList> options{
        {u"h264"_s, {u"libx264"_s, u"-preset"_s, u"superfast"_s, u"-bf"_s, u"2"_s}},
        {u"hevc"_s,
         {u"libx265"_s, u"-preset"_s, u"ultrafast"_s, u"-x265-params"_s, u"log-level=error"_s}},
        {u"vp9"_s,
         {u"libvpx-vp9"_s, u"-deadline"_s, u"realtime"_s, u"-cpu-used"_s, u"8"_s, u"-row-mt"_s,
          u"1"_s}},
        {u"mpeg2"_s, {u"mpeg2video"_s, u"-bf"_s, u"2"_s}},
        {u"mpeg4"_s, {u"mpeg4"_s}},
        {u"prores"_s, {u"prores"_s}},
    };
    return options;
}

const std::map<QString, QString> &audioEncoders()
{
    static const std::map<QString, QString> names{
        {u"aac"_s, u"aac"_s},          {u"mp3"_s, u"libmp3lame"_s}, {u"opus"_s, u"libopus"_s},
        {u"vorbis"_s, u"libvorbis"_s}, {u"mp2"_s, u"mp2"_s},        {u"pcm"_s, u"pcm_s16le"_s},
        {u"ac3"_s, u"ac3"_s},          {u"flac"_s, u"flac"_s},
    };
    return names;
}

/// Where the encoder writes: what is to be hidden is cut off in a second step.
QString encoderOutput(const ClipRecipe &recipe)
{
    const qsizetype dot = recipe.output.lastIndexOf(u'.');
    return recipe.hiddenFrames == 0
        ? recipe.output
        : recipe.output.left(dot) + u".uncut"_s + recipe.output.mid(dot);
}

/// Copied from a place between two key frames, all from the first one on stays in the file, and an
/// edit list says where to begin.
Outcome<Done> hideFrames(const ClipRecipe &recipe)
{
    if (recipe.hiddenFrames == 0)
        return Done{};
    const double seconds = recipe.hiddenFrames / recipe.fps.value();
    Encoder copier;
    const Outcome<Done> started = copier.start(
        {u"ffmpeg"_s, u"-hide_banner"_s, u"-v"_s, u"error"_s, u"-y"_s, u"-nostdin"_s, u"-ss"_s,
         QString::number(seconds, 'f', 6), u"-i"_s, encoderOutput(recipe), u"-map"_s, u"0"_s,
         u"-c"_s, u"copy"_s, u"-video_track_timescale"_s, u"90000"_s, recipe.output});
    if (!started)
        return Failure{started.error()};
    const Outcome<Done> finished = copier.finish();
    if (!finished)
        return Failure{finished.error()};
    QFile::remove(encoderOutput(recipe));
    return Done{};
}

QStringList encoderArguments(const ClipRecipe &recipe)
{
    QStringList words{u"ffmpeg"_s, u"-hide_banner"_s, u"-v"_s, u"error"_s, u"-y"_s,
                      u"-f"_s,     u"nut"_s,          u"-i"_s, u"pipe:0"_s};
    words << u"-c:v"_s << videoOptions().at(recipe.videoCodec);
    words << u"-pix_fmt"_s << (recipe.videoCodec == u"prores"_s ? u"yuv422p10le"_s : u"yuv420p"_s);
    QString bitrate = recipe.bitrate;
    if (bitrate.isEmpty() && recipe.videoCodec.startsWith(u"mpeg"_s))
        bitrate = u"4M"_s;
    if (bitrate.isEmpty() && recipe.videoCodec == u"vp9"_s)
        bitrate = u"1M"_s;
    if (!bitrate.isEmpty())
        words << u"-b:v"_s << bitrate;
    // At a steady rate ffmpeg would show the first picture from time 0 on.
    if (recipe.irregularSeed || recipe.soundDelayMs < 0) {
        words << u"-fps_mode"_s << u"passthrough"_s << u"-enc_time_base:v"_s << u"1/90000"_s;
    } else {
        words << u"-fps_mode"_s << u"cfr"_s << u"-r"_s << toString(recipe.fps);
    }
    if (recipe.output.endsWith(u".mp4"_s) || recipe.output.endsWith(u".mov"_s))
        words << u"-video_track_timescale"_s << u"90000"_s;
    if (recipe.fields != Fields::Progressive) {
        const bool top = recipe.fields == Fields::TopFirst;
        words << u"-vf"_s << (top ? u"setfield=tff"_s : u"setfield=bff"_s) << u"-flags:v"_s
              << u"+ildct+ilme"_s << u"-top"_s << (top ? u"1"_s : u"0"_s);
    }
    // A coder's priming lies before time 0, for which AVI would begin with an empty picture.
    if (recipe.output.endsWith(u".avi"_s))
        words << u"-avoid_negative_ts"_s << u"disabled"_s;
    if (recipe.audioCodec == u"none"_s) {
        words << u"-an"_s;
    } else {
        words << u"-c:a"_s << audioEncoders().at(recipe.audioCodec);
        if (recipe.audioCodec != u"pcm"_s && recipe.audioCodec != u"flac"_s)
            words << u"-b:a"_s << (recipe.channels == 6 ? u"384k"_s : u"128k"_s);
    }
    // Without the muxer's delays, which it adds to the offset.
    if (recipe.startSeconds > 0)
        words << u"-muxdelay"_s << u"0"_s << u"-muxpreload"_s << u"0"_s << u"-output_ts_offset"_s
              << QString::number(recipe.startSeconds, 'f', 6);
    // A key frame of the coder's own choice would leave nothing to hide.
    if (recipe.hiddenFrames > 0)
        words << u"-sc_threshold"_s << u"0"_s;
    return words << encoderOutput(recipe);
}

/// Presentation times in ticks, and the tick; with irregular times whole milliseconds.
std::vector<std::int64_t> timesOf(const ClipRecipe &recipe, Rate &tick, std::int64_t &duration)
{
    std::vector<std::int64_t> times;
    if (!recipe.irregularSeed) {
        tick = {recipe.fps.den, recipe.fps.num};
        duration = recipe.hiddenFrames + recipe.frames;
        for (int frame = 0; frame < duration; ++frame)
            times.push_back(frame);
        return times;
    }
    tick = {1, 90000};
    std::mt19937 random(*recipe.irregularSeed);
    const double nominalMs = 1000 / recipe.fps.value();
    std::int64_t now = 0;
    for (int frame = 0; frame < recipe.frames; ++frame) {
        times.push_back(now);
        // From 0.4 to 2.2 of the nominal distance.
        const double share = 0.4 + 1.8 * static_cast<double>(random() % 1000) / 1000;
        now += std::llround(nominalMs * share) * 90;
    }
    duration = now;
    return times;
}

std::optional<QString> complaintAbout(const ClipRecipe &recipe)
{
    if (recipe.id < 1 || recipe.id > kMaxClip)
        return u"the clip id must be 1 to %1"_s.arg(kMaxClip);
    if (recipe.frames < 1 || recipe.frames > kMaxFrame)
        return u"the number of frames must be 1 to %1"_s.arg(kMaxFrame);
    if (recipe.width < 64 || recipe.height < 64 || recipe.width % 2 != 0 || recipe.height % 2 != 0)
        return u"the size must be even and at least 64x64"_s;
    if (!videoOptions().contains(recipe.videoCodec))
        return u"no such video codec here: %1"_s.arg(recipe.videoCodec);
    if (recipe.audioCodec != u"none"_s && !audioEncoders().contains(recipe.audioCodec))
        return u"no such sound codec here: %1"_s.arg(recipe.audioCodec);
    if (recipe.channels != 1 && recipe.channels != 2 && recipe.channels != 6)
        return u"1, 2 or 6 channels"_s;
    if (recipe.turnClockwise % 90 != 0 || recipe.turnClockwise < 0 || recipe.turnClockwise > 270)
        return u"turned by 0, 90, 180 or 270 degrees"_s;
    if (recipe.hiddenFrames < 0 || (recipe.hiddenFrames > 0 && recipe.irregularSeed))
        return u"only frames at regular times can be hidden"_s;
    return std::nullopt;
}

Outcome<Clip> makeClipNow(const ClipRecipe &recipe)
{
    if (const auto complaint = complaintAbout(recipe))
        return Failure{*complaint};
    Rate tick;
    std::int64_t duration = 0;
    std::vector<std::int64_t> times = timesOf(recipe, tick, duration);
    // Sound that begins first: the picture comes that much later.
    const double leadSeconds = std::max(0, -recipe.soundDelayMs) / 1000.0;
    for (std::int64_t &time : times)
        time += std::llround(leadSeconds / tick.value());
    const auto sampleAt = [&](double seconds) {
        return std::max<std::int64_t>(0, std::llround(seconds * recipe.sampleRate));
    };
    std::int64_t samples = 0;
    if (recipe.audioCodec != u"none"_s) {
        samples = sampleAt(leadSeconds + static_cast<double>(duration) * tick.value()
                           + recipe.audioDeltaMs / 1000.0);
    }
    Encoder encoder;
    const Outcome<Done> started = encoder.start(encoderArguments(recipe));
    if (!started)
        return Failure{started.error()};
    Outcome<Done> written = Done{};
    {
        RawWriter writer(recipe, times, tick, sampleAt(recipe.soundDelayMs / 1000.0), samples,
                         leadSeconds + recipe.hiddenFrames / recipe.fps.value());
        written = writer.writeTo(encoder.writeEnd());
    }
    const Outcome<Done> finished = encoder.finish();
    if (!finished)
        return Failure{u"%1: %2"_s.arg(recipe.output, finished.error())};
    if (!written)
        return Failure{u"%1: %2"_s.arg(recipe.output, written.error())};
    const Outcome<Done> hidden = hideFrames(recipe);
    if (!hidden)
        return Failure{u"%1: %2"_s.arg(recipe.output, hidden.error())};
    const Outcome<Done> turned
        = setOrientation(recipe.output, recipe.turnClockwise, recipe.isMirrored);
    if (!turned)
        return Failure{u"%1: %2"_s.arg(recipe.output, turned.error())};
    Outcome<Clip> clip = examineClip(recipe.output, recipe.id);
    if (!clip)
        return clip;
    if (clip.value().times.size() != static_cast<std::size_t>(recipe.frames)) {
        return Failure{u"%1 has %2 frames, not %3"_s.arg(recipe.output)
                           .arg(clip.value().times.size())
                           .arg(recipe.frames)};
    }
    if (clip.value().turnClockwise != recipe.turnClockwise
        || clip.value().isMirrored != recipe.isMirrored
        || clip.value().interlaced != (recipe.fields != Fields::Progressive)) {
        return Failure{u"%1 does not carry its rotation or interlacing flag"_s.arg(recipe.output)};
    }
    const Outcome<Done> kept = writeSidecar(clip.value());
    if (!kept)
        return Failure{kept.error()};
    return clip;
}

} // namespace

Outcome<Clip> makeClip(const ClipRecipe &recipe)
{
    return inBackground([&] { return makeClipNow(recipe); });
}

} // namespace framecode
