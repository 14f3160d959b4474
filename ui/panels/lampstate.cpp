// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/lampstate.h"

#include "ui/models/wording.h"

namespace continuo {

namespace {

OnAirLamp::Light lightOf(ChannelPhase phase)
{
    if (phase == ChannelPhase::OnAir)
        return OnAirLamp::Light::Red;
    const Health health = healthOf(phase);
    return health == Health::Waiting || health == Health::Fault ? OnAirLamp::Light::Amber
                                                                : OnAirLamp::Light::Quiet;
}

} // namespace

void showLamp(OnAirLamp &lamp, ChannelPhase phase)
{
    lamp.setLight(lightOf(phase), Wording::channelPhase(phase));
}

void showLamp(OnAirLamp &lamp, const ChannelState &channel)
{
    lamp.setLight(lightOf(channel.phase), Wording::channelState(channel));
}

} // namespace continuo
