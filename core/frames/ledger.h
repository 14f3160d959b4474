// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/base/uniquefd.h"
#include "core/frames/airframe.h"
#include "core/frames/mapping.h"

#include <optional>
#include <span>

namespace continuo {

/// How far a frame has got into FIFO in.
enum class FeedStep : std::uint32_t {
    None, ///< nothing of the session's frames has been begun
    Picture, ///< its picture is being written: perhaps not at all, perhaps in part
    Sound, ///< its picture is in whole; its sound perhaps not
    Done, ///< all of it is in
};

/// Where a dead engine stood.
struct LedgerState {
    std::int64_t session = 0;
    std::int64_t frame = 0; ///< the one that was written last
    FeedStep step = FeedStep::None;
    AirPosition position; ///< of that frame
    AirGain gain; ///< of its sound
    AirCounts counts; ///< with that frame
    std::vector<std::int16_t> sound; ///< of that frame, stereo interleaved
    std::int64_t epochFrame = -1; ///< -1: no epoch yet
    std::int64_t epochMonotonicNs = 0; ///< CLOCK_MONOTONIC
    std::int64_t epochWallUs = 0; ///< UTC since 1970
    LogoRamp logoWanted; ///< of that frame
    LogoPlan logo; ///< may begin behind that frame
};

/// What one channel of the engine has done, in memory that the keeper holds too, so that the next
/// engine can go on exactly there (docs/protocols.md, section 7). A kill at any instruction leaves
/// either the state before or the state after a call: each is written beside the old one and then
/// made the current one by one store.
///
/// begin(), pictureDone(), soundDone() are for the feed's thread, the rest for the main thread.
class Ledger final {
public:
    /// A new one. Errors: NoSpace, Io.
    static Result<std::unique_ptr<Ledger>> create(const HouseFormat &format);
    /// That of a dead engine. Errors: Corrupt (not a ledger, or of another format), Io.
    static Result<std::unique_ptr<Ledger>> attach(UniqueFd fd, const HouseFormat &format);

    int fd() const { return m_fd.get(); }
    LedgerState read() const;

    /// A new session: nothing of it is in yet.
    void beginSession(std::int64_t session);
    /// \p frame is about to be written.
    void begin(std::int64_t session, const AirFrame &frame);
    void pictureDone();
    void soundDone();
    void setEpoch(std::int64_t frame, std::int64_t monotonicNs, std::int64_t wallUs);
    void setLogo(const LogoPlan &plan);

private:
    Ledger(UniqueFd fd, Mapping mapping, std::size_t soundBytes)
        : m_fd(std::move(fd))
        , m_mapping(std::move(mapping))
        , m_soundBytes(soundBytes)
    {
    }

    struct Header;
    struct Feed;
    struct Times;
    Header &header() const;
    Feed &feed(std::uint32_t index) const;
    std::byte *sound(std::uint32_t index) const;
    void setStep(FeedStep step);

    const UniqueFd m_fd;
    const Mapping m_mapping;
    const std::size_t m_soundBytes; // room for the sound of one frame
};

} // namespace continuo
