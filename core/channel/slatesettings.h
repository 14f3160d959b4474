// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QString>

namespace continuo {

/// What a channel shows while there is nothing to play, as the operator set it. Kept in
/// channel.json.
struct SlateSettings {
    QString path; ///< of a picture; empty: a card with the channel's name and a clock
    bool hasClock = false; ///< whether that picture has the clock, too
    qint64 drawing = 1; ///< the number of what was drawn of it last; each has its own

    bool operator==(const SlateSettings &) const = default;

    QJsonObject toJson() const ///< "path", "clock"
    {
        return {{QStringLiteral("path"), path}, {QStringLiteral("clock"), hasClock}};
    }
};

} // namespace continuo
