// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/expectation.h"
#include "tests/support/framecode/outcome.h"
#include "tests/support/framecode/report.h"

#include <QString>

#include <chrono>
#include <optional>

namespace framecode {

struct CheckOptions {
    /// Above zero: read the playlist again and again, or the live address, for that long.
    std::chrono::milliseconds follow{0};
    /// How far sound and picture may lie apart; unset: one frame (and 0.7 ms for rounding to
    /// ticks).
    std::optional<double> avToleranceMs;
    /// Coarsest tick in seconds that the times went through before this container (1/1000 for
    /// what came over RTMP); unset: the container's own.
    std::optional<Rate> coarsestTick;
    /// House rate where there is no expectation; unset: the container's.
    std::optional<Rate> fps;
};

/// Decodes the input and lays it beside what was expected. Blocks until its end (or for the time
/// to follow). A failure means that it could not be read; faults are in the report.
Outcome<Report> check(const QString &input, const Expectation &expectation,
                      const CheckOptions &options = {});

/// The same without a list: codes, stretches of each clip and timestamps only.
Outcome<Report> survey(const QString &input, const CheckOptions &options = {});

} // namespace framecode
