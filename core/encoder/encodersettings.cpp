// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/encoder/encodersettings.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qint64 kAacFrameSamples = 1024;
constexpr qint64 kAacPrerollFrames = 8; // with 8 a splice equals the unbroken encode to the bit

int scaledBitrate(const HouseFormat &format)
{
    constexpr double kReference = 1280.0 * 720.0 * 30.0;
    const double pixelsPerSecond = double(format.width) * format.height * format.rate.toDouble();
    const double bitrate = 3'000'000.0 * pixelsPerSecond / kReference;
    return int(std::clamp(std::round(bitrate / 1000) * 1000, 200'000.0, 50'000'000.0));
}

} // namespace

EncoderSettings EncoderSettings::forFormat(const HouseFormat &format)
{
    EncoderSettings settings;
    settings.format = format;
    settings.gop = std::max(1, int(std::lround(2 * format.rate.toDouble())));
    settings.videoBitrate = scaledBitrate(format);
    return settings;
}

Result<void> EncoderSettings::validate() const
{
    if (Result<void> valid = format.validate(); !valid)
        return valid;
    const auto invalid = [](const QString &detail) {
        return Error{ErrorCode::InvalidArgument, detail};
    };
    if (gop < 1 || gop > 1200)
        return invalid(u"a key frame every %1 frames; 1 to 1200 is possible"_s.arg(gop));
    if (videoBitrate < 10'000 || videoBitrate > 200'000'000)
        return invalid(u"video of %1 bit/s; 10000 to 200000000 is possible"_s.arg(videoBitrate));
    if (audioBitrate < 16'000 || audioBitrate > 512'000)
        return invalid(u"sound of %1 bit/s; 16000 to 512000 is possible"_s.arg(audioBitrate));
    static const QStringList presets{u"ultrafast"_s, u"superfast"_s, u"veryfast"_s,
                                     u"faster"_s,    u"fast"_s,      u"medium"_s,
                                     u"slow"_s,      u"slower"_s,    u"veryslow"_s};
    if (!presets.contains(preset))
        return invalid(
            u"\"%1\" is no x264 preset; choose one of %2"_s.arg(preset, presets.join(u", "_s)));
    return {};
}

QJsonObject EncoderSettings::toJson() const
{
    return {{u"format"_s, format.toJson()},
            {u"gop"_s, gop},
            {u"videoBitrate"_s, videoBitrate},
            {u"audioBitrate"_s, audioBitrate},
            {u"preset"_s, preset}};
}

Result<EncoderSettings> EncoderSettings::fromJson(const QJsonObject &object)
{
    Result<HouseFormat> format = HouseFormat::fromJson(object.value(u"format"_s).toObject());
    if (!format)
        return format.error();
    EncoderSettings settings = forFormat(format.value());
    settings.gop = object.value(u"gop"_s).toInt(settings.gop);
    settings.videoBitrate = object.value(u"videoBitrate"_s).toInt(settings.videoBitrate);
    settings.audioBitrate = object.value(u"audioBitrate"_s).toInt(settings.audioBitrate);
    settings.preset = object.value(u"preset"_s).toString(settings.preset);
    if (Result<void> valid = settings.validate(); !valid)
        return valid.error();
    return settings;
}

QStringList codecArguments(const EncoderSettings &settings)
{
    const QString gop = QString::number(settings.gop);
    const QString rate = QString::number(settings.videoBitrate);
    // -threads is left alone: 1, 2, 3 and sliced threads cost the same CPU within the noise of the
    // measurement at 720p30, and one thread cannot catch up after a stall.
    return {u"-c:v"_s,
            u"libx264"_s,
            u"-preset"_s,
            settings.preset,
            u"-b:v"_s,
            rate,
            u"-maxrate"_s,
            rate,
            u"-bufsize"_s,
            QString::number(2 * qint64(settings.videoBitrate)),
            u"-g"_s,
            gop,
            u"-keyint_min"_s,
            gop,
            u"-sc_threshold"_s, // a key frame off the grid would break the cut of segments
            u"0"_s,
            u"-c:a"_s,
            u"aac"_s,
            u"-aac_coder"_s, // the default coder needs 5 s to settle after each start
            u"fast"_s,
            u"-b:a"_s,
            QString::number(settings.audioBitrate)};
}

QStringList encoderArguments(const EncoderSettings &settings, qint64 firstFrame,
                             const QString &fifoIn, const QString &fifoOut)
{
    const QString rising = u"='isnan(prev_selected_pts)+gt(pts,prev_selected_pts)'"_s;
    // Raw NUT carries no colour tags. Without setsar=1 the SPS of a clip prepared elsewhere could
    // differ from the live one's in its aspect ratio only.
    const QString tags = u",setparams=range=tv:color_primaries=bt709:color_trc=bt709"
                         u":colorspace=bt709,setsar=1"_s;
    QStringList arguments{u"-nostdin"_s,
                          u"-hide_banner"_s,
                          u"-v"_s,
                          u"warning"_s,
                          u"-y"_s,
                          u"-fpsprobesize"_s, // the NUT header has all: 37 ms to the first packet
                          u"0"_s,
                          u"-copyts"_s,
                          u"-f"_s,
                          u"nut"_s,
                          u"-i"_s,
                          fifoIn,
                          u"-map"_s,
                          u"0:v"_s,
                          u"-map"_s,
                          u"0:a"_s,
                          u"-fps_mode"_s, // the input is exact: neither shift, duplicate nor drop
                          u"passthrough"_s,
                          u"-filter:v"_s,
                          u"select"_s + rising + tags,
                          u"-filter:a"_s,
                          u"aselect"_s + rising};
    arguments += codecArguments(settings);
    // -g alone would begin a new grid at each session; t is relative to the first frame, n is too.
    arguments
        += {u"-force_key_frames"_s,
            u"expr:not(mod(n+%1,%2))"_s.arg(firstFrame % settings.gop).arg(settings.gop),
            u"-bsf:v"_s, // each key frame brings SPS and PPS, so that any of them can be first
            u"dump_extra=freq=keyframe"_s,
            u"-flush_packets"_s,
            u"1"_s,
            u"-write_index"_s, // else muxer and demuxer keep every syncpoint: 1.5 GB a day
            u"0"_s,
            u"-syncpoints"_s,
            u"none"_s,
            u"-strict"_s,
            u"experimental"_s,
            u"-f"_s,
            u"nut"_s,
            fifoOut};
    return arguments;
}

qint64 audioPrerollStart(qint64 firstFrame, FrameRate rate)
{
    const qint64 start = samplesBefore(firstFrame, rate) / kAacFrameSamples - kAacPrerollFrames;
    return std::max<qint64>(0, start) * kAacFrameSamples;
}

} // namespace continuo
