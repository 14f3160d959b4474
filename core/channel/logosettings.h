// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/logoplace.h"
#include "core/playout/logopainter.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace continuo {

/// The logo of a channel, as the operator set it. Kept in channel.json.
struct LogoSettings {
    QString path; ///< empty: none was ever set
    bool isOn = false;
    LogoPlace place;
    int opacity = 100; ///< percent
    LogoRule rule;
    qint64 drawing = 0; ///< the number of what was drawn of it last; each has its own

    QJsonObject toJson() const; ///< without `drawing`; "on", "path", the place, "opacity", "fade",
                                ///< "offFor", "onSlate"
    static Result<LogoSettings> fromJson(const QJsonObject &object);
    /// These with what logo.set asks for, and on. Errors: InvalidArgument (no path, one that is not
    /// absolute, a place that is none).
    Result<LogoSettings> changed(const QJsonObject &params) const;
};

} // namespace continuo
