// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"

namespace continuo {

/// Reaps a killed child when it has ended, which may be never: one that sleeps in a call to a dead
/// share is not woken by SIGKILL. Nobody waits for it; the event loop of the application (whose
/// thread calls this) is woken when it ends.
void reapLater(ChildProcess process);

} // namespace continuo
