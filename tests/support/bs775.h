// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cmath>
#include <utility>

namespace continuo {

/// How much of a channel is heard at left and at right of two, by ITU-R BS.775-3, table 2. Channels
/// by ffmpeg's names of them.
inline std::pair<double, double> stereoShares(const QString &channel)
{
    const auto is = [&](const char *name) { return channel == QLatin1StringView(name); };
    const double third = std::sqrt(0.5); // -3 dB
    if (is("LFE"))
        return {0, 0};
    if (is("FC"))
        return {third, third};
    if (is("BC"))
        return {0.5, 0.5};
    const double share = channel.startsWith(u'F') ? 1 : third;
    const bool isLeft = is("FL") || is("BL") || is("SL") || is("FLC");
    return isLeft ? std::pair(share, 0.0) : std::pair(0.0, share);
}

} // namespace continuo
