// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace continuo::test {

/// What came out, as ffprobe and ffmpeg (not our code) read it.
struct MediaFacts {
    QList<qint64> videoPts; ///< in ticks, as they stand in the file
    QList<qint64> audioPts;
    qint64 videoBase = 1; ///< ticks a second
    qint64 audioBase = 1;
    QList<qint64> numbers; ///< the frame number read from each decoded picture
    QByteArray errors; ///< what the decoder complained of

    /// Errors of the whole: an empty list when each picture is one more than the one before, each
    /// step of time is exact within \p tolerance ticks, and the sound has no gap.
    QStringList faults(FrameRate rate, double tolerance = 1) const;
    /// By how much the sound comes late, when the first packet is the one that holds the first
    /// sample of \p firstFrame, the first picture.
    double soundOffsetMs(qint64 firstFrame, FrameRate rate) const;
};

/// Errors in the continuity counters of a transport stream (which FFmpeg passes over in silence).
QStringList continuityFaults(const QByteArray &stream);

MediaFacts readMedia(const QString &input);

/// Runs a program; its standard output, and its standard error in \p errors.
QByteArray runProgram(const QString &program, const QStringList &arguments,
                      QByteArray *errors = nullptr);

} // namespace continuo::test
