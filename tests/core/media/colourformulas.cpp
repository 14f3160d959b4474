// SPDX-License-Identifier: GPL-3.0-or-later
#include "colourformulas.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

Triple times(const std::array<Triple, 3> &matrix, const Triple &value)
{
    Triple result{};
    for (std::size_t i = 0; i < 3; ++i)
        result[i] = matrix[i][0] * value[0] + matrix[i][1] * value[1] + matrix[i][2] * value[2];
    return result;
}

// BT.2087: annex 1 from BT.709, and its inverse.
constexpr std::array<Triple, 3> kWider{
    {{0.6274, 0.3293, 0.0433}, {0.0691, 0.9195, 0.0114}, {0.0164, 0.0880, 0.8956}}};
constexpr std::array<Triple, 3> kNarrower{
    {{1.6605, -0.5876, -0.0728}, {-0.1246, 1.1329, -0.0083}, {-0.0182, -0.1006, 1.1187}}};

// SMPTE ST 2084.
constexpr double kM1 = 0.1593017578125;
constexpr double kM2 = 78.84375;
constexpr double kC1 = 0.8359375;
constexpr double kC2 = 18.8515625;
constexpr double kC3 = 18.6875;

double pqEotf(double signal)
{
    const double p = std::pow(std::max(signal, 0.0), 1 / kM2);
    return 10000 * std::pow(std::max(p - kC1, 0.0) / (kC2 - kC3 * p), 1 / kM1);
}

// BT.2100, table 5, with E in 0..1.
double hlgInverseOetf(double signal)
{
    signal = std::max(signal, 0.0);
    return signal <= 0.5 ? signal * signal / 3
                         : (std::exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}

// BT.2390-8, 5.4.1: from a peak to a white of 203 nit, both with a black of 0.
double eetf(double nits, double peak)
{
    const double most = pqInverse(203) / pqInverse(peak);
    if (most >= 1)
        return std::min(nits, 203.0);
    const double e1 = std::min(pqInverse(nits) / pqInverse(peak), 1.0);
    const double ks = 1.5 * most - 0.5;
    if (e1 < ks)
        return nits;
    const double t = (e1 - ks) / (1 - ks);
    const double p = (2 * t * t * t - 3 * t * t + 1) * ks + (t * t * t - 2 * t * t + t) * (1 - ks)
        + (-2 * t * t * t + 3 * t * t) * most;
    return pqEotf(p * pqInverse(peak));
}

} // namespace

double pqInverse(double nits)
{
    const double p = std::pow(std::max(nits, 0.0) / 10000, kM1);
    return std::pow((kC1 + kC2 * p) / (1 + kC3 * p), kM2);
}

double hlgOetf(double light)
{
    return light <= 1.0 / 12 ? std::sqrt(3 * light)
                             : 0.17883277 * std::log(12 * light - 0.28466892) + 0.55991073;
}

Triple screenLight(Signal kind, double peak, const Triple &signal)
{
    Triple light{};
    if (kind == Signal::Gamma) {
        for (std::size_t i = 0; i < 3; ++i)
            light[i] = std::pow(std::max(signal[i], 0.0), 2.4);
        return times(kNarrower, light);
    }
    for (std::size_t i = 0; i < 3; ++i)
        light[i] = kind == Signal::Pq ? pqEotf(signal[i]) : hlgInverseOetf(signal[i]);
    if (kind == Signal::Hlg) {
        const double y = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
        for (double &value : light)
            value *= 1000 * std::pow(y, 0.2);
    }
    const double most = std::ranges::max(light);
    for (double &value : light)
        value *= most > 0 ? eetf(most, peak) / most / 203 : 0;
    return times(kNarrower, light);
}

Triple houseCodes(const Triple &rgb)
{
    const double y = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    return {16 + 219 * y, 128 + 224 * (rgb[2] - y) / 1.8556, 128 + 224 * (rgb[0] - y) / 1.5748};
}

Triple expectedCodes(Signal kind, double peak, const Triple &signal)
{
    Triple light = screenLight(kind, peak, signal);
    const double grey
        = std::clamp(0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2], 0.0, 1.0);
    double keep = 1;
    for (const double value : light) {
        if (value > 1)
            keep = std::min(keep, (1 - grey) / (value - grey));
        if (value < 0)
            keep = std::min(keep, grey / (grey - value));
    }
    for (double &value : light)
        value = std::pow(std::clamp(grey + keep * (value - grey), 0.0, 1.0), 1 / 2.4);
    return houseCodes(light);
}

std::array<int, 3> wideCodes(const Triple &signal)
{
    const double y = 0.2627 * signal[0] + 0.6780 * signal[1] + 0.0593 * signal[2];
    return {int(std::lround(64 + 876 * y)), int(std::lround(512 + 896 * (signal[2] - y) / 1.8814)),
            int(std::lround(512 + 896 * (signal[0] - y) / 1.4746))};
}

Triple signalOf(int luma, int u, int v)
{
    const double y = (luma - 64) / 876.0;
    const double blue = y + 1.8814 * (u - 512) / 896;
    const double red = y + 1.4746 * (v - 512) / 896;
    return {red, (y - 0.2627 * red - 0.0593 * blue) / 0.6780, blue};
}

Triple wideSignal(Signal kind, const Triple &colour)
{
    Triple light{};
    for (std::size_t i = 0; i < 3; ++i)
        light[i] = std::pow(colour[i], 2.4);
    Triple signal = times(kWider, light);
    // Of 1000 nit, by the inverse of the system gamma.
    const double scene
        = std::pow(0.2627 * signal[0] + 0.6780 * signal[1] + 0.0593 * signal[2], 1 / 1.2 - 1);
    for (double &value : signal) {
        if (kind == Signal::Gamma)
            value = std::pow(value, 1 / 2.4);
        else if (kind == Signal::Pq)
            value = pqInverse(value * 203);
        else
            value = hlgOetf(value * scene * std::pow(0.203, 1 / 1.2));
    }
    return signal;
}

} // namespace continuo
