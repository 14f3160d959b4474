// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/levels/loudnessmeter.h"
#include "core/levels/truepeaklimiter.h"
#include "core/media/soundtrack.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace continuo {

/// How loud a clip is to be. Without anything it stays as it is.
struct LevelRequest {
    /// From a measurement; with a target what an estimate goes on from.
    std::optional<double> gainDb;
    /// LUFS: the gain is estimated by listening ahead.
    std::optional<double> targetLufs;
    bool isLevelled() const { return gainDb || targetLufs; }
};

/// A clip's sound with its gain, and its true peak under kCeilingDb. A gain that is measured is the
/// same from begin to end. One that is estimated follows what has been heard of the clip and the
/// three seconds to come, by half a dB a second at most; it moves on a grid of the item's samples,
/// so that it does not depend on how the sound is read. One thread.
class SoundLevels final {
public:
    /// What lies so many samples before the first that is read has a part in it.
    static constexpr std::int64_t kHistory = TruePeakLimiter::kReach;

    /// \p position: the first sample that will be read; reads what lies before it. Errors: NoSpace.
    static Result<std::unique_ptr<SoundLevels>> begin(const LevelRequest &request,
                                                      SoundTrack &track, std::int64_t position);

    /// As SoundTrack::read(), but decodes by itself. Positions never go back.
    void read(SoundTrack &track, std::int64_t position, std::span<float> samples);
    /// The gain at a position between the last two that were read.
    double gainDb(std::int64_t position) const;

private:
    SoundLevels(const LevelRequest &request, std::optional<LoudnessMeter> meter,
                std::int64_t position);
    void nextBlock(SoundTrack &track);
    void estimate(SoundTrack &track);
    void listen(SoundTrack &track);

    const LevelRequest m_request;
    std::optional<LoudnessMeter> m_meter; ///< where the gain is estimated
    std::int64_t m_heard = 0; ///< up to here by the meter
    /// From where on there is something to be heard; an estimate that nobody has heard yet may
    /// begin anywhere. Nothing: all was silence.
    std::optional<std::int64_t> m_audibleFrom;
    bool m_hasGain = false;
    double m_gainDb = 0; ///< at the begin of the next block
    const std::int64_t m_begin; ///< what lies before is not handed over
    std::int64_t m_next; ///< position of the next sample for the limiter
    TruePeakLimiter m_limiter;
    std::vector<float> m_block;
    std::vector<float> m_ready; ///< from the limiter
    std::int64_t m_readyFrom; ///< position of its first sample
    std::deque<std::pair<std::int64_t, double>> m_gains; ///< from which position on, dB
};

} // namespace continuo
