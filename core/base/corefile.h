// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace continuo {

/// For programs through whose memory stream keys pass: a crash of this process, or of one that it
/// starts, leaves no core file. Call at the start of main().
void forbidCoreFiles();

} // namespace continuo
