// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/lockfile.h"

#include "core/base/logging.h"

#include <QByteArray>
#include <QFile>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

Result<UniqueFd> lockFile(const QString &path)
{
    UniqueFd lock(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.isValid())
        return errorFromErrno(errno, u"open "_s + path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (errno != EWOULDBLOCK)
        return errorFromErrno(errno, u"lock "_s + path);
    std::array<char, 16> pid{};
    const ssize_t length = ::pread(lock.get(), pid.data(), pid.size() - 1, 0);
    const QString owner
        = length > 0 ? u" by process "_s + QString::fromLatin1(pid.data()).trimmed() : QString();
    return Error{ErrorCode::AlreadyExists, path + u" is locked"_s + owner, EWOULDBLOCK};
}

void noteLockOwner(int lock)
{
    const QByteArray pid = QByteArray::number(::getpid()) + '\n';
    if (::ftruncate(lock, 0) < 0 || ::pwrite(lock, pid.constData(), std::size_t(pid.size()), 0) < 0)
        qCWarning(lcStation, "the pid could not be written into the lock file");
}

} // namespace continuo
