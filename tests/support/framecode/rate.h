// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/outcome.h"

#include <QString>

#include <cstdint>

namespace framecode {

/// A rational number above zero: frames a second, or seconds a tick.
struct Rate {
    std::int64_t num = 30;
    std::int64_t den = 1;

    double value() const { return static_cast<double>(num) / static_cast<double>(den); }
    bool operator==(const Rate &other) const { return num * other.den == other.num * den; }
};

/// "30", "30000/1001", "16:9", and the usual decimals 23.976, 29.97, 59.94 as their exact rates.
Outcome<Rate> parseRate(const QString &text);
QString toString(const Rate &rate);

/// value * by.num / by.den, exact in 128 bits, a half rounded away from zero (the tie rule).
std::int64_t roundedProduct(std::int64_t value, const Rate &by);

/// First 48 kHz sample of house frame n: floor(n * 48000 * den / num), exact in 128 bits.
std::int64_t firstSampleOf(std::int64_t frame, const Rate &fps);

} // namespace framecode
