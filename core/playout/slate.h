// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/slateclock.h"
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

/// The slate of a channel as a player has drawn it, with the digits of its clock, in memory that
/// the keeper can hold for the next engine. Immutable; any thread.
class Slate final : public std::enable_shared_from_this<Slate> {
public:
    /// Copies \p picture, and the digits out of \p digits, a house picture that has them where
    /// SlateClockPlace says (null: there is no clock). Errors: NoSpace, Io.
    static Result<std::shared_ptr<const Slate>>
    create(const std::uint8_t *picture, const std::uint8_t *digits, const HouseFormat &format);
    /// That of a dead engine. Errors: Corrupt (no slate, or of another format), Io.
    static Result<std::shared_ptr<const Slate>> attach(UniqueFd fd, const HouseFormat &format);

    int fd() const { return m_fd.get(); }
    HousePicture picture() const;
    bool hasClock() const { return m_clock.has_value(); }
    /// A copy of the picture on which the clock shows that time; without a clock the picture.
    HousePicture at(int hour, int minute) const;

private:
    struct Header;

    Slate(UniqueFd fd, Mapping mapping, const HouseFormat &format,
          std::optional<SlateClockPlace> clock)
        : m_fd(std::move(fd))
        , m_mapping(std::move(mapping))
        , m_format(format)
        , m_clock(clock)
    {
    }
    const std::uint8_t *digits() const;

    const UniqueFd m_fd;
    const Mapping m_mapping;
    const HouseFormat m_format;
    const std::optional<SlateClockPlace> m_clock;
};

using SlatePtr = std::shared_ptr<const Slate>;

} // namespace continuo
