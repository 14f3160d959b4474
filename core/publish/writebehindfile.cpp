// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/writebehindfile.h"

#include "core/base/logging.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qsizetype kPartBytes = 1024 * 1024;
constexpr int kMaxCopies = 9999;

QString copyName(const QString &path, int number)
{
    if (number == 1)
        return path;
    const QFileInfo info(path);
    return u"%1/%2 (%3).%4"_s.arg(info.path(), info.completeBaseName(), QString::number(number),
                                  info.suffix());
}

} // namespace

Result<std::unique_ptr<WriteBehindFile>> WriteBehindFile::create(const QString &path)
{
    auto file = std::make_unique<WriteBehindFile>();
    for (int number = 1; number <= kMaxCopies; ++number) {
        file->m_path = copyName(path, number);
        const QByteArray name = QFile::encodeName(file->m_path);
        file->m_fd.reset(::open(name.constData(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (file->m_fd.isValid())
            return file;
        if (errno != EEXIST)
            return errorFromErrno(errno, u"make the file "_s + file->m_path);
    }
    return Error{ErrorCode::AlreadyExists, u"%1 and all its numbered copies exist"_s.arg(path), 0};
}

Result<std::unique_ptr<WriteBehindFile>> WriteBehindFile::reopen(const QString &path, qint64 inode,
                                                                 qint64 bytes)
{
    auto file = std::make_unique<WriteBehindFile>();
    file->m_path = path;
    file->m_fd.reset(::open(QFile::encodeName(path).constData(), O_RDWR | O_CLOEXEC));
    if (!file->m_fd.isValid())
        return errorFromErrno(errno, u"open "_s + path);
    struct stat status { };
    if (::fstat(file->m_fd.get(), &status) < 0)
        return errorFromErrno(errno, u"look at "_s + path);
    if (!S_ISREG(status.st_mode) || status.st_size < bytes
        || (inode != 0 && qint64(status.st_ino) != inode))
        return Error{ErrorCode::Corrupt, path + u" is not what it was"_s, 0};
    if (::ftruncate(file->m_fd.get(), bytes) < 0)
        return errorFromErrno(errno, u"cut "_s + path);
    file->m_writtenBytes = bytes;
    return file;
}

QByteArray WriteBehindFile::read(qint64 offset, qint64 bytes) const
{
    QByteArray text(bytes, Qt::Uninitialized);
    qint64 done = 0;
    while (done < bytes) {
        const ssize_t got
            = ::pread(m_fd.get(), text.data() + done, std::size_t(bytes - done), offset + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += got;
    }
    text.truncate(done);
    return text;
}

void WriteBehindFile::write(qint64 offset, const std::uint8_t *bytes, int size)
{
    const auto *text = reinterpret_cast<const char *>(bytes);
    m_waitingBytes += size;
    if (!m_waiting.empty()) {
        Part &last = m_waiting.back();
        if (last.offset + last.bytes.size() == offset && last.bytes.size() < kPartBytes) {
            last.bytes.append(text, size);
            return;
        }
    }
    m_waiting.push_back({offset, QByteArray(text, size)});
}

Result<void> WriteBehindFile::flush()
{
    while (!m_waiting.empty()) {
        Part &part = m_waiting.front();
        const ssize_t got = ::pwrite(m_fd.get(), part.bytes.constData(),
                                     std::size_t(part.bytes.size()), part.offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return errorFromErrno(got < 0 ? errno : ENOSPC, u"write "_s + m_path);
        m_waitingBytes -= got;
        m_writtenBytes += got;
        part.offset += got;
        part.bytes.remove(0, got);
        if (part.bytes.isEmpty())
            m_waiting.pop_front();
    }
    return {};
}

Result<void> WriteBehindFile::sync()
{
    Result<void> flushed = flush();
    if (flushed && ::fdatasync(m_fd.get()) < 0)
        return errorFromErrno(errno, u"write "_s + m_path);
    return flushed;
}

qint64 WriteBehindFile::inode() const
{
    struct stat own { };
    return ::fstat(m_fd.get(), &own) < 0 ? 0 : qint64(own.st_ino);
}

Result<void> WriteBehindFile::checkName() const
{
    struct stat own { };
    if (::fstat(m_fd.get(), &own) < 0)
        return errorFromErrno(errno, u"look at "_s + m_path);
    // The number of links alone would not do: a network's file that is deleted while it is open
    // keeps one under a hidden name, and a file manager deletes by moving to the trash.
    struct stat named { };
    const bool isThere = ::stat(QFile::encodeName(m_path).constData(), &named) == 0;
    if (isThere && named.st_dev == own.st_dev && named.st_ino == own.st_ino)
        return {};
    if (!isThere && errno != ENOENT && errno != ENOTDIR)
        return {}; // it cannot be told (a folder that may not be searched any more)
    return Error{ErrorCode::NotFound,
                 u"the file %1 was %2 while it was recorded"_s.arg(
                     m_path, own.st_nlink == 0 ? u"deleted"_s : u"moved away or deleted"_s),
                 0};
}

void WriteBehindFile::leave(qint64 bytes)
{
    m_waiting.clear();
    m_waitingBytes = 0;
    int outcome = 0;
    if (bytes > 0)
        outcome = ::ftruncate(m_fd.get(), bytes);
    else if (m_writtenBytes == 0) // or a disk that takes no byte would be littered with such
        outcome = ::unlink(QFile::encodeName(m_path).constData());
    if (outcome < 0)
        qCWarning(lcPublish, "%ls",
                  qUtf16Printable(errorFromErrno(errno, u"tidy up "_s + m_path).detail));
}

} // namespace continuo
