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

    /// Goes on with a file that was made before, cut back to its first \p bytes. Errors: NotFound,
    /// Corrupt (it is shorter), PermissionDenied, Io.
    static Result<std::unique_ptr<WriteBehindFile>> reopen(const QString &path, qint64 bytes);

    void write(qint64 offset, const std::uint8_t *bytes, int size);
    /// Writes what waits. Errors: NoSpace, Io; the rest goes on waiting.
    Result<void> flush();
    /// flush(), then brings it to the medium.
    Result<void> sync();

    /// Bytes of the file as it stands on disk; fewer than asked for where it ends.
    QByteArray read(qint64 offset, qint64 bytes) const;

    QString path() const { return m_path; } ///< as it was made
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
