// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/clipmaker.h"

#include "tests/support/framecode/background.h"
#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/orientation.h"
#include "tests/support/framecode/rawwriter.h"

#include <QFile>
#include <QStringList>

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
        {u"mjpeg"_s, {u"mjpeg"_s, u"-q:v"_s, u"2"_s}},
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

QStringList colourArguments(const Colours &colours)
{
    if (!colours.isTold)
        return {};
    static const std::map<Matrix, QString> names{{Matrix::Bt601, u"smpte170m"_s},
                                                 {Matrix::Bt709, u"bt709"_s},
                                                 {Matrix::Smpte240M, u"smpte240m"_s},
                                                 {Matrix::Fcc, u"fcc"_s},
                                                 {Matrix::Bt2020, u"bt2020nc"_s}};
    return {u"-colorspace"_s,      names.at(colours.matrix),
            u"-color_range"_s,     colours.range == Range::Full ? u"pc"_s : u"tv"_s,
            u"-color_trc"_s,       u"bt709"_s,
            u"-color_primaries"_s, u"bt709"_s};
}

QString pixelFormat(const ClipRecipe &recipe)
{
    if (recipe.videoCodec == u"mjpeg"_s)
        return u"yuvj420p"_s;
    return recipe.videoCodec == u"prores"_s ? u"yuv422p10le"_s : u"yuv420p"_s;
}

QStringList soundArguments(const ClipRecipe &recipe)
{
    if (recipe.audioCodec == u"none"_s)
        return {u"-an"_s};
    QStringList words{u"-c:a"_s, audioEncoders().at(recipe.audioCodec)};
    const int channels = channelCount(recipe);
    // A marker that is to be measured needs more than one that is to be heard.
    const int kilobits = recipe.layout.isEmpty() ? 64 : 96;
    if (recipe.audioCodec != u"pcm"_s && recipe.audioCodec != u"flac"_s)
        words << u"-b:a"_s << u"%1k"_s.arg(kilobits * std::max(2, channels));
    if (recipe.layout.isEmpty())
        return words;
    QStringList map;
    for (int i = 0; i < channels; ++i)
        map.append(QString::number(i));
    return words << u"-af"_s
                 << u"channelmap=map=%1:channel_layout=%2"_s.arg(map.join(u'|'), recipe.layout);
}

QStringList encoderArguments(const ClipRecipe &recipe)
{
    QStringList words{u"ffmpeg"_s, u"-hide_banner"_s, u"-v"_s, u"error"_s, u"-y"_s,
                      u"-f"_s,     u"nut"_s,          u"-i"_s, u"pipe:0"_s};
    words << u"-c:v"_s << videoOptions().at(recipe.videoCodec);
    words << u"-pix_fmt"_s << pixelFormat(recipe);
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
    words << soundArguments(recipe);
    if (recipe.colours)
        words << colourArguments(*recipe.colours);
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
    if (!recipe.layout.isEmpty() && channelsOf(recipe.layout).isEmpty())
        return u"no such layout of channels: %1"_s.arg(recipe.layout);
    if (recipe.turnClockwise % 90 != 0 || recipe.turnClockwise < 0 || recipe.turnClockwise > 270)
        return u"turned by 0, 90, 180 or 270 degrees"_s;
    if (recipe.hiddenFrames < 0 || (recipe.hiddenFrames > 0 && recipe.irregularSeed))
        return u"only frames at regular times can be hidden"_s;
    return std::nullopt;
}

Outcome<Done> writeClip(const ClipRecipe &recipe)
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
    return Done{};
}

Outcome<Clip> makeClipNow(const ClipRecipe &recipe)
{
    const Outcome<Done> written = writeClip(recipe);
    if (!written)
        return Failure{written.error()};
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

Outcome<Clip> makeStill(const ClipRecipe &recipe, double seconds)
{
    ClipRecipe picture = recipe;
    picture.frames = 1;
    picture.videoCodec = u"mjpeg"_s;
    picture.audioCodec = u"none"_s;
    const Outcome<Done> written = inBackground([&] { return writeClip(picture); });
    if (!written)
        return Failure{written.error()};
    // Nothing of this is in the file: a player must know.
    Clip clip;
    clip.file = picture.output;
    clip.id = picture.id;
    clip.times = {0};
    clip.durationTicks = std::llround(seconds / clip.tick.value());
    const bool isOnItsSide = picture.turnClockwise % 180 != 0;
    clip.displayAspect
        = isOnItsSide ? Rate{picture.height, picture.width} : Rate{picture.width, picture.height};
    clip.width = picture.width;
    clip.height = picture.height;
    clip.turnClockwise = picture.turnClockwise;
    clip.isMirrored = picture.isMirrored;
    return clip;
}

} // namespace framecode
