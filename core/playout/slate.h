// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/base/uniquefd.h"
#include "core/frames/mapping.h"

#include <cstdint>
#include <memory>

namespace continuo {

/// A picture of the house format (yuv420p without padding), and what it lives by.
struct HousePicture {
    const std::uint8_t *data = nullptr;
    std::shared_ptr<const void> alive;
};

/// The slate of a channel as a player has drawn it, in memory that the keeper can hold for the next
/// engine. Immutable; any thread.
class Slate final : public std::enable_shared_from_this<Slate> {
public:
    /// Copies \p picture. Errors: NoSpace, Io.
    static Result<std::shared_ptr<const Slate>> create(const std::uint8_t *picture,
                                                       const HouseFormat &format);
    /// That of a dead engine. Errors: Corrupt (no slate, or of another format), Io.
    static Result<std::shared_ptr<const Slate>> attach(UniqueFd fd, const HouseFormat &format);

    int fd() const { return m_fd.get(); }
    HousePicture picture() const;

private:
    struct Header;

    Slate(UniqueFd fd, Mapping mapping)
        : m_fd(std::move(fd))
        , m_mapping(std::move(mapping))
    {
    }

    const UniqueFd m_fd;
    const Mapping m_mapping;
};

using SlatePtr = std::shared_ptr<const Slate>;

} // namespace continuo
