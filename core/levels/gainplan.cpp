// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/levels/gainplan.h"

#include <algorithm>

namespace continuo {

namespace {

constexpr double kMostBoostDb = 30;
constexpr double kMostLimitingDb = 6;

} // namespace

GainPlan GainPlan::of(const LoudnessFacts &facts, double targetLufs, double ceilingDb)
{
    if (!facts.integrated) {
        const double room = facts.truePeak ? ceilingDb - *facts.truePeak : 0;
        return {std::min(room, 0.0), Bound::Unmeasured};
    }
    GainPlan plan;
    plan.gainDb = targetLufs - *facts.integrated;
    if (plan.gainDb > kMostBoostDb)
        plan = {kMostBoostDb, Bound::Boost};
    if (facts.truePeak) {
        const double most = ceilingDb + kMostLimitingDb - *facts.truePeak;
        if (plan.gainDb > most)
            plan = {most, Bound::Peaks};
    }
    return plan;
}

} // namespace continuo
