// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/logoplan.h"

#include <algorithm>

namespace continuo {

// Of two that fade over, one rises from 0 (rounded down) while the other falls to 0 (rounded up):
// together they are never above 255.
int LogoRamp::at(std::int64_t number) const
{
    if (number < frame)
        return from;
    if (number >= end())
        return to;
    const auto step = std::int32_t(number - frame + 1);
    return from + (to - from) * step / fade;
}

LogoRamp LogoRamp::turned(int level, std::int64_t number, int frames) const
{
    return {number, at(number - 1), level, frames};
}

std::int64_t LogoPlan::restsAt() const
{
    return std::max(shown.opacity.end(), leaving.opacity.end());
}

LogoPlan LogoPlan::changed(std::int64_t logo, int level, std::int64_t number, int frames) const
{
    if (logo == shown.logo)
        return {{logo, shown.opacity.turned(level, number, frames)}, {}};
    LogoPlan plan;
    plan.shown = {logo, {number, 0, logo == 0 ? 0 : level, frames}};
    plan.leaving = {shown.logo, shown.opacity.turned(0, number, frames)};
    return plan;
}

int logoLevel(int percent)
{
    return (std::clamp(percent, 0, 100) * 255 + 50) / 100;
}

} // namespace continuo
