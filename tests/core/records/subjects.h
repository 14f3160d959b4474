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

/// An item that went on air at \p frame, 100 frames a second.
inline Airing airingOf(const QString &item, std::int64_t frame,
                       const QString &channel = QStringLiteral("one"))
{
    Airing airing;
    airing.channel = channel;
    airing.itemId = item;
    airing.path = QStringLiteral("/clips/%1.mp4").arg(item);
    airing.title = item;
    airing.start = WallTime(frame * 10000);
    airing.startFrame = frame;
    airing.end = {frame, airing.start, 0, 0};
    airing.isOnAir = true;
    airing.begun = QStringLiteral("follow");
    return airing;
}

inline AiringProgress until(std::int64_t frame, std::int64_t held = 0)
{
    return {frame, WallTime(frame * 10000), held, 0};
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
