// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QByteArray>
#include <QString>

#include <deque>
#include <memory>

namespace continuo {

/// A new file whose writer never sees an error: what the disk refuses waits in memory, in order,
/// until flush() gets it out. So a full disk leaves no torn file. One thread.
class WriteBehindFile final {
public:
    /// Makes the file; one that exists is never touched: "a (2).mkv", "a (3).mkv" and so on up to
    /// 9999 is made in its place. Errors: NotFound (no such folder), PermissionDenied, NoSpace, Io.
    static Result<std::unique_ptr<WriteBehindFile>> create(const QString &path);

    /// Goes on with a file that was made before, cut back to its first \p bytes. \p inode is what
    /// inode() said then, 0 for any: what stands there now in its place is not touched. Errors:
    /// NotFound, Corrupt (it is shorter, or another), PermissionDenied, Io.
    static Result<std::unique_ptr<WriteBehindFile>> reopen(const QString &path, qint64 inode,
                                                           qint64 bytes);

    void write(qint64 offset, const std::uint8_t *bytes, int size);
    /// Writes what waits. Errors: NoSpace (there may be room later), Io and whatever else the
    /// system says (there will not); the rest goes on waiting.
    Result<void> flush();
    /// flush(), then brings it to the medium.
    Result<void> sync();
    /// That the name still leads to this file. Errors: NotFound (it or its folder was deleted or
    /// moved away, even if there is another now: all that is written would never be found), Io.
    Result<void> checkName() const;
    /// The last call for a file that takes no more: forgets what waits and leaves the first
    /// \p bytes, which are whole. With 0 the file stays as it is, but an empty one is removed.
    void leave(qint64 bytes);

    /// Bytes of the file as it stands on disk; fewer than asked for where it ends.
    QByteArray read(qint64 offset, qint64 bytes) const;

    QString path() const { return m_path; } ///< as it was made
    qint64 inode() const; ///< its number in the file system; 0: not known
    qint64 waitingBytes() const { return m_waitingBytes; }
    qint64 writtenBytes() const { return m_writtenBytes; }

private:
    struct Part {
        qint64 offset = 0;
        QByteArray bytes;
    };

    QString m_path;
    UniqueFd m_fd;
    std::deque<Part> m_waiting;
    qint64 m_waitingBytes = 0;
    qint64 m_writtenBytes = 0;
};

} // namespace continuo
