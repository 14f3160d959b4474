// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/uniquefd.h"
#include "core/frames/framestorelayout.h"
#include "core/frames/mapping.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace continuo {

/// A slot that the player may fill; handed over by FrameStoreWriter::commit().
struct WritableSlot {
    std::span<std::uint8_t> picture; ///< pictureBytes(): Y, U, V planes without padding
    std::span<std::int16_t> samples; ///< 2*samplesPerSlot values: stereo, interleaved
    std::int64_t itemFrame = 0; ///< to be set
    std::int64_t sourceUs = 0; ///< to be set
    std::uint32_t flags = 0; ///< to be set: SlotFlag
    std::uint32_t sampleCount = 0; ///< to be set: stereo samples that are good
    std::int32_t gainCentiDb = 0; ///< to be set: of its sound
};

/// The player's side of a frame store. Used by one thread, but for setTotal().
class FrameStoreWriter final {
public:
    /// Takes over the three inherited descriptors and checks what stands behind them.
    /// Errors: InvalidArgument (not a frame store, or of another version), Io.
    static Result<FrameStoreWriter> attach(UniqueFd store, UniqueFd ready, UniqueFd free);

    /// The next slot, waiting until the engine has released one. A slot that was acquired and not
    /// committed is returned again. \p stopFd (or -1) ends the wait as soon as it is readable or
    /// hung up. Errors: Closed (stopFd), Timeout, Corrupt (the engine's counter makes no sense).
    Result<WritableSlot> acquire(int stopFd, std::optional<std::chrono::milliseconds> timeout = {});
    /// Hands the slot from acquire() over. Errors: InvalidArgument (none acquired, or a sample
    /// count that does not fit).
    Result<void> commit(const WritableSlot &slot);
    /// Says how many frames the item has.
    void setTotal(std::int64_t frames) const;

    /// Where to count what is done below the frame; as long as this object lives.
    PlayProgress &progress() const { return header().progress; }

    const HouseFormat &format() const { return m_layout.format; }
    int slotCount() const { return m_layout.slotCount; }
    int samplesPerSlot() const { return m_layout.samplesPerSlot; }
    std::uint64_t written() const { return m_written; }

private:
    FrameStoreWriter(FrameStoreLayout layout, Mapping mapping, EventFd ready, EventFd free);

    FrameStoreHeader &header() const;
    std::optional<std::uint32_t> firstFreeSlot() const;

    FrameStoreLayout m_layout;
    Mapping m_mapping;
    EventFd m_ready;
    EventFd m_free;
    std::uint64_t m_written = 0;
    std::vector<std::uint64_t> m_heldBy; // by slot: the sequence that it got last, plus 1
    std::optional<std::uint32_t> m_acquired; // slot
};

} // namespace continuo
