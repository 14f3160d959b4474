// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include <optional>

namespace continuo {

/// Which file a name stood for when it was opened: what another file of that name would not share.
struct FileIdentity {
    qint64 device = 0;
    qint64 inode = 0;
    qint64 sizeBytes = 0;
    qint64 modifiedNs = 0; ///< since 1970

    /// Of an open file; nothing when the file system does not answer.
    static std::optional<FileIdentity> ofDescriptor(int fd);
    /// Nothing where one of the numbers is missing.
    static std::optional<FileIdentity> fromJson(const QJsonObject &object);
    QJsonObject toJson() const; ///< {"device","inode","sizeBytes","modifiedNs"}

    /// Whether who has read this file may go on in \p now at the place where he stood.
    bool goesOnIn(const FileIdentity &now) const;

    bool operator==(const FileIdentity &) const = default;
};

} // namespace continuo
