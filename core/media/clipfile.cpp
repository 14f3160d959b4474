// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/clipfile.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error unreachable(int error, const QString &path)
{
    if (error == ENOENT || error == ENOTDIR)
        return Error{ErrorCode::NotFound, u"%1 does not exist"_s.arg(path), error};
    return errorFromErrno(error, u"open %1"_s.arg(path));
}

Error noFile(const QString &path)
{
    return Error{ErrorCode::InvalidArgument, u"%1 is not a file"_s.arg(path), 0};
}

} // namespace

ClipFile::ClipFile(QString path, UniqueFd fd, PlayProgress *progress)
    : m_path(std::move(path))
    , m_address("file:" + QFileInfo(m_path).absoluteFilePath().toUtf8())
    , m_fd(std::move(fd))
    , m_progress(progress ? progress : &m_unseen)
{
}

Result<ClipFilePtr> ClipFile::open(const QString &path, PlayProgress *progress)
{
    PlayProgress unseen;
    const ReadUnderWay underWay(progress ? *progress : unseen);
    const QByteArray name = QFile::encodeName(path);
    struct stat info { };
    // Before it is opened: that would wait at a pipe for a writer, and move a tape.
    if (::stat(name.constData(), &info) < 0)
        return unreachable(errno, path);
    if (!S_ISREG(info.st_mode))
        return noFile(path);
    UniqueFd fd(::open(name.constData(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd.isValid() || ::fstat(fd.get(), &info) < 0)
        return unreachable(errno, path);
    if (!S_ISREG(info.st_mode))
        return noFile(path);
    return ClipFilePtr(new ClipFile(path, std::move(fd), progress));
}

std::int64_t ClipFile::size() const
{
    const ReadUnderWay underWay(*m_progress);
    struct stat info { };
    return ::fstat(m_fd.get(), &info) == 0 ? info.st_size : 0;
}

Result<std::size_t> ClipFile::read(std::int64_t offset, std::span<std::uint8_t> bytes) const
{
    const ReadUnderWay underWay(*m_progress);
    for (;;) {
        const ssize_t count = ::pread(m_fd.get(), bytes.data(), bytes.size(), offset);
        if (count >= 0) {
            PlayProgress::count(m_progress->bytesRead, std::uint64_t(count));
            return std::size_t(count);
        }
        if (errno != EINTR)
            return errorFromErrno(errno, u"read %1"_s.arg(m_path));
    }
}

} // namespace continuo
