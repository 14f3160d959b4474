// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QJsonObject>
#include <QStringList>

namespace continuo {

/// Everything that decides what the encoded streams of a channel look like. Two encoder sessions
/// with equal settings give streams with equal parameters (SPS, PPS, AudioSpecificConfig), so that
/// one can go on where the other ended.
struct EncoderSettings {
    HouseFormat format;
    int gop = 60; ///< frames from key frame to key frame, on the absolute grid of frame numbers
    int videoBitrate = 3'000'000; ///< bits per second, average and maximum
    int audioBitrate = 128'000; ///< bits per second
    QString preset = QStringLiteral("veryfast"); ///< of libx264

    friend bool operator==(const EncoderSettings &, const EncoderSettings &) = default;
    /// Good settings for \p format: a key frame each 2 s (rounded to whole frames), 3 Mb/s at
    /// 1280x720p30 and in proportion to pixels a second (200 kb/s to 50 Mb/s), AAC 128 kb/s.
    static EncoderSettings forFormat(const HouseFormat &format);
    /// Errors: InvalidArgument with the reason.
    Result<void> validate() const;
    /// The body of the publisher's "channel" message but for the name:
    /// {"format":{…},"gop":60,"videoBitrate":…,"audioBitrate":…,"preset":"veryfast"}.
    QJsonObject toJson() const;
    /// What is absent is as in forFormat(). Errors: InvalidArgument.
    static Result<EncoderSettings> fromJson(const QJsonObject &object);
};

/// The options that decide the encoded streams (codecs, rates, key frames), the same for a session
/// that begins at any frame. A bench gives them to a bare ffmpeg too. No input, no output.
QStringList codecArguments(const EncoderSettings &settings);

/// The arguments of the ffmpeg program for one encoder session: raw NUT from \p fifoIn, encoded
/// NUT to \p fifoOut, the first video frame being number \p firstFrame (>= 0). Timestamps pass
/// unchanged; a frame or sound that comes twice is taken once; key frames stand on multiples of
/// settings.gop whatever \p firstFrame is, and at \p firstFrame itself.
///
/// The sound should begin at sample audioPrerollStart(): AAC then joins an earlier session's
/// packets on the same grid of 1024 samples, and to the bit from the eighth packet on.
QStringList encoderArguments(const EncoderSettings &settings, qint64 firstFrame,
                             const QString &fifoIn, const QString &fifoOut);

/// The sample (48 kHz, absolute) from which sound is fed to a session that begins at
/// \p firstFrame: eight AAC frames before the one that holds S(firstFrame), on the grid of 1024.
qint64 audioPrerollStart(qint64 firstFrame, FrameRate rate);

} // namespace continuo
