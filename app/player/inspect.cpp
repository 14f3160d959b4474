// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player/inspect.h"

#include "core/cell/cell.h"
#include "core/media/clipreader.h"
#include "core/media/nutwriter.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

void print(std::FILE *stream, const QByteArray &text)
{
    std::fwrite(text.constData(), 1, std::size_t(text.size()), stream);
    std::fputc('\n', stream);
    std::fflush(stream);
}

QByteArray toLine(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QJsonObject failure(const Error &error)
{
    return {{u"failed"_s,
             QJsonObject{{u"code"_s, errorCodeName(error.code)},
                         {u"detail"_s, error.detail},
                         {u"native"_s, error.native}}}};
}

ClipRequest requestOf(const QString &path, const HouseFormat &format)
{
    ClipRequest request;
    request.path = path;
    request.format = format;
    return request;
}

/// In the cell, which is told as JSON where that is asked for.
Result<std::unique_ptr<ClipReader>> openClip(const ClipRequest &request,
                                             std::FILE *cellTo = nullptr)
{
    Result<ClipResources> resources = ClipReader::prepare(request);
    const CellReport cell = enterCell({});
    if (cellTo)
        print(cellTo, toLine({{u"cell"_s, cell.toJson()}}));
    if (!resources)
        return resources.error();
    return ClipReader::open(request, std::move(resources).value());
}

Result<void> copyAll(ClipReader &clip, const HouseFormat &format, NutWriter *writer)
{
    std::vector<std::uint8_t> picture(std::size_t(format.pictureBytes()));
    const std::int64_t most = samplesBefore(1, format.rate) + 2;
    std::vector<std::int16_t> samples(std::size_t(most) * 2);
    HouseFrame frame{picture, samples};
    for (;;) {
        Result<bool> more = clip.next(frame);
        if (!more)
            return more.error();
        if (!more.value())
            return {};
        const std::int64_t first = samplesBefore(frame.frame, format.rate);
        const auto count = int(samplesBefore(frame.frame + 1, format.rate) - first);
        if (!writer)
            continue;
        if (Result<void> written
            = writer->writeFrame(frame.frame, picture.data(), samples.data(), count, first);
            !written)
            return written;
    }
}

} // namespace

int printGraphs(const QString &path, const HouseFormat &format)
{
    const Result<std::unique_ptr<ClipReader>> clip = openClip(requestOf(path, format));
    if (!clip) {
        print(stderr, "continuo-player: " + clip.error().detail.toUtf8());
        return 1;
    }
    const ClipFacts &facts = clip.value()->facts();
    print(stdout,
          "video: "
              + (facts.pictureFilters.isEmpty() ? QByteArray("none (title card)")
                                                : facts.pictureFilters.toUtf8()));
    print(stdout,
          "audio: "
              + (facts.soundFilters.isEmpty() ? QByteArray("none (silence)")
                                              : facts.soundFilters.toUtf8()));
    return 0;
}

int printFacts(const QString &path, const HouseFormat &format)
{
    const Result<std::unique_ptr<ClipReader>> clip = openClip(requestOf(path, format));
    if (!clip) {
        print(stdout, toLine(failure(clip.error())));
        return 1;
    }
    const ClipFacts &facts = clip.value()->facts();
    const QJsonObject nested = facts.toJson();
    const QJsonObject video = nested.value(u"video"_s).toObject();
    const QJsonObject audio = nested.value(u"audio"_s).toObject();
    print(stdout,
          toLine({{u"durationUs"_s, qint64(facts.durationUs)},
                  {u"frames"_s, qint64(facts.frames)},
                  {u"container"_s, facts.container},
                  {u"width"_s, facts.width},
                  {u"height"_s, facts.height},
                  {u"fps"_s, video.value(u"fps"_s).toDouble()},
                  {u"videoCodec"_s, facts.videoCodec},
                  {u"audioCodec"_s, facts.audioCodec},
                  {u"channels"_s, facts.channels},
                  {u"sampleRate"_s, audio.value(u"sampleRate"_s).toInt()},
                  {u"interlaced"_s, facts.isInterlaced},
                  {u"rotation"_s, facts.rotation},
                  {u"titleCard"_s, facts.isTitleCard},
                  {u"still"_s, facts.isStill},
                  {u"tracks"_s, facts.tracks}}));
    return 0;
}

int playThrough(const QString &path, const HouseFormat &format, const QString &output,
                std::int64_t from, std::int64_t until)
{
    QFile file(output);
    std::unique_ptr<NutWriter> writer;
    if (!output.isEmpty()) {
        const bool opened = output == u"-"_s
            ? file.open(stdout, QIODevice::WriteOnly | QIODevice::Unbuffered)
            : file.open(QIODevice::WriteOnly | QIODevice::Unbuffered);
        if (!opened) {
            print(stderr, "continuo-player: " + file.errorString().toUtf8());
            return 1;
        }
        const auto sink = [&file](std::span<const std::uint8_t> bytes) -> Result<void> {
            const auto size = qint64(bytes.size());
            if (file.write(reinterpret_cast<const char *>(bytes.data()), size) != size)
                return Error{ErrorCode::Io, file.errorString(), 0};
            return {};
        };
        Result<std::unique_ptr<NutWriter>> made = NutWriter::create(format, sink);
        if (!made) {
            print(stderr, "continuo-player: " + made.error().detail.toUtf8());
            return 1;
        }
        writer = std::move(made).value();
        if (Result<void> header = writer->writeHeader(); !header) {
            print(stderr, "continuo-player: " + header.error().detail.toUtf8());
            return 1;
        }
    }
    ClipRequest request = requestOf(path, format);
    request.from = from;
    request.until = until;
    Result<std::unique_ptr<ClipReader>> clip = openClip(request, stderr);
    if (!clip) {
        print(stderr, toLine(failure(clip.error())));
        return 1;
    }
    if (Result<void> copied = copyAll(*clip.value(), format, writer.get()); !copied) {
        print(stderr, toLine(failure(copied.error())));
        return 1;
    }
    const ClipReader &done = *clip.value();
    QJsonObject result{{u"frames"_s, qint64(done.frames())},
                       {u"expected"_s, qint64(done.facts().frames)},
                       {u"paddedSamples"_s, qint64(done.paddedSamples())},
                       {u"cutSamples"_s, qint64(done.cutSamples())},
                       {u"errors"_s, qint64(done.errors())},
                       {u"titleCard"_s, done.facts().isTitleCard},
                       {u"still"_s, done.facts().isStill}};
    if (Result<void> reason = done.endReason(); !reason)
        result.insert(u"detail"_s, reason.error().detail);
    print(stderr, toLine({{u"finished"_s, result}}));
    return 0;
}

int printCell()
{
    const CellReport report = enterCell({});
    print(stdout, toLine(report.toJson()));
    return report.isClosed() ? 0 : 1;
}

} // namespace continuo
