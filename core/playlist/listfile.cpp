// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/listfile.h"

#include "core/base/uniquefd.h"

#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr qint64 kMaxFileBytes = 64 * 1024 * 1024;

Error tooLarge()
{
    return Error{ErrorCode::NoSpace, u"it is larger than 64 MiB and is not read"_s};
}

Result<void> checkKind(const struct stat &info)
{
    const auto refuse = [](const QString &what) {
        return Error{ErrorCode::Unsupported, what + u" stands in place of the list"_s};
    };
    switch (info.st_mode & S_IFMT) {
    case S_IFREG:
        break;
    case S_IFIFO:
        return refuse(u"a pipe"_s);
    case S_IFDIR:
        return refuse(u"a folder"_s);
    case S_IFSOCK:
        return refuse(u"a socket"_s);
    default:
        return refuse(u"a device"_s);
    }
    if (info.st_size > kMaxFileBytes)
        return tooLarge();
    return {};
}

} // namespace

Result<QByteArray> readListFile(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    struct stat info = {};
    // Before it is opened: to open a pipe lets its writer go on, and a device may act on it.
    if (::stat(name.constData(), &info) < 0)
        return errorFromErrno(errno, u"it cannot be read"_s);
    if (Result<void> good = checkKind(info); !good)
        return good.error();
    // And again for what took its place meanwhile, which O_NONBLOCK does not wait for.
    const UniqueFd file(::open(name.constData(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.isValid() || ::fstat(file.get(), &info) < 0)
        return errorFromErrno(errno, u"it cannot be read"_s);
    if (Result<void> good = checkKind(info); !good)
        return good.error();
    QByteArray bytes;
    QByteArray block(64 * 1024, Qt::Uninitialized);
    while (bytes.size() <= kMaxFileBytes) { // it may grow meanwhile
        const ssize_t got = ::read(file.get(), block.data(), std::size_t(block.size()));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errorFromErrno(errno, u"it cannot be read"_s);
        if (got == 0)
            return bytes;
        bytes.append(block.constData(), got);
    }
    return tooLarge();
}

} // namespace continuo
