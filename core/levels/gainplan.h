// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace continuo {

/// True peak that no sound leaves a player with when it is levelled, dBTP: EBU R 128 asks for -1 at
/// the far end, and AAC overshoots.
constexpr double kCeilingDb = -2;

/// What is known of an item's sound.
struct LoudnessFacts {
    std::optional<double> integrated; ///< LUFS; nothing: too short (400 ms) or below -70
    std::optional<double> truePeak; ///< dBTP; nothing: silence
};

/// By how much an item's sound is raised or lowered, and what held that back.
struct GainPlan {
    enum class Bound {
        None,
        Boost, ///< more than 30 dB would be needed: what is raised is mostly noise
        Peaks, ///< its peaks would be pressed down by more than 6 dB: quieter than the target
        Unmeasured, ///< no loudness: only its peaks are held under the ceiling
    };
    double gainDb = 0;
    Bound bound = Bound::None;

    /// \p targetLufs: what it is to come to, by EBU R 128.
    static GainPlan of(const LoudnessFacts &facts, double targetLufs,
                       double ceilingDb = kCeilingDb);
};

} // namespace continuo
