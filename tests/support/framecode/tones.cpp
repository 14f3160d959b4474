// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/tones.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>

namespace framecode {

namespace {

constexpr int kTones = 3;
constexpr std::array<double, kTones> kBandHz{500, 1600, 2700};
constexpr double kSpacingHz = 25;
constexpr double kAmplitude = 0.12; // three of them: rms 0.12 * sqrt(3 / 2) = 0.147

std::uint64_t mixed(std::uint64_t value)
{
    // splitmix64 (Steele, Lea, Flood 2014)
    value += 0x9E3779B97F4A7C15ull;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

struct Tone {
    double hertz;
    double phase; // at the symbol's start, in turns
};

std::array<Tone, kTones> tonesOf(int clip, std::int64_t symbol)
{
    std::uint64_t bits
        = mixed((static_cast<std::uint64_t>(clip) << 40) ^ static_cast<std::uint64_t>(symbol));
    std::array<Tone, kTones> tones{};
    for (std::size_t band = 0; band < kTones; ++band) {
        // Odd and even symbols use different halves of the alphabet: no tone is ever prolonged.
        const auto step = static_cast<int>((bits & 15u) * 2 + (static_cast<unsigned>(symbol) & 1u));
        const auto phase = static_cast<double>((bits >> 4) & 255u) / 256;
        tones[band] = {kBandHz[band] + kSpacingHz * step, phase};
        bits >>= 12;
    }
    return tones;
}

/// Adds the tones of a symbol to samples that begin `offset` seconds after the symbol's start.
template <typename Gain>
void addSymbol(int clip, std::int64_t symbol, double offset, double rate, std::span<float> out,
               Gain gain)
{
    constexpr double kTurn = 2 * std::numbers::pi;
    for (const Tone &tone : tonesOf(clip, symbol)) {
        std::complex<double> pointer
            = std::polar(kAmplitude, kTurn * (tone.hertz * offset + tone.phase));
        const std::complex<double> step = std::polar(1.0, kTurn * tone.hertz / rate);
        double at = offset;
        for (float &sample : out) {
            sample += static_cast<float>(pointer.imag() * gain(at));
            // By parts: operator* of std::complex looks for NaN at every product.
            pointer = {pointer.real() * step.real() - pointer.imag() * step.imag(),
                       pointer.real() * step.imag() + pointer.imag() * step.real()};
            at += 1 / rate;
        }
    }
}

double rise(double offset)
{
    if (offset >= kBlendSeconds)
        return 1;
    return offset <= 0 ? 0 : (1 - std::cos(std::numbers::pi * offset / kBlendSeconds)) / 2;
}

} // namespace

void synthesizeTones(int clip, double fromSeconds, double rate, std::span<float> out)
{
    std::fill(out.begin(), out.end(), 0.0F);
    std::size_t done = 0;
    if (fromSeconds < 0)
        done = static_cast<std::size_t>(std::ceil(-fromSeconds * rate));
    while (done < out.size()) {
        const double now = fromSeconds + static_cast<double>(done) / rate;
        // The small term: a time that is a symbol's start but for rounding belongs to it.
        const auto symbol = static_cast<std::int64_t>(std::floor(now / kSymbolSeconds + 1e-9));
        const double start = static_cast<double>(symbol) * kSymbolSeconds;
        const double next = start + kSymbolSeconds;
        const auto count
            = static_cast<std::size_t>(std::max(1.0, std::ceil((next - now) * rate - 1e-6)));
        const auto part = out.subspan(done, std::min(count, out.size() - done));
        addSymbol(clip, symbol, now - start, rate, part, rise);
        if (symbol > 0 && now - start < kBlendSeconds) {
            const auto blend = std::min(
                part.size(),
                static_cast<std::size_t>(std::ceil((start + kBlendSeconds - now) * rate)));
            addSymbol(clip, symbol - 1, now - start + kSymbolSeconds, rate, part.first(blend),
                      [](double offset) { return 1 - rise(offset - kSymbolSeconds); });
        }
        done += part.size();
    }
}

} // namespace framecode
