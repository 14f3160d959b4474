// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/records/records.h"
#include "tests/support/patience.h"

#include <QTest>

#include <memory>
#include <optional>

std::unique_ptr<QObject> makeAlarmBookTest();
std::unique_ptr<QObject> makeRecordsTest();
std::unique_ptr<QObject> makeTroubleTest();
std::unique_ptr<QObject> makeKilledTest();

namespace continuo {

/// What Records may wait for the disk here: more than a test waits, so that what a test has seen
/// has come from the disk and not from the end of the patience.
inline constexpr std::chrono::milliseconds kDiskPatience{2 * kTestPatienceMs};

/// When frame 0 was: in 2069. Of 1970, rows would be pruned while a slow test runs.
inline constexpr WallTime kOpening = std::chrono::hours(24 * 365 * 100);

/// An item that went on air at \p frame, 100 frames a second.
inline Airing airingOf(const QString &item, std::int64_t frame,
                       const QString &channel = QStringLiteral("one"))
{
    Airing airing;
    airing.channel = channel;
    airing.itemId = item;
    airing.path = QStringLiteral("/clips/%1.mp4").arg(item);
    airing.title = item;
    airing.start = kOpening + WallTime(frame * 10000);
    airing.startFrame = frame;
    airing.end = {frame, airing.start, 0, 0};
    airing.isOnAir = true;
    airing.begun = QStringLiteral("follow");
    return airing;
}

inline AiringProgress until(std::int64_t frame, std::int64_t held = 0)
{
    return {frame, kOpening + WallTime(frame * 10000), held, 0};
}

/// What the log has, waited for.
inline Result<AiringList> listed(Records &records, const AiringQuery &query)
{
    std::optional<Result<AiringList>> list;
    records.listAirings(query, [&](const Result<AiringList> &answer) { list.emplace(answer); });
    if (!QTest::qWaitFor([&] { return list.has_value(); }, kTestPatienceMs))
        return Error{ErrorCode::Timeout, QStringLiteral("no answer"), 0};
    return *list;
}

inline QList<Airing> rowsOf(Records &records, const QString &channel = QStringLiteral("one"))
{
    const Result<AiringList> list = listed(records, {channel, {}, {}, 0, 100000});
    return list ? list->rows : QList<Airing>();
}

inline bool isKept(Records &records)
{
    bool isDone = false;
    records.whenKept([&] { isDone = true; });
    return QTest::qWaitFor([&] { return isDone; }, kTestPatienceMs);
}

} // namespace continuo
