// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

// What a program does to the files of a folder, call by call, and what a power cut may leave of it.
// The calls are recorded by taking the place of libc's functions (interpose.cpp), so real code runs
// on a real disk and knows nothing of it. Recording is for one thread.
namespace disklog {

enum class Kind {
    Create, ///< path, with a new file
    Truncate, ///< file, to offset
    Write, ///< file, bytes at offset
    Sync, ///< file: its bytes; of a folder (path): its names
    Rename, ///< path to other
    Exchange, ///< path with other
    Unlink, ///< path
    Folder, ///< path
    Answer, ///< a promise: what was done up to here is kept (offset: its number)
};

struct Operation {
    Kind kind = Kind::Answer;
    int file = -1; ///< a number for each file ever made; -1: a folder or none
    QByteArray path; ///< below the recorded folder
    QByteArray other;
    qint64 offset = 0;
    QByteArray bytes;
};

/// What of the unsynced is on the disk after the cut. A file system may write names and bytes in
/// any order, so each is a thing that can happen.
enum class Kept {
    Everything, ///< as after kill -9
    SyncedOnly,
    NamesAndSyncedBytes, ///< renames made it, bytes did not
    BytesAndSyncedNames, ///< the other way round
    TornLastWrite, ///< everything but the second half of the last write
};

/// Records what this process does below \p folder (empty at that time) from now on.
void begin(const QString &folder);
void answer(qint64 number);
QList<Operation> end();

/// Writes into \p target (an empty folder) what the disk may hold after the first \p count
/// operations. A fsync of a file does not keep its name: that takes one of its folder. Folders
/// themselves are kept.
bool replay(const QList<Operation> &operations, qsizetype count, Kept kept, const QString &target);

} // namespace disklog
