// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/aperture.h"

#include <QString>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kSmallestSide = 16;

/// Big-endian numbers of a file, and how many reads it may still cost.
class Reader final {
public:
    explicit Reader(const ClipFile &file)
        : m_file(file)
    {
    }

    std::int64_t size() const { return m_file.size(); }
    /// Nothing where the file ends, or when it has cost enough.
    template <std::size_t Bytes>
    std::optional<std::array<std::uint8_t, Bytes>> read(std::int64_t offset)
    {
        std::array<std::uint8_t, Bytes> bytes{};
        if (m_left-- <= 0 || offset < 0)
            return std::nullopt;
        const Result<std::size_t> got = m_file.read(offset, bytes);
        if (!got || got.value() < Bytes)
            return std::nullopt;
        return bytes;
    }

private:
    const ClipFile &m_file;
    int m_left = 10'000;
};

std::uint64_t number(std::span<const std::uint8_t> bytes)
{
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

/// A box of MP4, or an element of Matroska: what lies between begin and end.
struct Part {
    std::uint32_t kind = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

constexpr std::uint32_t fourCc(const char (&name)[5])
{
    return std::uint32_t(name[0]) << 24 | std::uint32_t(name[1]) << 16 | std::uint32_t(name[2]) << 8
        | std::uint32_t(name[3]);
}

std::optional<Part> partOf(std::uint32_t kind, std::int64_t begin, std::uint64_t bytes,
                           std::int64_t end)
{
    if (begin > end)
        return std::nullopt;
    const bool isWhole = bytes <= std::uint64_t(end - begin); // else what there is of it
    return Part{kind, begin, isWhole ? begin + std::int64_t(bytes) : end};
}

std::optional<Part> boxAt(Reader &reader, std::int64_t offset, std::int64_t end)
{
    const auto head = reader.read<8>(offset);
    if (!head)
        return std::nullopt;
    const std::uint64_t bytes = number(std::span(*head).first<4>());
    const auto kind = std::uint32_t(number(std::span(*head).last<4>()));
    if (bytes == 0) // to the end
        return partOf(kind, offset + 8, std::uint64_t(INT64_MAX), end);
    if (bytes != 1)
        return bytes < 8 ? std::nullopt : partOf(kind, offset + 8, bytes - 8, end);
    const auto large = reader.read<8>(offset + 8);
    if (!large || number(*large) < 16)
        return std::nullopt;
    return partOf(kind, offset + 16, number(*large) - 16, end);
}

std::optional<Part> elementAt(Reader &reader, std::int64_t offset, std::int64_t end)
{
    const auto first = reader.read<1>(offset);
    if (!first || (*first)[0] < 0x10)
        return std::nullopt;
    const int idBytes = std::countl_zero((*first)[0]) + 1;
    std::uint32_t id = 0;
    for (int i = 0; i < idBytes; ++i) {
        const auto byte = reader.read<1>(offset + i);
        if (!byte)
            return std::nullopt;
        id = id << 8 | (*byte)[0];
    }
    const auto length = reader.read<1>(offset + idBytes);
    if (!length || (*length)[0] == 0)
        return std::nullopt;
    const int lengthBytes = std::countl_zero((*length)[0]) + 1;
    std::uint64_t bytes = (*length)[0] & (0xFFU >> lengthBytes);
    bool isUnknown = bytes == (0xFFU >> lengthBytes);
    for (int i = 1; i < lengthBytes; ++i) {
        const auto byte = reader.read<1>(offset + idBytes + i);
        if (!byte)
            return std::nullopt;
        bytes = bytes << 8 | (*byte)[0];
        isUnknown = isUnknown && (*byte)[0] == 0xFF;
    }
    return partOf(id, offset + idBytes + lengthBytes, isUnknown ? std::uint64_t(INT64_MAX) : bytes,
                  end);
}

using PartAt = std::optional<Part> (*)(Reader &, std::int64_t, std::int64_t);

/// The next part of one of these kinds (0: of any) from \p offset on.
std::optional<Part> find(Reader &reader, PartAt partAt, std::uint32_t kind, std::int64_t offset,
                         std::int64_t end)
{
    while (offset < end) {
        const std::optional<Part> part = partAt(reader, offset, end);
        if (!part || kind == 0 || part->kind == kind)
            return part;
        offset = part->end;
    }
    return std::nullopt;
}

std::optional<Part> boxIn(Reader &reader, const std::optional<Part> &parent, const char (&name)[5])
{
    if (!parent)
        return std::nullopt;
    return find(reader, &boxAt, fourCc(name), parent->begin, parent->end);
}

bool isTrack(Reader &reader, const Part &trak, int id)
{
    const std::optional<Part> header = boxIn(reader, trak, "tkhd");
    const auto version = header ? reader.read<1>(header->begin) : std::nullopt;
    if (!version)
        return false;
    const auto found = reader.read<4>(header->begin + ((*version)[0] == 1 ? 20 : 12));
    return found && number(*found) == std::uint64_t(id);
}

/// A fraction of clap; nothing where it is none.
std::optional<double> fraction(std::span<const std::uint8_t, 8> bytes)
{
    const auto above = std::int32_t(number(bytes.first<4>()));
    const auto below = std::int32_t(number(bytes.last<4>()));
    if (below <= 0)
        return std::nullopt;
    return double(above) / below;
}

Crop cropOfTrack(Reader &reader, const Part &trak, int width, int height)
{
    const std::optional<Part> table = boxIn(
        reader, boxIn(reader, boxIn(reader, boxIn(reader, trak, "mdia"), "minf"), "stbl"), "stsd");
    if (!table)
        return {};
    // Version and number of entries; then in the entry of a picture 78 bytes before its boxes.
    const std::optional<Part> entry = boxAt(reader, table->begin + 8, table->end);
    const auto size = entry ? reader.read<4>(entry->begin + 24) : std::nullopt;
    if (!size || int(number(std::span(*size).first<2>())) != width
        || int(number(std::span(*size).last<2>())) != height)
        return {};
    const std::optional<Part> clap
        = find(reader, &boxAt, fourCc("clap"), entry->begin + 78, entry->end);
    const auto bytes = clap ? reader.read<32>(clap->begin) : std::nullopt;
    if (!bytes)
        return {};
    const std::span all(*bytes);
    const auto wide = fraction(all.subspan<0, 8>());
    const auto high = fraction(all.subspan<8, 8>());
    const auto right = fraction(all.subspan<16, 8>()); // of the middle from the picture's
    const auto down = fraction(all.subspan<24, 8>());
    if (!wide || !high || !right || !down)
        return {};
    const double left = (width - *wide) / 2 + *right;
    const double top = (height - *high) / 2 + *down;
    const auto whole = [](double side) { return int(std::lround(std::clamp(side, -1e6, 1e6))); };
    return {whole(left), whole(top), whole(width - *wide - left), whole(height - *high - top)};
}

Aperture cleanAperture(Reader &reader, const AVStream *stream)
{
    const std::int64_t end = reader.size();
    const std::optional<Part> movie = find(reader, &boxAt, fourCc("moov"), 0, end);
    if (!movie)
        return {};
    std::optional<Part> trak = boxIn(reader, movie, "trak");
    while (trak && !isTrack(reader, *trak, stream->id))
        trak = find(reader, &boxAt, fourCc("trak"), trak->end, movie->end);
    if (!trak)
        return {};
    return {cropOfTrack(reader, *trak, stream->codecpar->width, stream->codecpar->height)};
}

constexpr std::uint32_t kSegment = 0x18538067;
constexpr std::uint32_t kCluster = 0x1F43B675;
constexpr std::uint32_t kTracks = 0x1654AE6B;
constexpr std::uint32_t kTrackEntry = 0xAE;
constexpr std::uint32_t kTrackType = 0x83;
constexpr std::uint32_t kVideo = 0xE0;

int value(Reader &reader, const Part &part)
{
    std::uint64_t sum = 0;
    for (std::int64_t at = part.begin; at < part.end && at < part.begin + 8; ++at) {
        const auto byte = reader.read<1>(at);
        sum = sum << 8 | (byte ? (*byte)[0] : 0U);
    }
    return int(std::min<std::uint64_t>(sum, 1'000'000));
}

Aperture pixelCrop(Reader &reader, const Part &video, const AVCodecParameters *picture)
{
    Aperture aperture;
    Crop &crop = aperture.crop;
    int displayWidth = 0;
    int displayHeight = 0;
    for (auto part = elementAt(reader, video.begin, video.end); part;
         part = find(reader, &elementAt, 0, part->end, video.end)) {
        switch (part->kind) {
        case 0x54AA:
            crop.bottom = value(reader, *part);
            break;
        case 0x54BB:
            crop.top = value(reader, *part);
            break;
        case 0x54CC:
            crop.left = value(reader, *part);
            break;
        case 0x54DD:
            crop.right = value(reader, *part);
            break;
        case 0x54B0:
            displayWidth = value(reader, *part);
            break;
        case 0x54BA:
            displayHeight = value(reader, *part);
            break;
        default:
            break;
        }
    }
    const int width = picture->width - crop.left - crop.right;
    const int height = picture->height - crop.top - crop.bottom;
    // What is displayed is what was cropped; libavformat takes it for all of the picture.
    if (displayWidth > 0 && displayHeight > 0 && width > 0 && height > 0)
        av_reduce(&aperture.aspect.num, &aperture.aspect.den, std::int64_t(height) * displayWidth,
                  std::int64_t(width) * displayHeight, 10'000);
    return aperture;
}

Aperture matroskaAperture(Reader &reader, const AVFormatContext *format, const AVStream *stream)
{
    const std::optional<Part> segment = find(reader, &elementAt, kSegment, 0, reader.size());
    if (!segment)
        return {};
    std::optional<Part> part = elementAt(reader, segment->begin, segment->end);
    while (part && part->kind != kTracks && part->kind != kCluster)
        part = find(reader, &elementAt, 0, part->end, segment->end);
    if (!part || part->kind != kTracks)
        return {};
    // libavformat tells no number of the track: the first picture in both is the same, and so on.
    int before = 0;
    for (int i = 0; i < stream->index; ++i)
        before += format->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? 1 : 0;
    for (auto entry = find(reader, &elementAt, kTrackEntry, part->begin, part->end); entry;
         entry = find(reader, &elementAt, kTrackEntry, entry->end, part->end)) {
        const auto type = find(reader, &elementAt, kTrackType, entry->begin, entry->end);
        if (!type || value(reader, *type) != 1 || before-- > 0)
            continue;
        const auto video = find(reader, &elementAt, kVideo, entry->begin, entry->end);
        return video ? pixelCrop(reader, *video, stream->codecpar) : Aperture();
    }
    return {};
}

bool makesSense(const Crop &crop, const AVCodecParameters *picture)
{
    return crop.left >= 0 && crop.top >= 0 && crop.right >= 0 && crop.bottom >= 0
        && picture->width - crop.left - crop.right >= kSmallestSide
        && picture->height - crop.top - crop.bottom >= kSmallestSide;
}

} // namespace

Aperture apertureOf(const ClipFile &file, const AVFormatContext *format, const AVStream *stream)
{
    Reader reader(file);
    const QString name = QString::fromUtf8(format->iformat->name);
    Aperture aperture;
    if (name.contains(u"mp4"_s))
        aperture = cleanAperture(reader, stream);
    else if (name.contains(u"matroska"_s))
        aperture = matroskaAperture(reader, format, stream);
    if (aperture.crop.isNothing() || !makesSense(aperture.crop, stream->codecpar))
        return {};
    return aperture;
}

} // namespace continuo
