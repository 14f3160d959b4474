// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/fileidentity.h"

#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace continuo {

std::optional<FileIdentity> FileIdentity::ofDescriptor(int fd)
{
    struct stat info { };
    if (::fstat(fd, &info) < 0)
        return std::nullopt;
    return FileIdentity{qint64(info.st_dev), qint64(info.st_ino), qint64(info.st_size),
                        qint64(info.st_mtim.tv_sec) * 1'000'000'000 + qint64(info.st_mtim.tv_nsec)};
}

std::optional<FileIdentity> FileIdentity::fromJson(const QJsonObject &object)
{
    for (const auto name : {"device"_L1, "inode"_L1, "sizeBytes"_L1, "modifiedNs"_L1}) {
        if (!object.value(name).isDouble())
            return std::nullopt;
    }
    return FileIdentity{object.value("device"_L1).toInteger(), object.value("inode"_L1).toInteger(),
                        object.value("sizeBytes"_L1).toInteger(),
                        object.value("modifiedNs"_L1).toInteger()};
}

QJsonObject FileIdentity::toJson() const
{
    return {{u"device"_s, device},
            {u"inode"_s, inode},
            {u"sizeBytes"_s, sizeBytes},
            {u"modifiedNs"_s, modifiedNs}};
}

bool FileIdentity::goesOnIn(const FileIdentity &now) const
{
    // A recording that goes on growing is the same file. One that has become shorter was cut, or
    // written anew in its place: what stands there now need not be what was played.
    const bool isSame = device == now.device && inode == now.inode && now.sizeBytes >= sizeBytes;
    // A share that was mounted again, and file systems that make numbers up, give others to it.
    const bool looksUntouched = sizeBytes == now.sizeBytes && modifiedNs == now.modifiedNs;
    return isSame || looksUntouched;
}

} // namespace continuo
