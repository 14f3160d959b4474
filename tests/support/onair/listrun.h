// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/station/teststation.h"

#include <QHash>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>

namespace continuo {

/// What became of a list that was played once, by the events and the status of the station.
struct ListRun {
    qint64 frames = 0; ///< house frames that were aired, also of the slate
    QHash<QString, qint64> framesOf; ///< by item, if it came on air
    QHash<QString, QString> problemOf; ///< by item, in the station's words
    QStringList left; ///< items that were on air for longer than asked for
    QJsonObject status; ///< of the channel, before it was stopped; a rendered list has none
};

/// Puts the list of \p channel (not looping, stopped) on air in real time, records it into
/// \p record and stops the channel when the slate follows the last item, after calling \p atEnd.
/// An item that is still on air after \p longest is left for the next one. Throws when the station
/// goes away.
ListRun playList(TestStation &station, const QString &channel, const QString &record,
                 std::chrono::seconds longest, const std::function<void()> &atEnd = {});
/// The same unpaced, by station.render.
ListRun renderList(TestStation &station, const QString &channel, const QString &record);

} // namespace continuo
