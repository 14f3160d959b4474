// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/outcome.h"
#include "tests/support/framecode/rate.h"

#include <QString>

#include <cstdint>
#include <vector>

namespace framecode {

/// What a frame-coded file is, as read back from the finished file: a container rounds times to
/// its ticks, and the model must start from the times that a player sees. Kept beside the file as
/// FILE.framecode.json.
struct Clip {
    QString file; // absolute path
    int id = 0;
    Rate tick{1, 90000}; // seconds a tick, for all times below
    std::vector<std::int64_t> times; // of each frame in presentation order, the first is 0
    std::int64_t durationTicks = 0; // from the first picture to the end of the last
    Rate displayAspect{16, 9}; // width to height as shown, after sample aspect and rotation

    // The sound, in seconds from the first picture. The offset says how late the sound in the file
    // lies against what was asked for (a container or codec may shift it): a chain that plays the
    // file rightly reproduces it.
    bool hasSound = false;
    double soundFrom = 0;
    double soundTo = 0;
    double soundOffset = 0;

    // For reports only.
    QString videoCodec;
    QString audioCodec;
    int width = 0; // as stored
    int height = 0;
    int turnClockwise = 0;
    bool isMirrored = false;
    bool interlaced = false;

    double durationSeconds() const { return static_cast<double>(durationTicks) * tick.value(); }
};

QString sidecarPath(const QString &file);
Outcome<Done> writeSidecar(const Clip &clip);
/// Reads FILE.framecode.json (given that path or the media file's own).
Outcome<Clip> readSidecar(const QString &path);

/// Decodes a finished clip and measures what a sidecar says. Fails when a frame does not carry
/// the code of `id` and its own number, or the sound does not carry the clip's tones.
Outcome<Clip> examineClip(const QString &file, int id);

} // namespace framecode
