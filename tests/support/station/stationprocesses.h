// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <sys/types.h>

namespace continuo {

/// A running process of a test's station, as /proc has it: the station is not asked, since it may
/// be the one that was stopped or killed.
struct StationProcess {
    QString role; ///< keeper, engine, player, encoder, publisher, console; else the program's name
    pid_t pid = 0;
    pid_t parent = 0;
    char state = 'R'; ///< as in /proc/PID/stat: 'T' is stopped
};

/// The variable that a station's processes inherit; its value is the station's folder.
inline constexpr const char *kStationMark = "CONTINUO_TEST_STATION";

/// Every living process that carries the mark \p folder, whoever its parent is by now; oldest
/// first.
QList<StationProcess> stationProcesses(const QString &folder);

/// Descriptors that the process has open; -1: it is gone.
int openDescriptors(pid_t pid);
/// Memory in bytes by smaps_rollup's Pss, shared pages counted in shares; -1: it is gone.
qint64 proportionalMemory(pid_t pid);

} // namespace continuo
