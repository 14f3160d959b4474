// SPDX-License-Identifier: GPL-3.0-or-later
// The published formulas of wide gamut and high dynamic range, in doubles and one value at a time:
// what ColourMap is judged by.
#pragma once

#include <array>

namespace continuo {

using Triple = std::array<double, 3>; // R'G'B', light or codes
enum class Signal { Gamma, Pq, Hlg }; // all in BT.2020

/// The signal of so many nit, by SMPTE ST 2084.
double pqInverse(double nits);
/// The signal of light from the scene in 0..1, by BT.2100, table 5.
double hlgOetf(double light);
/// Light on the screen of BT.709 (white is 1, may lie outside) of a signal in BT.2020.
Triple screenLight(Signal kind, double peak, const Triple &signal);
/// Y, U and V of 8 bits of R'G'B' in BT.709.
Triple houseCodes(const Triple &rgb);
/// What a signal must look like: towards grey where BT.709 ends.
Triple expectedCodes(Signal kind, double peak, const Triple &signal);
/// 10-bit codes of a signal in BT.2020, and back.
std::array<int, 3> wideCodes(const Triple &signal);
Triple signalOf(int luma, int u, int v);
/// The signal in BT.2020 of a colour in BT.709 whose white is at 203 nit.
Triple wideSignal(Signal kind, const Triple &colour);

} // namespace continuo
