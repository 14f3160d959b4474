// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QString>

namespace continuo {

/// What a channel shows while there is nothing to play, as the operator set it. Kept in
/// channel.json.
struct SlateSettings {
    QString path; ///< of a picture; empty: a card with the channel's name
    qint64 drawing = 1; ///< the number of what was drawn of it last; each has its own

    bool operator==(const SlateSettings &) const = default;

    QJsonObject toJson() const { return {{QStringLiteral("path"), path}}; } ///< without `drawing`
};

} // namespace continuo
