// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QString>

namespace continuo {

/// Where a channel's stream goes. The key is nowhere but in memory, its own 0600 file and the
/// publisher.
struct DestinationSettings {
    QString id;
    QString type; ///< "hls", "file", "rtmp"
    QString target; ///< folder, file or URL without its key
    QString serve; ///< hls: "ADDR:PORT" to serve the folder over HTTP; empty: not served
    int listSize = -1; ///< hls: segments in the list, 0: all; -1: the publisher's default
    bool hasKey = false;
    QString key; ///< never stored with the settings, never shown

    /// What an operator asks for: "hls:DIR" or "file:PATH" (absolute), or the URL of a server,
    /// whose key is split off where it stands in it or is \p givenKey. Spaces and line breaks
    /// around both do not count: they come with what is pasted. Errors, without a secret in them:
    /// InvalidArgument (no absolute path, no server, no application), Unsupported (another kind).
    static Result<DestinationSettings> fromTarget(const QString &target, const QString &givenKey);

    QJsonObject toJson() const; ///< without the key
    static DestinationSettings fromJson(const QJsonObject &object);
    /// The body of the publisher's add_destination, with the key.
    QJsonObject toRequest() const;
};

} // namespace continuo
