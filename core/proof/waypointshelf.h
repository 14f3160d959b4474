// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/waypoint.h"
#include "core/proof/statworker.h"

#include <QHash>
#include <QString>

#include <memory>

namespace continuo {

using WaypointListPtr = std::shared_ptr<const WaypointList>;

/// Waypoints of the files that are wanted soon, so that a player gets them with its clip. Those of
/// all files would be too many for memory: three hours take 140 kB. The file that was wanted the
/// longest ago makes way. Owner thread: main.
class WaypointShelf final {
public:
    static constexpr qsizetype kMostFiles = 128;

    /// Whether \p path has its place here in that very state, be it an empty one.
    bool has(const QString &path, const FileState &state) const;
    /// \p list may be null: it has none, or the store was asked and has not answered yet.
    void put(const QString &path, const FileState &state, WaypointListPtr list);
    void remove(const QString &path) { m_files.remove(path); }
    /// The store could not answer: its place is taken away, so that it is asked again.
    void withdraw(const QString &path, const FileState &state);
    /// Null where there are none, or none are here.
    WaypointListPtr find(const QString &path);

private:
    struct File {
        FileState state;
        WaypointListPtr list;
        qint64 use = 0; // the number of the last one
    };

    QHash<QString, File> m_files;
    qint64 m_uses = 0;
};

} // namespace continuo
