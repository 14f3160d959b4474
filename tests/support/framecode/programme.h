// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/clip.h"
#include "tests/support/framecode/expectation.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <vector>

// What a right chain makes of a list, made by the `ffmpeg` program's own filters: the tests'
// reference.
namespace framecode {

struct House {
    int width = 1280;
    int height = 720;
    Rate fps{30, 1};
};

/// Runs a program with the given standard input; its output, or its complaint.
Outcome<QByteArray> runProgram(const QString &program, const QStringList &arguments,
                               const QByteArray &input = {});

/// Arguments after the inputs that encode as a channel at 1 Mb/s does.
QStringList channelEncoding();

/// The ffmpeg filter graph that conforms input 0 to the house: [v] and [a], the sound cut or
/// padded.
Outcome<QString> conformGraph(const Clip &clip, const House &house);

/// Conforms and encodes one clip into `output`.
Outcome<Done> encodeConformed(const Clip &clip, const House &house, const QString &output);

/// Raw pictures (yuv420p) and sound (s16 stereo 48 kHz) of a list, to be spoilt and then encoded.
struct Programme {
    House house;
    std::vector<QByteArray> pictures;
    QByteArray sound;

    static constexpr int kBytesPerSample = 4;
    qsizetype soundOffset(double seconds) const
    {
        return static_cast<qsizetype>(seconds * 48000) * kBytesPerSample;
    }
};

Outcome<Programme> conform(const std::vector<Clip> &clips, const House &house);
/// Encodes into any container (or *.m3u8); sound is cut or padded to the pictures.
Outcome<Done> encode(const Programme &programme, const QString &output);
/// The pictures of `encoded` as they are, with the programme's sound.
Outcome<Done> encodeSound(const QString &encoded, const Programme &programme,
                          const QString &output);
/// Into another container.
Outcome<Done> copy(const QString &encoded, const QString &output);

} // namespace framecode
