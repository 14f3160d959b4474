// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/logo.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

struct Logo::Header {
    std::uint64_t magic;
    std::int32_t pictureWidth;
    std::int32_t pictureHeight;
    Box box;
    std::uint8_t reserved[32]; // the planes begin where vectors like to
};

namespace {

constexpr std::uint64_t kLogoMagic = 0x314f474f4c4e4343; // "CCNLOGO1" in memory
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

// The nearest of 255ths, exact up to 255 * 255, in 16 bits: compilers make vectors of it.
std::uint16_t by255(std::uint16_t product)
{
    const auto rounded = std::uint16_t(product + 128);
    return std::uint16_t((rounded + (rounded >> 8)) >> 8);
}

void blendRow(std::uint8_t *__restrict out, const std::uint8_t *__restrict colour,
              const std::uint8_t *__restrict alpha, std::uint16_t opacity, std::ptrdiff_t count)
{
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        const std::uint16_t weight = by255(std::uint16_t(alpha[i] * opacity));
        out[i] = std::uint8_t(by255(std::uint16_t(out[i] * (255 - weight) + colour[i] * weight)));
    }
}

void addRow(std::uint8_t *__restrict out, const std::uint8_t *__restrict clean,
            const std::uint8_t *__restrict colour, const std::uint8_t *__restrict alpha,
            std::uint16_t opacity, std::ptrdiff_t count)
{
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        const std::uint16_t weight = by255(std::uint16_t(alpha[i] * opacity));
        const int change = (int(colour[i]) - int(clean[i])) * weight;
        const int step
            = change < 0 ? -int(by255(std::uint16_t(-change))) : int(by255(std::uint16_t(change)));
        out[i] = std::uint8_t(std::clamp(int(out[i]) + step, 0, 255));
    }
}

// The box of all samples that are not quite transparent, on even places; empty if there is none.
Logo::Box seenBox(const std::uint8_t *alpha, const HouseFormat &format)
{
    int left = format.width;
    int right = -1;
    int top = format.height;
    int bottom = -1;
    for (int y = 0; y < format.height; ++y) {
        const std::uint8_t *row = alpha + std::ptrdiff_t(y) * format.width;
        const auto isSeen = [](std::uint8_t value) { return value != 0; };
        const std::uint8_t *first = std::find_if(row, row + format.width, isSeen);
        if (first == row + format.width)
            continue;
        const auto last = std::find_if(std::make_reverse_iterator(row + format.width),
                                       std::make_reverse_iterator(row), isSeen);
        left = std::min(left, int(first - row));
        right = std::max(right, int(last.base() - row) - 1);
        top = std::min(top, y);
        bottom = y;
    }
    if (right < 0)
        return {};
    left &= ~1;
    top &= ~1;
    return {left, top, (right - left + 2) & ~1, (bottom - top + 2) & ~1};
}

bool isWithin(const Logo::Box &box, const HouseFormat &format)
{
    const auto isEven = [](std::int32_t value) { return value % 2 == 0; };
    return isEven(box.x) && isEven(box.y) && isEven(box.width) && isEven(box.height) && box.x >= 0
        && box.y >= 0 && box.width > 0 && box.height > 0 && box.width <= format.width - box.x
        && box.height <= format.height - box.y;
}

} // namespace

Logo::Logo(UniqueFd fd, Mapping mapping, const HouseFormat &format, const Box &box)
    : m_fd(std::move(fd))
    , m_mapping(std::move(mapping))
    , m_pictureWidth(format.width)
    , m_pictureHeight(format.height)
    , m_box(box)
{
}

const std::uint8_t *Logo::colour() const
{
    return reinterpret_cast<const std::uint8_t *>(m_mapping.data()) + sizeof(Header);
}

// Calls row(offset in the picture, offset in the box, samples) for each row of each plane.
template <typename Row> void Logo::forEachRow(const Row &row) const
{
    const std::ptrdiff_t pictureLuma = std::ptrdiff_t(m_pictureWidth) * m_pictureHeight;
    const std::ptrdiff_t boxLuma = std::ptrdiff_t(m_box.width) * m_box.height;
    for (std::ptrdiff_t y = 0; y < m_box.height; ++y)
        row((m_box.y + y) * m_pictureWidth + m_box.x, y * m_box.width, m_box.width);
    const std::ptrdiff_t width = m_box.width / 2;
    for (const std::ptrdiff_t plane : {0, 1}) {
        const std::ptrdiff_t picture = pictureLuma + plane * (pictureLuma / 4);
        const std::ptrdiff_t box = boxLuma + plane * (boxLuma / 4);
        for (std::ptrdiff_t y = 0; y < m_box.height / 2; ++y)
            row(picture + (m_box.y / 2 + y) * (m_pictureWidth / 2) + m_box.x / 2, box + y * width,
                width);
    }
}

Result<LogoPtr> Logo::create(const std::uint8_t *colour, const std::uint8_t *alpha,
                             const HouseFormat &format)
{
    static_assert(sizeof(Header) == 64);
    const Box box = seenBox(alpha, format);
    if (box.width == 0)
        return invalidArgument(u"nothing of the logo can be seen: it is all transparent"_s);
    const std::size_t bytes = sizeof(Header) + 2 * box.bytes();
    UniqueFd fd(::memfd_create("continuo-logo", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid() || ::ftruncate(fd.get(), off_t(bytes)) < 0
        || ::fcntl(fd.get(), F_ADD_SEALS, kSeals) < 0)
        return errorFromErrno(errno, u"make the memory of a logo"_s);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    const Header header{kLogoMagic, format.width, format.height, box, {}};
    std::memcpy(mapping->data(), &header, sizeof header);
    auto *to = reinterpret_cast<std::uint8_t *>(mapping->data()) + sizeof(Header);
    LogoPtr logo(new Logo(std::move(fd), std::move(mapping).value(), format, box));
    logo->save(colour, to);
    logo->save(alpha, to + box.bytes());
    return logo;
}

Result<LogoPtr> Logo::attach(UniqueFd fd, const HouseFormat &format)
{
    const Error corrupt{ErrorCode::Corrupt, u"what the keeper held is no logo of this channel"_s,
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
    if (header.magic != kLogoMagic || header.pictureWidth != format.width
        || header.pictureHeight != format.height || !isWithin(header.box, format)
        || bytes != sizeof(Header) + 2 * header.box.bytes())
        return corrupt;
    return LogoPtr(new Logo(std::move(fd), std::move(mapping).value(), format, header.box));
}

bool Logo::looksLike(const Logo &other) const
{
    return m_box == other.m_box && m_pictureWidth == other.m_pictureWidth
        && m_pictureHeight == other.m_pictureHeight
        && std::equal(colour(), colour() + 2 * m_box.bytes(), other.colour());
}

void Logo::save(const std::uint8_t *picture, std::uint8_t *clean) const
{
    forEachRow([&](std::ptrdiff_t inPicture, std::ptrdiff_t inBox, std::ptrdiff_t count) {
        std::copy_n(picture + inPicture, count, clean + inBox);
    });
}

void Logo::restore(std::uint8_t *picture, const std::uint8_t *clean) const
{
    forEachRow([&](std::ptrdiff_t inPicture, std::ptrdiff_t inBox, std::ptrdiff_t count) {
        std::copy_n(clean + inBox, count, picture + inPicture);
    });
}

void Logo::blend(std::uint8_t *picture, int opacity) const
{
    forEachRow([&](std::ptrdiff_t inPicture, std::ptrdiff_t inBox, std::ptrdiff_t count) {
        blendRow(picture + inPicture, colour() + inBox, alpha() + inBox, std::uint16_t(opacity),
                 count);
    });
}

void Logo::blendBeside(std::uint8_t *picture, const std::uint8_t *clean, int opacity) const
{
    forEachRow([&](std::ptrdiff_t inPicture, std::ptrdiff_t inBox, std::ptrdiff_t count) {
        addRow(picture + inPicture, clean + inBox, colour() + inBox, alpha() + inBox,
               std::uint16_t(opacity), count);
    });
}

} // namespace continuo
