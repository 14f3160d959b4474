// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/faultrun.h"

#include <vector>

class Desktop;

namespace continuo {

/// Faults of player, encoder, publisher and pipes.
std::vector<FaultRow> chainRows();
/// Faults of the file on air.
std::vector<FaultRow> fileRows();
/// Faults of engine and keeper, alone and with others.
std::vector<FaultRow> engineRows();
/// What happens to all processes at once: power cut, suspend, the clock.
std::vector<FaultRow> stationRows();
/// A machine that cannot keep up.
std::vector<FaultRow> overloadRows();
/// Full disks. They need ownMounts().
std::vector<FaultRow> diskRows();
/// A server that is gone, or says nothing.
std::vector<FaultRow> serverRows();
/// The console, on a screen of its own; \p missing: why there is none.
std::vector<FaultRow> consoleRows(Desktop &desktop, const QString &missing);

/// Gives the process mounts of its own, so that it may make small file systems, which end with it;
/// before any thread. False when this is not permitted.
bool ownMounts();
/// Why it has none; empty: it has.
QString noMounts();

} // namespace continuo
