// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/media/avptr.h"

#include <QString>

namespace continuo {

/// Parses \p text between \p source and \p sink, which stand in \p graph already, and configures
/// the graph. \p source may be null for a text that makes its own pictures.
/// Errors: Unsupported (a filter is missing or refuses), NoSpace.
Result<void> connectFilters(AVFilterGraph *graph, AVFilterContext *source, AVFilterContext *sink,
                            const QString &text);

/// Makes a filter of type \p type in \p graph with \p arguments ("a=1:b=2"). Errors: Unsupported.
Result<AVFilterContext *> addFilter(AVFilterGraph *graph, const char *type, const QString &name,
                                    const QString &arguments);

} // namespace continuo
