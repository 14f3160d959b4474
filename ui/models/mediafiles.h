// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QUrl>

#include <atomic>

namespace continuo {

/// What came out of opening dropped files and folders.
struct MediaFiles {
    QStringList paths; ///< absolute; folders in their place, their files in natural order
    int passedOver = 0; ///< files in folders that are no media by their name
    int onNetwork = 0; ///< addresses that are no local files
    bool isCutShort = false; ///< more than kMaxFiles were found
};

constexpr int kMaxFiles = 20'000;

/// True for a name whose ending is that of a video, sound or picture file.
bool isMediaFileName(const QString &name);
/// "Part 2" before "Part 10"; letters without regard to case.
bool naturallyLess(const QString &left, const QString &right);
/// Opens dropped local files and folders: a file is taken whatever its name, a folder gives its
/// media files and those of its folders (symbolic links to folders are not followed: they may
/// circle). Reads folders, so it blocks as long as a disk or share takes: run it on a worker
/// thread. Ends early once \p stop is set.
MediaFiles findMediaFiles(const QList<QUrl> &urls, const std::atomic_bool &stop);

} // namespace continuo
