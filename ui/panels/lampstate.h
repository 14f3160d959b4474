// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"
#include "ui/widgets/onairlamp.h"

namespace continuo {

/// Lights a lamp as the channel's state asks: red is for an item on air alone.
void showLamp(OnAirLamp &lamp, ChannelPhase phase);
void showLamp(OnAirLamp &lamp, const ChannelState &channel);

} // namespace continuo
