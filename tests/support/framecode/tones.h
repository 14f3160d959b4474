// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

// The code in the sound: symbols of 40 ms, three tones at a time. Which tones of the 32 of each
// band (500 to 1275, 1600 to 2375 and 2700 to 3475 Hz, 25 Hz apart), and with which phases, follows
// from clip and symbol number, so any stretch of some 60 ms belongs to one place of one clip only.
// Neighbouring symbols never share a tone and blend over 5 ms: there is nothing above 4 kHz, and
// the sound passes mono, 44.1 kHz, mixing down and lossy coding. Whoever knows the clip can make
// the very same wave again and lay it beside what was received.
namespace framecode {

inline constexpr double kSymbolSeconds = 0.040;
inline constexpr double kBlendSeconds = 0.005;
/// Root mean square of the sound (full scale is 1).
inline constexpr double kToneRms = 0.1470;

/// The sound of a clip from `fromSeconds` on, at `rate` samples a second, one channel, peak below
/// 0.37; silence before 0. Time 0 is the clip's first picture.
void synthesizeTones(int clip, double fromSeconds, double rate, std::span<float> out);

/// Below all of them a steady tone for each channel of a clip with a layout, by which one hears in
/// a mix how much there is of it.
constexpr double markerHz(int channel)
{
    return 80 + 40 * channel;
}
inline constexpr double kMarkerAmplitude = 0.04;

} // namespace framecode
