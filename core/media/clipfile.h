// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/playprogress.h"
#include "core/base/uniquefd.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <memory>
#include <span>

namespace continuo {

/// One local file, open for reading. Whoever has it needs no more right to open anything, and reads
/// the same file when another takes its name. Any thread.
class ClipFile final {
public:
    /// Blocks as long as the file system does. Errors: NotFound, PermissionDenied, InvalidArgument
    /// (a folder, pipe, socket or device), Io. \p progress counts what is done with it, and lives
    /// longer; without it nobody looks.
    static Result<std::shared_ptr<const ClipFile>> open(const QString &path,
                                                        PlayProgress *progress = nullptr);

    const QString &path() const { return m_path; }
    /// A "file:" address, by whose ending formats are told apart; no name is taken for a protocol.
    const QByteArray &address() const { return m_address; }
    int fd() const { return m_fd.get(); }
    std::int64_t size() const; ///< now, in bytes; 0 when the file system does not answer
    /// Reads from \p offset on; the bytes read, 0 at the end. Errors: Io, with errno.
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> bytes) const;

    PlayProgress &progress() const { return *m_progress; }

private:
    ClipFile(QString path, UniqueFd fd, PlayProgress *progress);

    const QString m_path;
    const QByteArray m_address;
    const UniqueFd m_fd;
    mutable PlayProgress m_unseen;
    PlayProgress *const m_progress;
};

using ClipFilePtr = std::shared_ptr<const ClipFile>;

} // namespace continuo
