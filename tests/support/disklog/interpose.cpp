// SPDX-License-Identifier: GPL-3.0-or-later
// The program's own definitions come before libc's for every library in it: each does what libc
// does, by the system call, and writes down what it did.
#include "tests/support/disklog/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>

using disklog::Recorder;

namespace {

bool exists(const char *path)
{
    return ::faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int openRecorded(int folder, const char *path, int flags, mode_t mode)
{
    const QByteArray below = folder == AT_FDCWD ? Recorder::instance().below(path) : QByteArray();
    const bool isNew = !below.isEmpty() && (flags & O_CREAT) != 0 && !exists(path);
    const int fd = int(::syscall(SYS_openat, folder, path, flags, mode));
    if (fd >= 0 && !below.isEmpty()) {
        std::optional<int> newMode;
        struct stat facts { };
        if (isNew && ::fstat(fd, &facts) == 0)
            newMode = int(facts.st_mode & 07777U);
        Recorder::instance().opened(fd, below, newMode, (flags & O_TRUNC) != 0);
    }
    return fd;
}

mode_t modeOf(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

} // namespace

extern "C" {

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openRecorded(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openRecorded(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openRecorded(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openRecorded(folder, path, flags, mode);
}

ssize_t write(int fd, const void *data, size_t size)
{
    qint64 offset = 0;
    if (Recorder::instance().knows(fd)) {
        offset = (::fcntl(fd, F_GETFL) & O_APPEND) != 0 ? ::lseek(fd, 0, SEEK_END)
                                                        : ::lseek(fd, 0, SEEK_CUR);
    }
    const ssize_t put = ::syscall(SYS_write, fd, data, size);
    Recorder::instance().wrote(fd, data, put, offset);
    return put;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    const ssize_t put = ::syscall(SYS_pwrite64, fd, data, size, offset);
    Recorder::instance().wrote(fd, data, put, offset);
    return put;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    const ssize_t put = ::syscall(SYS_pwrite64, fd, data, size, offset);
    Recorder::instance().wrote(fd, data, put, offset);
    return put;
}

int ftruncate(int fd, off_t size) noexcept
{
    const int result = int(::syscall(SYS_ftruncate, fd, size));
    if (result == 0)
        Recorder::instance().truncated(fd, size);
    return result;
}

int ftruncate64(int fd, off64_t size) noexcept
{
    return ftruncate(fd, size);
}

int fsync(int fd)
{
    const int result = int(::syscall(SYS_fsync, fd));
    if (result == 0)
        Recorder::instance().synced(fd);
    return result;
}

int fdatasync(int fd)
{
    const int result = int(::syscall(SYS_fdatasync, fd));
    if (result == 0)
        Recorder::instance().synced(fd);
    return result;
}

int renameat2(int fromFolder, const char *from, int toFolder, const char *to,
              unsigned int flags) noexcept
{
    const int result = int(::syscall(SYS_renameat2, fromFolder, from, toFolder, to, flags));
    Recorder &recorder = Recorder::instance();
    if (result == 0 && !recorder.below(from).isEmpty())
        recorder.renamed(recorder.below(from), recorder.below(to), (flags & RENAME_EXCHANGE) != 0);
    return result;
}

int rename(const char *from, const char *to) noexcept
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) noexcept
{
    const int result = int(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
    if (result == 0 && !Recorder::instance().below(path).isEmpty())
        Recorder::instance().unlinked(Recorder::instance().below(path));
    return result;
}

int remove(const char *path) noexcept
{
    struct stat facts { };
    const bool isFolder = ::lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
    return isFolder ? ::rmdir(path) : unlink(path);
}

int mkdir(const char *path, mode_t mode) noexcept
{
    const int result = int(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
    if (result == 0 && !Recorder::instance().below(path).isEmpty())
        Recorder::instance().madeFolder(Recorder::instance().below(path));
    return result;
}

int close(int fd)
{
    if (Recorder::instance().knows(fd))
        Recorder::instance().closed(fd);
    return int(::syscall(SYS_close, fd));
}

} // extern "C"
