// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/clip.h"
#include "tests/support/framecode/outcome.h"
#include "tests/support/framecode/patches.h"
#include "tests/support/framecode/rate.h"

#include <QString>

#include <cstdint>
#include <optional>

namespace framecode {

enum class Fields { Progressive, TopFirst, BottomFirst };

struct ClipRecipe {
    QString output; // the ending chooses the container
    int id = 1; // 1 to kMaxClip
    int frames = 150;
    Rate fps{30, 1};
    int width = 1280; // as stored, even
    int height = 720;
    QString videoCodec{QStringLiteral("h264")}; // h264 hevc vp9 mpeg2 mpeg4 prores
    QString audioCodec{QStringLiteral("aac")}; // aac mp3 opus vorbis mp2 pcm ac3 flac none
    int sampleRate = 48000;
    int channels = 2; // 1, 2 or 6
    QString layout; // as ffmpeg names it, in place of a number of channels: with a marker for each
    int audioDeltaMs = 0; // sound that much longer (or, below zero, shorter) than the picture
    std::optional<std::uint32_t> irregularSeed; // irregular times, whole milliseconds
    int turnClockwise = 0; // rotation flag, in degrees; for mp4 and mov
    bool isMirrored = false; // shown with left and right exchanged once it is turned; the same
    int hiddenFrames = 0; // stored before the first one, and left out by an edit list; the same
    int soundDelayMs = 0; // sound begins that much later (or, below zero, earlier) than the picture
    double startSeconds = 0; // timestamps begin there; for ts, which wraps at 95443.7
    Rate sampleAspect{1, 1};
    Fields fields = Fields::Progressive;
    std::optional<Colours> colours; // with patches, which are written so
    QString bitrate; // as ffmpeg takes it; empty: the codec's default here
};

/// Makes the clip with the `ffmpeg` program in PATH, examines what came out and writes its sidecar.
/// Blocks while ffmpeg runs. SIGPIPE must be ignored in the process.
Outcome<Clip> makeClip(const ClipRecipe &recipe);

/// One picture of the recipe's size and orientation as a JPEG, which says by EXIF how it is to be
/// shown; the clip is it for so many seconds. The same else.
Outcome<Clip> makeStill(const ClipRecipe &recipe, double seconds);

/// The twelve clips of different make: 23.976 to 60 fps, irregular, 4:3, turned, interlaced, mono,
/// 5.1, no sound, sound shorter and longer; all codecs and containers. Those whose sidecar is
/// newer than they are stay. Writes list.json ({"clips": [{"file": …, "clip": 1}, …]}) into the
/// folder and returns its path.
Outcome<QString> makeCorpus(const QString &folder, double seconds);

} // namespace framecode
