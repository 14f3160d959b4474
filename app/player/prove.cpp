// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player/prove.h"

#include "core/base/fileidentity.h"
#include "core/cell/cell.h"
#include "core/media/clipproof.h"
#include "core/media/picturescan.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <fcntl.h>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kLeftInCacheBytes = 8 << 20;
constexpr std::int64_t kProofLogBytes = 4 << 20; // what a file may have us say about it

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

// Of which file the proof is, in the engine's terms (FileState in core/proof).
void tellFile(const ClipFile &file)
{
    if (const auto identity = FileIdentity::ofDescriptor(file.fd()))
        tell(u"file"_s, identity->toJson());
}

// What was read through is not to push out of memory what is on air.
void forgetBehind(const ClipFile &file, std::int64_t position)
{
    if (position > kLeftInCacheBytes)
        ::posix_fadvise(file.fd(), 0, position - kLeftInCacheBytes, POSIX_FADV_DONTNEED);
}

} // namespace

std::optional<ProofTiers> proofTiersFromText(const QString &text)
{
    if (text == u"1"_s)
        return ProofTiers::Ends;
    if (text == u"1,2"_s)
        return ProofTiers::Reading;
    return text == u"1,2,3"_s ? std::optional(ProofTiers::All) : std::nullopt;
}

int proveFile(const QString &path, ProofTiers tiers)
{
    ClipRequest request;
    request.path = path;
    request.format = kProofFormat;
    const Result<ClipResources> resources = ClipReader::prepare(request);
    if (!resources)
        return tellFailure(resources.error());
    const ClipFilePtr &file = resources->file;
    tellFile(*file);
    CellPlan plan;
    plan.fileBytes = kProofLogBytes;
    enterCell(plan);
    const Result<ClipEnds> ends = decodeEnds(resources.value());
    if (!ends)
        return tellFailure(ends.error());
    for (const Thumbnail &thumbnail : ends->thumbnails)
        tell(u"thumbnail"_s, thumbnail.toJson());
    tell(u"proof"_s, ends->toJson());
    if (tiers == ProofTiers::Ends)
        return 0;
    const auto onRead = [&file](std::int64_t position) { forgetBehind(*file, position); };
    const Result<ClipReading> reading = readThrough(file, ends.value(), onRead);
    if (!reading)
        return tellFailure(reading.error());
    if (!reading->waypoints.isEmpty())
        tell(u"waypoints"_s, reading->waypoints.toJson());
    tell(u"proof"_s, reading->toJson());
    if (tiers == ProofTiers::Reading)
        return 0;
    const Result<ClipLook> look
        = lookAtPictures(resources.value(), ends.value(), reading->durationUs, onRead);
    // It was read and decoded before: what fails here is no verdict.
    tell(u"proof"_s, (look ? look.value() : ClipLook()).toJson());
    return 0;
}

} // namespace continuo
