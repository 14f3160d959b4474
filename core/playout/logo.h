// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/base/uniquefd.h"
#include "core/frames/mapping.h"

#include <cstdint>
#include <memory>

namespace continuo {

/// A logo as it is drawn into house pictures: colour and alpha of the box in which there is any of
/// it, in memory that the keeper can hold for the next engine. Immutable; any thread.
///
/// Places and sizes of the box are even, so that its samples of colour are whole. All pictures are
/// yuv420p without padding, of the format that the logo was made for.
class Logo final {
public:
    struct Box {
        std::int32_t x = 0;
        std::int32_t y = 0;
        std::int32_t width = 0;
        std::int32_t height = 0;
        bool operator==(const Box &) const = default;
        /// Bytes of the three planes of what it covers.
        std::size_t bytes() const { return std::size_t(width) * std::size_t(height) * 3 / 2; }
    };

    /// What a player has drawn: \p colour is a picture, \p alpha holds the alpha of each sample in
    /// that sample's place. Errors: InvalidArgument (there is nothing to be seen), NoSpace, Io.
    static Result<std::shared_ptr<const Logo>>
    create(const std::uint8_t *colour, const std::uint8_t *alpha, const HouseFormat &format);
    /// That of a dead engine. Errors: Corrupt (no logo, or of another format), Io.
    static Result<std::shared_ptr<const Logo>> attach(UniqueFd fd, const HouseFormat &format);

    int fd() const { return m_fd.get(); }
    const Box &box() const { return m_box; }
    bool looksLike(const Logo &other) const; ///< the same pixels in the same place

    /// Copies what \p picture has in the box to \p clean (box().bytes()).
    void save(const std::uint8_t *picture, std::uint8_t *clean) const;
    void restore(std::uint8_t *picture, const std::uint8_t *clean) const;
    /// Draws it over \p picture; \p opacity: 0 to 255.
    void blend(std::uint8_t *picture, int opacity) const;
    /// Draws it beside another one into which it fades over: adds what it would change of \p clean,
    /// so that the two together hide as much as each of them alone. Opacities of both: up to 255
    /// together.
    void blendBeside(std::uint8_t *picture, const std::uint8_t *clean, int opacity) const;

private:
    struct Header;

    Logo(UniqueFd fd, Mapping mapping, const HouseFormat &format, const Box &box);

    const std::uint8_t *colour() const;
    const std::uint8_t *alpha() const { return colour() + m_box.bytes(); }
    template <typename Row> void forEachRow(const Row &row) const;

    const UniqueFd m_fd;
    const Mapping m_mapping;
    const std::int32_t m_pictureWidth;
    const std::int32_t m_pictureHeight;
    const Box m_box;
};

using LogoPtr = std::shared_ptr<const Logo>;

} // namespace continuo
