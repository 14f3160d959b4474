// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <memory>

// What a program does to the files of a folder, call by call, and what a power cut may leave of it.
// The calls are recorded by taking the place of libc's functions (interpose.cpp), so real code runs
// on a real disk and knows nothing of it. Any thread of the program is recorded; what two of them
// do at the same time is written down in one of the two orders.
namespace disklog {

enum class Kind {
    Create, ///< path, with a new file (offset: its mode)
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

struct Disk;

/// The power, cut behind each call in turn. A fsync of a file does not keep its name: that takes
/// one of its folder. Folders themselves are kept.
class PowerCuts final {
public:
    explicit PowerCuts(QList<Operation> operations);
    ~PowerCuts();
    PowerCuts(const PowerCuts &) = delete;
    PowerCuts &operator=(const PowerCuts &) = delete;

    /// Does one more operation; false: all are done.
    bool next();
    qsizetype done() const { return m_done; }
    const Operation &last() const { return m_operations[m_done - 1]; }
    /// Whether there may be something else on the disk than without that last one.
    bool hasChanged(Kept kept) const;
    /// Writes into \p target (an empty folder) what the disk may hold now.
    bool write(Kept kept, const QString &target) const;

private:
    const QList<Operation> m_operations;
    qsizetype m_done = 0;
    std::unique_ptr<Disk> m_disk;
};

} // namespace disklog
