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

ClipFile::ClipFile(QString path, UniqueFd fd)
    : m_path(std::move(path))
    , m_address("file:" + QFileInfo(m_path).absoluteFilePath().toUtf8())
    , m_fd(std::move(fd))
{
}

Result<ClipFilePtr> ClipFile::open(const QString &path)
{
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
    return ClipFilePtr(new ClipFile(path, std::move(fd)));
}

std::int64_t ClipFile::size() const
{
    struct stat info { };
    return ::fstat(m_fd.get(), &info) == 0 ? info.st_size : 0;
}

Result<std::size_t> ClipFile::read(std::int64_t offset, std::span<std::uint8_t> bytes) const
{
    for (;;) {
        const ssize_t count = ::pread(m_fd.get(), bytes.data(), bytes.size(), offset);
        if (count >= 0)
            return std::size_t(count);
        if (errno != EINTR)
            return errorFromErrno(errno, u"read %1"_s.arg(m_path));
    }
}

} // namespace continuo
