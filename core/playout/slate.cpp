// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/slate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

struct Slate::Header {
    std::uint64_t magic;
    std::int32_t width;
    std::int32_t height;
    std::uint8_t reserved[48];
};

namespace {

constexpr std::uint64_t kSlateMagic = 0x314554414c534343; // "CCSLATE1" in memory
constexpr int kSlateSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

} // namespace

Result<SlatePtr> Slate::create(const std::uint8_t *picture, const HouseFormat &format)
{
    static_assert(sizeof(Header) == 64);
    const auto pictureBytes = std::size_t(format.pictureBytes());
    const std::size_t bytes = sizeof(Header) + pictureBytes;
    UniqueFd fd(::memfd_create("continuo-slate", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid() || ::ftruncate(fd.get(), off_t(bytes)) < 0
        || ::fcntl(fd.get(), F_ADD_SEALS, kSlateSeals) < 0)
        return errorFromErrno(errno, u"make the memory of a slate"_s);
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    const Header header{kSlateMagic, format.width, format.height, {}};
    std::memcpy(mapping->data(), &header, sizeof header);
    std::memcpy(mapping->data() + sizeof header, picture, pictureBytes);
    return SlatePtr(new Slate(std::move(fd), std::move(mapping).value()));
}

Result<SlatePtr> Slate::attach(UniqueFd fd, const HouseFormat &format)
{
    const Error corrupt{ErrorCode::Corrupt, u"what the keeper held is no slate of this channel"_s,
                        0};
    struct stat facts { };
    const std::size_t bytes = sizeof(Header) + std::size_t(format.pictureBytes());
    if (::fstat(fd.get(), &facts) < 0 || std::size_t(facts.st_size) != bytes)
        return corrupt;
    Result<Mapping> mapping = Mapping::map(fd.get(), bytes, Mapping::Access::ReadOnly);
    if (!mapping)
        return mapping.error();
    Header header{};
    std::memcpy(&header, mapping->data(), sizeof header);
    if (header.magic != kSlateMagic || header.width != format.width
        || header.height != format.height)
        return corrupt;
    return SlatePtr(new Slate(std::move(fd), std::move(mapping).value()));
}

HousePicture Slate::picture() const
{
    return {reinterpret_cast<const std::uint8_t *>(m_mapping.data()) + sizeof(Header),
            shared_from_this()};
}

} // namespace continuo
