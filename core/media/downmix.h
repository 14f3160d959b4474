// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavutil/channel_layout.h>
}

#include <QString>

namespace continuo {

/// What the sound of one channel adds to left and right.
struct StereoShare {
    double left = 0;
    double right = 0;
};

/// Of a channel among others, by ITU-R BS.775-3, table 2, and not normalised: centre and surrounds
/// at -3 dB, a back centre at half in both, no low-frequency effects. Channels that the table does
/// not know: those beside the front ones count as front, those above as surrounds.
StereoShare stereoShare(AVChannel channel);

/// Gives channels without a layout that of their number, as FLAC orders them (RFC 9639, 9.1.3): 3
/// have a centre and 4 are two and two, so that none is lost. More than eight stay as they are.
void settleLayout(AVChannelLayout &layout);

/// The filters that mix \p layout to stereo, in float, each followed by a comma; nothing for stereo
/// itself. One channel, whatever it is called, goes to both sides at -3 dB. Of channels that have
/// no place, the first two are the programme: they are tracks side by side, no surround sound.
QString downmixText(const AVChannelLayout &layout);

/// Whether the mix may be more than full scale where no channel is.
bool mayExceedFullScale(const AVChannelLayout &layout);

} // namespace continuo
