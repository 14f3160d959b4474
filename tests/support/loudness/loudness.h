// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace continuo {

/// Sounds to be measured and levelled: 48 kHz stereo, interleaved, full scale 1. Shares no code
/// with core.
enum class TestSignal {
    Sine, ///< 997 Hz on both sides, at -20 dBFS
    Speech, ///< noise in syllables and pauses, each side its own: peaks far above its loudness
    ClippedNoise, ///< noise that was driven five times into full scale
    Steps, ///< loud and soft by turns of half a second, 20 dB apart
    BetweenSamples, ///< a quarter of the sampling rate: its peaks lie between the samples,
                    ///< 3 dB up; faded in and out, since a begin in full has peaks of its own
};

std::vector<float> testSignal(TestSignal signal, double seconds);
/// All of it times that many dB.
std::vector<float> raised(std::vector<float> samples, double gainDb);

/// What `ffmpeg -af ebur128=peak=true` says.
struct JudgedLoudness {
    double integrated = -100; ///< LUFS
    double truePeak = -100; ///< dBTP
    QString failure; ///< ffmpeg's own words; empty: it has judged
};

/// Of the sound that ffmpeg opens by \p input ("-i FILE", with options before it). \p filters: come
/// before the judge ("atrim=…"), may be empty.
JudgedLoudness judgeLoudness(const QStringList &input, const QString &filters = QString());
/// Of samples. \p folder: where they may be written.
JudgedLoudness judgeLoudness(const std::vector<float> &samples, const QString &folder);

/// Writes them as a file of floats; false when that fails.
bool writeSamples(const QString &path, const std::vector<float> &samples);
/// How ffmpeg opens such a file.
QStringList samplesInput(const QString &path);

} // namespace continuo
