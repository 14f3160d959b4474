// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

#include <cstdint>

namespace continuo {

/// A frame rate in frames per second, always reduced, both parts positive.
struct FrameRate {
    std::int64_t num = 30;
    std::int64_t den = 1;

    friend bool operator==(const FrameRate &, const FrameRate &) = default;
    double toDouble() const { return double(num) / double(den); }
    QString toString() const; ///< "30" or "30000/1001"
    /// Parses "25", "30000/1001", "29.97", "23.976", "59.94". Errors: InvalidArgument.
    static Result<FrameRate> parse(const QString &text);
};

constexpr int kHouseSampleRate = 48000;
constexpr int kHouseChannels = 2;
/// The first frame number of a channel: well above zero, so that decode times stay positive.
constexpr std::int64_t kFirstFrame = 480;

/// S(n): the number of 48 kHz samples before frame \p frame, floor(n*48000*den/num) exactly
/// (128-bit integers), so that sound and picture can never drift apart. A frame below 0 is where an
/// item would have begun that was joined far in.
std::int64_t samplesBefore(std::int64_t frame, FrameRate rate);
/// Duration of \p frames frames in nanoseconds, rounded down.
std::int64_t framesToNanoseconds(std::int64_t frames, FrameRate rate);
/// The number of frames closest to \p microseconds (half away from zero).
std::int64_t microsecondsToFrames(std::int64_t microseconds, FrameRate rate);

/// What every picture and sound of a channel is brought to: yuv420p BT.709 limited range, square
/// pixels, 48 kHz stereo s16.
struct HouseFormat {
    int width = 1280; ///< pixels, even, 16 to 8192
    int height = 720; ///< pixels, even, 16 to 8192
    FrameRate rate;

    friend bool operator==(const HouseFormat &, const HouseFormat &) = default;
    std::int64_t pictureBytes() const { return std::int64_t(width) * height * 3 / 2; }
    /// Errors: InvalidArgument with the reason (odd or out of range size, rate over 120 fps).
    Result<void> validate() const;
    QJsonObject toJson() const; ///< {"width":1280,"height":720,"fps":"30"}
    static Result<HouseFormat> fromJson(const QJsonObject &object);
};

/// Parses "1280x720". Errors: InvalidArgument.
Result<HouseFormat> houseFormatFromText(const QString &size, const QString &fps);

} // namespace continuo
