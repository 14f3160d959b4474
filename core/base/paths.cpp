// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paths.h"

#include "core/base/uniquefd.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString folderFromEnvironment(const char *name, const QString &fallback)
{
    const QString value = qEnvironmentVariable(name);
    return QDir::isAbsolutePath(value) ? value : fallback;
}

} // namespace

StationPaths StationPaths::forState(const QString &stateFolder)
{
    StationPaths paths;
    if (!stateFolder.isEmpty()) {
        const QString root = QDir(stateFolder).absolutePath();
        paths.config = root + u"/config"_s;
        paths.data = root + u"/data"_s;
        paths.runtime = root + u"/run"_s;
        paths.logs = root + u"/log"_s;
        return paths;
    }
    const QString home = QDir::homePath();
    const QString state = folderFromEnvironment("XDG_STATE_HOME", home + u"/.local/state"_s);
    paths.config = folderFromEnvironment("XDG_CONFIG_HOME", home + u"/.config"_s) + u"/continuo"_s;
    paths.data = folderFromEnvironment("XDG_DATA_HOME", home + u"/.local/share"_s) + u"/continuo"_s;
    paths.logs = state + u"/continuo/log"_s;
    const QString runtime = folderFromEnvironment("XDG_RUNTIME_DIR", QString());
    paths.runtime = runtime.isEmpty() ? state + u"/continuo/run"_s : runtime + u"/continuo"_s;
    return paths;
}

Result<void> StationPaths::create() const
{
    for (const QString &folder : {config, data, logs}) {
        if (Result<void> made = makeFolder(folder, 0700); !made)
            return made;
    }
    return makeFolder(runtime, 0700, Lasting::UntilPowerCut);
}

QString StationPaths::channelConfig(const QString &channel) const
{
    return config + u"/channels/"_s + channel;
}

QString StationPaths::channelData(const QString &channel) const
{
    return data + u"/channels/"_s + channel;
}

QString StationPaths::channelRuntime(const QString &channel) const
{
    return runtime + u"/channels/"_s + channel;
}

Result<void> makeFolder(const QString &folder, unsigned mode, Lasting lasting)
{
    const QByteArray path = QFile::encodeName(folder);
    const QString parent = QFileInfo(folder).absolutePath();
    const auto makeIt = [&] {
        if (::mkdir(path.constData(), mode) < 0)
            return false;
        if (lasting == Lasting::Always)
            syncFolder(parent);
        return true;
    };
    if (makeIt())
        return {};
    if (errno == ENOENT) {
        if (parent == folder)
            return errorFromErrno(ENOENT, u"make the folder "_s + folder);
        if (Result<void> made = makeFolder(parent, 0755, lasting); !made)
            return made;
        if (makeIt())
            return {};
    }
    if (errno == EEXIST && QFileInfo(folder).isDir())
        return {};
    return errorFromErrno(errno, u"make the folder "_s + folder);
}

Result<void> writeFileDurably(const QString &path, const QByteArray &bytes, unsigned mode)
{
    const QByteArray target = QFile::encodeName(path);
    const QByteArray temporary = target + ".new";
    const auto fail = [&](int error) {
        ::unlink(temporary.constData());
        return errorFromErrno(error, u"write "_s + path);
    };
    ::unlink(temporary.constData());
    UniqueFd file(::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file.isValid())
        return fail(errno);
    qsizetype done = 0;
    while (done < bytes.size()) {
        const ssize_t got
            = ::write(file.get(), bytes.constData() + done, std::size_t(bytes.size() - done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(errno);
        done += got;
    }
    if (::fsync(file.get()) < 0 || ::rename(temporary.constData(), target.constData()) < 0)
        return fail(errno);
    syncFolder(QFileInfo(path).absolutePath());
    return {};
}

void syncFolder(const QString &folder)
{
    const UniqueFd directory(
        ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.isValid())
        ::fsync(directory.get());
}

} // namespace continuo
