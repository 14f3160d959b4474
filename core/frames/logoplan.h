// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace continuo {

/// A level from 0 to 255 as a function of the frame number: `from` before `frame`, then `fade`
/// frames of even steps, of which the last has `to`. Without a fade it is `to` from `frame` on.
struct LogoRamp {
    std::int64_t frame = 0;
    std::int32_t from = 0;
    std::int32_t to = 0;
    std::int32_t fade = 0; ///< frames

    bool operator==(const LogoRamp &) const = default;
    static LogoRamp steady(int level) { return {0, level, level, 0}; }
    int at(std::int64_t number) const;
    /// The first frame from which on it does not change.
    std::int64_t end() const { return frame + (fade > 0 ? fade - 1 : 0); }
    /// It goes to \p level from frame \p number on, from where it is then.
    LogoRamp turned(int level, std::int64_t number, int frames) const;
};

/// A logo, by the number that the channel gave to what was drawn, and how opaque it is.
struct LogoLayer {
    std::int64_t logo = 0; ///< 0: none
    LogoRamp opacity;
    bool operator==(const LogoLayer &) const = default;
};

/// Which logos a channel shows at each frame number: the one that is set, and the one before it as
/// long as that fades. Plain values, kept in the ledger as they are, so that the next engine draws
/// the same. Whether the item on air wants a logo at all is a ramp of its own, beside each frame.
struct LogoPlan {
    LogoLayer shown;
    LogoLayer leaving;

    bool operator==(const LogoPlan &) const = default;
    /// The first frame of the newest change.
    std::int64_t changesAt() const { return shown.opacity.frame; }
    /// The first frame at which nothing fades any more: the next change may begin behind it.
    std::int64_t restsAt() const;
    /// The plan with \p logo (0: none) at \p level from frame \p number on, which is behind
    /// restsAt(). The same logo changes its level; another is faded over to.
    LogoPlan changed(std::int64_t logo, int level, std::int64_t number, int frames) const;
};

/// What \p level percent of opacity is in 0 to 255.
int logoLevel(int percent);

} // namespace continuo
