// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player/prove.h"

#include "core/base/uniquefd.h"
#include "core/media/clipproof.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kLeftInCacheBytes = 8 << 20;

void tell(const QString &name, const QJsonObject &content)
{
    const QByteArray line
        = QJsonDocument(QJsonObject{{name, content}}).toJson(QJsonDocument::Compact);
    std::fwrite(line.constData(), 1, std::size_t(line.size()), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

int tellFailure(const Error &error)
{
    tell(u"failed"_s,
         {{u"code"_s, errorCodeName(error.code)},
          {u"detail"_s, error.detail},
          {u"native"_s, error.native}});
    return 1;
}

/// The file, opened before anything of it is parsed; invalid where it cannot be: the reader says
/// why.
UniqueFd openSubject(const QString &path)
{
    // A pipe would have us wait for somebody who writes.
    UniqueFd file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat info { };
    if (!file.isValid() || ::fstat(file.get(), &info) < 0)
        return {};
    // Of which file the proof is, in the engine's terms (FileState in core/proof).
    tell(u"file"_s,
         {{u"device"_s, qint64(info.st_dev)},
          {u"inode"_s, qint64(info.st_ino)},
          {u"sizeBytes"_s, qint64(info.st_size)},
          {u"modifiedNs"_s,
           qint64(info.st_mtim.tv_sec) * 1'000'000'000 + qint64(info.st_mtim.tv_nsec)}});
    return file;
}

// What was read through is not to push out of memory what is on air.
void forgetBehind(const UniqueFd &file, std::int64_t position)
{
    if (file.isValid() && position > kLeftInCacheBytes)
        ::posix_fadvise(file.get(), 0, position - kLeftInCacheBytes, POSIX_FADV_DONTNEED);
}

} // namespace

std::optional<ProofTiers> proofTiersFromText(const QString &text)
{
    if (text == u"1"_s)
        return ProofTiers::Ends;
    return text == u"1,2"_s ? std::optional(ProofTiers::All) : std::nullopt;
}

int proveFile(const QString &path, ProofTiers tiers)
{
    const UniqueFd file = openSubject(path);
    // Here, between opening and parsing, is where the process would lock itself in.
    const Result<ClipEnds> ends = decodeEnds(path);
    if (!ends)
        return tellFailure(ends.error());
    tell(u"proof"_s, ends->toJson());
    if (tiers == ProofTiers::Ends)
        return 0;
    const Result<ClipReading> reading = readThrough(
        path, ends.value(), [&file](std::int64_t position) { forgetBehind(file, position); });
    if (!reading)
        return tellFailure(reading.error());
    tell(u"proof"_s, reading->toJson());
    return 0;
}

} // namespace continuo
