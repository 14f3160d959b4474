// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/loudness/loudness.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr double kRate = 48000;

float speechGain(std::size_t n)
{
    // Four syllables a second, and a pause of 400 ms every three seconds.
    const double seconds = double(n) / kRate;
    if (std::fmod(seconds, 3) > 2.6)
        return 0;
    const double syllable = std::sin(std::numbers::pi * 4 * seconds);
    return float(syllable * syllable * syllable * syllable);
}

double numberBehind(const QString &text, const QString &pattern)
{
    const QRegularExpressionMatch found = QRegularExpression(pattern).match(text);
    return found.hasMatch() ? found.captured(1).toDouble() : -100; // "-inf", "nan"
}

} // namespace

std::vector<float> testSignal(TestSignal signal, double seconds)
{
    const auto count = std::size_t(seconds * kRate);
    std::vector<float> samples(count * 2);
    std::mt19937 random(4711); // the same on every machine, unlike a distribution
    // Little of it lies near half the sampling rate, as in all that was ever recorded: what two
    // meters make of that depends on their filters (2 dB apart on white noise).
    std::array<std::array<float, 2>, 2> past{};
    const auto noise = [&random, &past](std::size_t side) {
        const float drawn = float(random()) / 2147483648.0F - 1;
        const float value = (drawn + 2 * past[side][0] + past[side][1]) / 4;
        past[side] = {drawn, past[side][0]};
        return value;
    };
    for (std::size_t n = 0; n < count; ++n) {
        const double seconds997 = 2 * std::numbers::pi * 997 * double(n) / kRate;
        for (std::size_t side = 0; side < 2; ++side) {
            float &sample = samples[n * 2 + side];
            switch (signal) {
            case TestSignal::Sine:
                sample = float(0.1 * std::sin(seconds997));
                break;
            case TestSignal::Speech:
                sample = 0.7F * speechGain(n) * noise(side);
                break;
            case TestSignal::ClippedNoise:
                sample = std::clamp(5 * noise(side), -1.0F, 1.0F);
                break;
            case TestSignal::Steps:
                sample = float((n / 24'000 % 2 == 0 ? 0.9 : 0.09) * std::sin(seconds997));
                break;
            case TestSignal::BetweenSamples:
                sample = float(0.7 * std::min({1.0, double(n) / 4800, double(count - n) / 4800})
                               * std::sin(std::numbers::pi * (double(n) / 2 + 0.25)));
                break;
            }
        }
    }
    return samples;
}

std::vector<float> raised(std::vector<float> samples, double gainDb)
{
    const auto factor = float(std::pow(10, gainDb / 20));
    for (float &sample : samples)
        sample *= factor;
    return samples;
}

JudgedLoudness judgeLoudness(const QStringList &input, const QString &filters)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"ffmpeg"_s,
                  QStringList{u"-hide_banner"_s, u"-nostdin"_s, u"-nostats"_s} + input
                      + QStringList{u"-vn"_s, u"-af"_s,
                                    (filters.isEmpty() ? QString() : filters + u',')
                                        + u"ebur128=peak=true:framelog=verbose"_s,
                                    u"-f"_s, u"null"_s, u"-"_s});
    if (!process.waitForFinished(120'000) || process.exitCode() != 0)
        return {-100, -100, QString::fromUtf8(process.readAll())};
    const QString said = QString::fromUtf8(process.readAll());
    const QString summary = said.mid(said.lastIndexOf("Summary:"_L1));
    return {numberBehind(summary, u"I:\\s+(-?[0-9.]+) LUFS"_s),
            numberBehind(summary, u"Peak:\\s+(-?[0-9.]+) dBFS"_s), QString()};
}

JudgedLoudness judgeLoudness(const std::vector<float> &samples, const QString &folder)
{
    const QString path = folder + u"/judged.f32"_s;
    if (!writeSamples(path, samples))
        return {-100, -100, u"cannot write "_s + path};
    return judgeLoudness(samplesInput(path));
}

bool writeSamples(const QString &path, const std::vector<float> &samples)
{
    QFile file(path);
    const auto bytes = qint64(samples.size() * sizeof(float));
    return file.open(QIODevice::WriteOnly)
        && file.write(reinterpret_cast<const char *>(samples.data()), bytes) == bytes;
}

QStringList samplesInput(const QString &path)
{
    return {u"-f"_s, u"f32le"_s, u"-ar"_s, u"48000"_s, u"-ac"_s, u"2"_s, u"-i"_s, path};
}

} // namespace continuo
