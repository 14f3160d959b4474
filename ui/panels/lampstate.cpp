// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/lampstate.h"

#include "ui/models/wording.h"

namespace continuo {

void showLamp(OnAirLamp &lamp, ChannelPhase phase)
{
    OnAirLamp::Light light = OnAirLamp::Light::Quiet;
    if (phase == ChannelPhase::OnAir)
        light = OnAirLamp::Light::Red;
    else if (healthOf(phase) == Health::Waiting || healthOf(phase) == Health::Fault)
        light = OnAirLamp::Light::Amber;
    lamp.setLight(light, Wording::channelPhase(phase));
}

} // namespace continuo
