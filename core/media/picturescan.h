// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/clipproof.h"
#include "core/media/fieldjudge.h"

#include <QJsonObject>

#include <cstdint>
#include <functional>

namespace continuo {

/// As it stands in JSON: "progressive", "top-first", "bottom-first", "unknown".
QString fieldOrderName(FieldOrder order);

/// What looking at some of a clip's pictures shows. Times are those of the item as shown.
struct ClipLook {
    StretchList black; ///< of two seconds and more
    std::int64_t keyFrames = 0; ///< that were looked at
    FieldOrder told = FieldOrder::Unknown; ///< by file and decoder: as it will be treated
    FieldOrder seen = FieldOrder::Unknown; ///< by what moves between the lines
    double load = 0; ///< processor time that a second of it takes, in seconds
    int processors = 1; ///< that playing it can have: what it uses, half of the machine at most

    QJsonObject toJson() const;
};

/// Looks at key frames all over the clip, at most some thousand of them and not closer together
/// than half a second; decodes the groups where black begins or ends; at three places, whether
/// fields lie in the pictures; and how much processor time playing takes, where the head did not
/// show already that it is little. \p onRead as for readThrough().
/// A file whose container has no index is read once more. Errors: as Demuxer::open().
Result<ClipLook> lookAtPictures(const ClipResources &resources, const ClipEnds &ends,
                                std::int64_t durationUs,
                                const std::function<void(std::int64_t bytes)> &onRead);

} // namespace continuo
