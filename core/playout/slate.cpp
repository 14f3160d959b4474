// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/slate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

struct Slate::Header {
    std::uint64_t magic;
    std::int32_t width;
    std::int32_t height;
    std::int32_t hasClock;
    std::uint8_t reserved[44];
};

namespace {

constexpr std::uint64_t kSlateMagic = 0x314554414c534343; // "CCSLATE1" in memory
constexpr int kSlateSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

/// One plane of a picture, or of a cell.
struct Plane {
    std::ptrdiff_t offset;
    std::ptrdiff_t width;
    std::ptrdiff_t height;
};

// Y, U and V without padding.
std::array<Plane, 3> planesOf(int width, int height)
{
    const std::ptrdiff_t luma = std::ptrdiff_t(width) * height;
    return {{{0, width, height},
             {luma, width / 2, height / 2},
             {luma + luma / 4, width / 2, height / 2}}};
}

// Copies a cell that stands at (x, y) of a picture into one by itself, or the other way round.
enum class Way { Out, In };
template <Way way, typename Picture, typename Cell>
void copyCell(Picture *picture, const HouseFormat &format, int x, int y, Cell *cell,
              const SlateClockPlace &place)
{
    const auto whole = planesOf(format.width, format.height);
    const auto one = planesOf(place.cellWidth, place.cellHeight);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const int part = i == 0 ? 1 : 2;
        for (std::ptrdiff_t row = 0; row < one[i].height; ++row) {
            auto *at = picture + whole[i].offset + (y / part + row) * whole[i].width + x / part;
            auto *in = cell + one[i].offset + row * one[i].width;
            if constexpr (way == Way::Out)
                std::copy_n(at, one[i].width, in);
            else
                std::copy_n(in, one[i].width, at);
        }
    }
}

std::size_t slateBytes(std::size_t header, const HouseFormat &format,
                       const std::optional<SlateClockPlace> &clock)
{
    return header + std::size_t(format.pictureBytes())
        + (clock ? SlateClockPlace::kGlyphs * clock->cellBytes() : 0);
}

} // namespace

Result<SlatePtr> Slate::create(const std::uint8_t *picture, const std::uint8_t *digits,
                               const HouseFormat &format)
{
    static_assert(sizeof(Header) == 64);
    const auto clock = digits ? SlateClockPlace::in(format) : std::nullopt;
    const std::size_t bytes = slateBytes(sizeof(Header), format, clock);
    UniqueFd fd(::memfd_create("continuo-slate", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid() || ::ftruncate(fd.get(), off_t(bytes)) < 0
        || ::fcntl(fd.get(), F_ADD_SEALS, kSlateSeals) < 0)
        return errorFromErrno(errno, u"make the memory of a slate"_s);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    const Header header{kSlateMagic, format.width, format.height, clock ? 1 : 0, {}};
    std::memcpy(mapping->data(), &header, sizeof header);
    auto *to = reinterpret_cast<std::uint8_t *>(mapping->data()) + sizeof header;
    std::copy_n(picture, format.pictureBytes(), to);
    to += format.pictureBytes();
    for (int i = 0; clock && i < SlateClockPlace::kGlyphs; ++i, to += clock->cellBytes())
        copyCell<Way::Out>(digits, format, i * clock->cellWidth, 0, to, *clock);
    return SlatePtr(new Slate(std::move(fd), std::move(mapping).value(), format, clock));
}

Result<SlatePtr> Slate::attach(UniqueFd fd, const HouseFormat &format)
{
    const Error corrupt{ErrorCode::Corrupt, u"what the keeper held is no slate of this channel"_s,
                        0};
    struct stat facts { };
    if (::fstat(fd.get(), &facts) < 0 || std::size_t(facts.st_size) < sizeof(Header))
        return corrupt;
    const auto bytes = std::size_t(facts.st_size);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadOnly);
    if (!mapping)
        return mapping.error();
    Header header{};
    std::memcpy(&header, mapping->data(), sizeof header);
    const auto clock = header.hasClock != 0 ? SlateClockPlace::in(format) : std::nullopt;
    if (header.magic != kSlateMagic || header.width != format.width
        || header.height != format.height || bytes != slateBytes(sizeof header, format, clock))
        return corrupt;
    return SlatePtr(new Slate(std::move(fd), std::move(mapping).value(), format, clock));
}

HousePicture Slate::picture() const
{
    return {reinterpret_cast<const std::uint8_t *>(m_mapping.data()) + sizeof(Header),
            shared_from_this()};
}

const std::uint8_t *Slate::digits() const
{
    return picture().data + m_format.pictureBytes();
}

HousePicture Slate::at(int hour, int minute) const
{
    if (!m_clock)
        return picture();
    const std::uint8_t *from = picture().data;
    auto copy = std::make_shared<std::vector<std::uint8_t>>(from, from + m_format.pictureBytes());
    const std::array<int, SlateClockPlace::kCells> glyphs{
        hour / 10 % 10, hour % 10, SlateClockPlace::kColon, minute / 10 % 10, minute % 10};
    int x = m_clock->x;
    for (const int glyph : glyphs) {
        copyCell<Way::In>(copy->data(), m_format, x, m_clock->y,
                          digits() + std::size_t(glyph) * m_clock->cellBytes(), *m_clock);
        x += m_clock->cellWidth;
    }
    return {copy->data(), copy};
}

} // namespace continuo
