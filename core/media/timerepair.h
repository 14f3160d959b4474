// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/avptr.h"

#include <array>
#include <cstdint>
#include <optional>

namespace continuo {

/// Which of a clip's two streams.
enum class Track { Picture, Sound };

/// Makes the timestamps of a clip's packets continuous where they jump: where recordings were
/// joined, where a clock was set or wrapped, where they are damaged. Both streams stay in step
/// across it. One thread.
class TimeRepair final {
public:
    /// \p longestGapUs: a step forward larger than this is a jump.
    explicit TimeRepair(std::int64_t longestGapUs)
        : m_longestGapUs(longestGapUs)
    {
    }

    /// Repairs the timestamps of the next packet of \p track, which are in \p base: shifts them,
    /// and takes out what cannot be true. Packets come in the order of the file.
    void repair(Track track, AVPacket *packet, AVRational base);
    /// The next packets are from elsewhere in the file, on the same timeline: nothing is closed up
    /// so far. The two streams may have been sought apart.
    void goElsewhere();

    /// Where a stream is on its timeline.
    struct Place {
        bool hasBegun = false;
        bool hasLeapt = false; ///< whether by a damaged timestamp shows with the next packet
        std::int64_t startUs = 0; ///< after repair, as all but the shift
        std::int64_t lastUs = 0;
        std::int64_t lengthUs = 0;
        std::int64_t shiftUs = 0; ///< added to the file's timestamps
    };
    Place place(Track track) const;
    /// The next packet of \p track follows one that was there.
    void goOnAt(Track track, const Place &place);

    int jumps() const { return m_jumps; } ///< places that were closed up

private:
    /// Times are in microseconds, after repair.
    struct Stream {
        bool hasBegun = false; ///< a packet with a timestamp came
        std::int64_t startUs = 0; ///< of the first
        std::int64_t lastUs = 0; ///< of the last
        std::int64_t lengthUs = 0; ///< of the last, as the packet says
        std::int64_t shiftUs = 0; ///< added to the file's timestamps since the last jump
        /// Where the last packet was expected, if it came so much later that the way back from
        /// there would be a jump.
        std::optional<std::int64_t> leaptFromUs;
    };

    void takeOutDamage(AVPacket *packet, AVRational base, const Stream &stream) const;
    void begin(Stream &stream, const Stream &other, std::int64_t fileUs);
    void goOn(Stream &stream, const Stream &other, std::int64_t fileUs);
    bool isJump(const Stream &stream, const Stream &other, std::int64_t timeUs) const;
    bool isLeftBehind(const Stream &stream, const Stream &other) const;
    /// Where the next packet is to follow.
    std::int64_t endUs(const Stream &stream) const;
    void closeUp(Stream &stream, std::int64_t shiftUs);

    std::int64_t m_longestGapUs;
    std::array<Stream, 2> m_streams; ///< by Track
    int m_jumps = 0;
    bool m_isElsewhere = false; ///< the streams do not begin at the start of the file
};

} // namespace continuo
