// SPDX-License-Identifier: GPL-3.0-or-later
// Checks of the station's own folders and of what keeps it running.
#include "app/ctl/doctor.h"
#include "app/ctl/texttable.h"
#include "core/base/lingering.h"
#include "core/base/lockfile.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMap>

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

using Level = Finding::Level;

constexpr double kLittleSpace = 1e9; // some minutes of a recording
constexpr double kNoSpace = 100e6;
constexpr double kLittleRuntimeSpace = 4e6; // FIFOs and sockets only

// <linux/magic.h> does not name all of them.
QString networkFileSystem(const QString &path)
{
    struct statfs system { };
    if (::statfs(QFile::encodeName(path).constData(), &system) < 0)
        return {};
    switch (static_cast<unsigned long>(system.f_type) & 0xffffffffUL) {
    case NFS_SUPER_MAGIC:
        return u"NFS"_s;
    case SMB_SUPER_MAGIC:
    case 0xFF534D42UL: // CIFS
    case 0xFE534D42UL: // SMB2
        return u"SMB"_s;
    case AFS_SUPER_MAGIC:
        return u"AFS"_s;
    case V9FS_MAGIC:
        return u"9P"_s;
    case 0x00C36400UL:
        return u"Ceph"_s;
    case 0x65735546UL: // sshfs and the like; also local ones, but none for FIFOs
        return u"FUSE"_s;
    default:
        return {};
    }
}

// The folder itself, or the one in which it will be made.
QString existingPart(const QString &path)
{
    QString part = path;
    while (!QFileInfo::exists(part) && part != "/"_L1)
        part = QFileInfo(part).path();
    return part;
}

bool isStationRunning(const StationPaths &paths)
{
    const QString lock = paths.runtime + u"/keeper.lock"_s;
    if (!QFileInfo::exists(lock))
        return false;
    const Result<UniqueFd> locked = lockFile(lock);
    return !locked && locked.error().code == ErrorCode::AlreadyExists;
}

// What each channel writes to: folder -> what for.
QMap<QString, QString> destinationFolders(const StationPaths &paths)
{
    QMap<QString, QString> folders;
    const QDir channels(paths.config + u"/channels"_s);
    for (const QString &name : channels.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(channels.filePath(name + u"/channel.json"_s));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QJsonObject settings = QJsonDocument::fromJson(file.readAll()).object();
        for (const QJsonValue &value : settings.value("destinations"_L1).toArray()) {
            const QString type = value.toObject().value("type"_L1).toString();
            const QString target = value.toObject().value("target"_L1).toString();
            if (type == "hls"_L1)
                folders.insert(target, u"HLS of "_s + name);
            else if (type == "file"_L1)
                folders.insert(QFileInfo(target).path(), u"recording of "_s + name);
        }
    }
    return folders;
}

Finding checkDisk(const QString &folder, const QString &purpose, double little, double none)
{
    const QString there = existingPart(folder);
    const QString name = u"%1 (%2)"_s.arg(folder, purpose);
    struct statvfs disk { };
    if (::statvfs(QFile::encodeName(there).constData(), &disk) < 0) {
        return {
            u"disk"_s, Level::Fault,
            u"%1 cannot be looked at: %2"_s.arg(name, QString::fromLocal8Bit(std::strerror(errno))),
            u"mount it, or choose another folder"_s};
    }
    if (::access(QFile::encodeName(there).constData(), W_OK) < 0) {
        return {u"disk"_s, Level::Fault, u"%1 cannot be written"_s.arg(name),
                u"give %1 the right to write in %2"_s.arg(userName(), there)};
    }
    const double free = double(disk.f_bavail) * double(disk.f_frsize);
    const QString text = u"%1 has %2 free"_s.arg(name, sizeText(free));
    // Some file systems do not count their files and say 0 of 0.
    const bool hasFewFiles = disk.f_files > 0 && disk.f_favail < 1000;
    if (free < none)
        return {u"disk"_s, Level::Fault, text, u"free some space"_s};
    if (hasFewFiles)
        return {u"disk"_s, Level::Fault,
                u"%1 has room for only %2 more files"_s.arg(name).arg(disk.f_favail),
                u"remove files"_s};
    if (free < little)
        return {u"disk"_s, Level::Warning, text, u"free some space soon"_s};
    return {u"disk"_s, Level::Well, text, {}};
}

QStringList userUnitFolders()
{
    const QString config
        = qEnvironmentVariable("XDG_CONFIG_HOME", QDir::homePath() + u"/.config"_s);
    const QString data
        = qEnvironmentVariable("XDG_DATA_HOME", QDir::homePath() + u"/.local/share"_s);
    return {config + u"/systemd/user"_s, data + u"/systemd/user"_s, u"/etc/systemd/user"_s,
            u"/usr/local/lib/systemd/user"_s, u"/usr/lib/systemd/user"_s};
}

} // namespace

QList<Finding> checkRuntimeFolder(const DoctorContext &context)
{
    QList<Finding> findings;
    const QString name = u"runtime-folder"_s;
    const QString folder = context.paths.runtime;
    if (!context.hasStateFolder && qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR")) {
        findings.append(
            {name, Level::Warning,
             u"XDG_RUNTIME_DIR is not set, so FIFOs and sockets stand in %1"_s.arg(folder),
             u"log in by a session of systemd (not su or sudo), or use --state DIR; a "
             "console started elsewhere would not find this station"_s});
    }
    if (const QString kind = networkFileSystem(existingPart(folder)); !kind.isEmpty()) {
        findings.append({name, Level::Fault,
                         u"%1 is on a network file system (%2), which has no FIFOs between "
                         "programs"_s.arg(folder, kind),
                         u"use a local folder: XDG_RUNTIME_DIR or --state"_s});
    }
    struct stat status { };
    if (::stat(QFile::encodeName(folder).constData(), &status) < 0) {
        const QString parent = existingPart(folder);
        if (::access(QFile::encodeName(parent).constData(), W_OK | X_OK) < 0)
            findings.append({name, Level::Fault, u"%1 cannot be made"_s.arg(folder),
                             u"give %1 the right to write in %2"_s.arg(userName(), parent)});
        else
            findings.append(
                {name, Level::Well, u"%1 will be made at the first start"_s.arg(folder), {}});
        return findings;
    }
    const unsigned mode = status.st_mode & 07777U;
    if (status.st_uid != ::getuid()) {
        findings.append({name, Level::Fault, u"%1 belongs to another user"_s.arg(folder),
                         u"remove it, or run the station as its owner"_s});
    } else if ((mode & 077U) != 0) {
        findings.append(
            {name, Level::Fault,
             u"%1 is open to others (mode %2)"_s.arg(folder).arg(mode, 4, 8, QChar(u'0')),
             u"chmod 700 %1"_s.arg(folder)});
    } else {
        findings.append({name, Level::Well, u"%1 is there and ours alone"_s.arg(folder), {}});
    }
    return findings;
}

QList<Finding> checkLingering(const DoctorContext &context)
{
    if (!context.paths.runtime.startsWith(u"/run/user/"_s))
        return {};
    const QString user = userName();
    if (!endsWithLastLogout(context.paths.runtime))
        return {{u"lingering"_s, Level::Well, u"the station goes on behind the last logout"_s, {}}};
    return {{u"lingering"_s, Level::Warning,
             u"with the last logout of %1 the system removes %2 and ends the station"_s.arg(
                 user, context.paths.runtime),
             u"loginctl enable-linger %1"_s.arg(user)}};
}

QList<Finding> checkUnit(const DoctorContext &context)
{
    const QString name = u"unit"_s;
    if (context.hasStateFolder)
        return {};
    const QStringList folders = userUnitFolders();
    const auto has = [&](const QString &file) {
        return std::ranges::any_of(
            folders, [&](const QString &folder) { return QFileInfo::exists(folder + file); });
    };
    if (!has(u"/continuo.service"_s)) {
        return {{name, Level::Note,
                 u"no systemd unit is installed: the station does not come back by itself after a "
                 "reboot"_s,
                 u"install the package or run `cmake --install`, then systemctl --user enable "
                 "--now continuo"_s}};
    }
    if (!has(u"/default.target.wants/continuo.service"_s)) {
        return {{name, Level::Note,
                 u"the systemd unit is installed but not enabled: the station does not come back "
                 "by itself after a reboot"_s,
                 u"systemctl --user enable --now continuo"_s}};
    }
    return {{name, Level::Well, u"the systemd unit is enabled"_s, {}}};
}

QList<Finding> checkStaleFifos(const DoctorContext &context)
{
    if (isStationRunning(context.paths))
        return {{u"station"_s, Level::Well, u"the station is running"_s, {}}};
    QList<Finding> findings{{u"station"_s, Level::Note, u"the station is not running"_s, {}}};
    int stale = 0;
    QDirIterator files(context.paths.runtime, QDir::System | QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        struct stat status { };
        const QByteArray path = QFile::encodeName(files.next());
        if (::lstat(path.constData(), &status) == 0 && S_ISFIFO(status.st_mode))
            ++stale;
    }
    if (stale > 0)
        findings.append({u"stale-fifos"_s, Level::Note,
                         u"%1 FIFOs of a station that was killed are left in %2"_s.arg(stale).arg(
                             context.paths.runtime),
                         u"nothing: the next start removes them"_s});
    return findings;
}

QList<Finding> checkDisks(const DoctorContext &context)
{
    const StationPaths &paths = context.paths;
    QList<Finding> findings{
        checkDisk(paths.config, u"settings"_s, kLittleSpace, kNoSpace),
        checkDisk(paths.data, u"lists and as-run log"_s, kLittleSpace, kNoSpace),
        checkDisk(paths.logs, u"logs"_s, kLittleSpace, kNoSpace),
        checkDisk(paths.runtime, u"FIFOs"_s, kLittleRuntimeSpace, kLittleRuntimeSpace / 10)};
    const QMap<QString, QString> folders = destinationFolders(paths);
    for (auto folder = folders.begin(); folder != folders.end(); ++folder)
        findings.append(checkDisk(folder.key(), folder.value(), kLittleSpace, kNoSpace));
    return findings;
}

} // namespace continuo
