// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/faultrun.h"

#include <vector>

namespace continuo {

/// Faults of player, encoder, publisher, console and pipes.
std::vector<FaultRow> chainRows();
/// Faults of engine and keeper, alone and with others.
std::vector<FaultRow> engineRows();

} // namespace continuo
