// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/waypoint.h"
#include "core/frames/airframe.h"

#include <QJsonObject>
#include <QString>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>

namespace continuo {

/// One entry of the list, as far as playout has to know it.
struct PlayoutItem {
    QString id;
    QString path;
    QString title;
    double stillSeconds = 10;
    QJsonObject tracks; ///< which of its file, as a player is told; empty: the best
    // Frames of the clip, not of the item:
    /// How many, from an earlier look at the file; 0: it will not play; -1: not known.
    std::int64_t expectedFrames = -1;
    std::int64_t in = 0; ///< with which the item begins
    std::int64_t out = -1; ///< before which it ends; -1: with its clip
    std::int64_t from = 0; ///< first that is wanted: in, or where another engine stood
    std::int64_t endBefore = -1; ///< where that engine left it for another; -1: it did not
    QString category = {}; ///< some have no logo
    /// Of its sound, from a measurement; with a target what an estimate goes on from.
    std::optional<int> gainCentiDb = {};
    std::optional<double> targetLufs = {}; ///< its player estimates the gain
    std::shared_ptr<const WaypointList> waypoints = {}; ///< of its file; null: none are known

    /// The two above as they are kept for another engine.
    AirGain askedGain() const
    {
        const int gain = gainCentiDb.value_or(0);
        if (targetLufs)
            return {AirGain::Kind::Estimated, gain, std::int32_t(std::lround(*targetLufs * 100))};
        return gainCentiDb ? AirGain{AirGain::Kind::Measured, gain, 0} : AirGain();
    }
    /// What another engine was asked for counts, whatever would be asked for now.
    void goOnWith(const AirGain &gain)
    {
        gainCentiDb.reset();
        targetLufs.reset();
        if (gain.kind != AirGain::Kind::None)
            gainCentiDb = gain.centiDb;
        if (gain.kind == AirGain::Kind::Estimated)
            targetLufs = double(gain.targetCentiLufs) / 100;
    }

    /// The frame before which it is left whatever its clip has; -1: there is none.
    std::int64_t limit() const
    {
        return out < 0 || (endBefore >= 0 && endBefore < out) ? endBefore : out;
    }
};

} // namespace continuo
