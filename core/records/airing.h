// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include <chrono>
#include <cstdint>
#include <optional>

namespace continuo {

/// UTC since 1970.
using WallTime = std::chrono::microseconds;
/// Whole milliseconds of it, as JSON has them.
inline qint64 toMilliseconds(WallTime time)
{
    return std::chrono::floor<std::chrono::milliseconds>(time).count();
}

/// How far something that is on air has got.
struct AiringProgress {
    std::int64_t nextFrame = 0; ///< first frame that is not its own
    WallTime until{}; ///< when that frame is due
    std::int64_t held = 0; ///< of its frames: the last picture shown again
    std::int64_t dropped = 0; ///< frames left out while it was on air
};

/// One row of the as-run log: an item (or the slate, with an empty item id) that was on air once.
struct Airing {
    std::int64_t id = 0; ///< of the row, rising in the order in which rows were written
    QString channel;
    QString itemId;
    QString path;
    QString title;
    /// As the list stood when what was before it went on air; absent where nothing was planned (the
    /// slate, a take) or a length was not known.
    std::optional<WallTime> plannedStart;
    std::optional<WallTime> plannedEnd;
    WallTime start{};
    std::int64_t startFrame = 0;
    /// Its end. While it is on air: as far as was noted, which is what is left after a power cut.
    AiringProgress end;
    bool isOnAir = false;
    QString begun; ///< why it went on air: "follow", "skip", "take", "slate", "failed"
    /// Why it was not aired as planned, none to several: see docs/protocols.md.
    QStringList reasons;
    QString detail; ///< a sentence for the reasons that have one

    std::int64_t frames() const { return end.nextFrame - startFrame; }
    /// As a row of asrun.list.
    QJsonObject toJson() const;
};

/// Which rows are asked for.
struct AiringQuery {
    QString channel;
    std::optional<WallTime> from; ///< on air at that time or later
    std::optional<WallTime> to; ///< begun before that
    std::int64_t afterId = 0; ///< only rows behind that one, to read on
    int limit = 1000;
};

struct AiringList {
    QList<Airing> rows;
    bool hasMore = false;
};

} // namespace continuo

Q_DECLARE_METATYPE(continuo::Airing)
