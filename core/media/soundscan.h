// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/soundtrack.h"

#include <ebur128.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace continuo {

struct ClipReading;

/// Listens to a clip's sound as it would be played, in steps of 10 ms: where there is none, where
/// it is silent, how loud it is. One thread.
class SoundScan final {
public:
    /// \p zeroUs: the file's time of the item's start; nothing: where the sound begins.
    SoundScan(std::unique_ptr<SoundTrack> track, std::optional<std::int64_t> zeroUs);
    SoundScan(SoundScan &&) noexcept;
    ~SoundScan();

    /// Listens up to there, counted from the start of the item.
    void advanceTo(std::int64_t us);
    /// Listens for half a second more, or to the end of the sound.
    void advanceWithin();
    bool hasEnded() const; ///< all is heard
    std::int64_t atUs() const; ///< up to where it was heard
    std::int64_t endUs() const; ///< of what was decoded
    /// Puts what was found into \p reading.
    const SoundTrack &track() const { return *m_track; }
    void finish(ClipReading &reading);

private:
    enum class Kind { Sound, Silent, Missing };
    struct FreeMeter {
        void operator()(ebur128_state *meter) const;
    };

    void hear();
    void endRun();

    std::unique_ptr<SoundTrack> m_track;
    std::unique_ptr<ebur128_state, FreeMeter> m_meter;
    std::int64_t m_at = 0; ///< in samples
    std::int64_t m_errors = 0;
    Kind m_kind = Kind::Sound;
    std::int64_t m_since = 0; ///< of m_kind, in samples
    std::unique_ptr<ClipReading> m_found;
};

} // namespace continuo
