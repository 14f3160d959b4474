// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/prioritymutex.h"
#include "core/base/uniquefd.h"
#include "core/frames/framestorelayout.h"
#include "core/frames/mapping.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace continuo {

/// One frame as a player handed it over: a checked private copy of its header, and pointers into
/// the store that stay good until the slot is released (and the store lives).
struct SlotView {
    SlotHeader header{};
    /// Y, U, V planes without padding, pictureBytes(). The engine may draw into it until it is
    /// aired.
    std::uint8_t *picture = nullptr;
    const std::int16_t *samples = nullptr; ///< header.sampleCount stereo samples, interleaved
};

/// The engine's side of a frame store: makes the shared memory, reads what the player hands over,
/// gives slots back. Any thread may call anything. The player is not trusted: its counters and
/// headers are checked, and the store outlives it.
class FrameStore final {
public:
    /// A sealed memfd of that size and the two wake-ups. Memory is only taken as slots are
    /// written. Errors: InvalidArgument, NoSpace, Io.
    static Result<std::shared_ptr<FrameStore>> create(const HouseFormat &format, StoreSize size);

    /// Gives the slot of \p sequence back, in any order. A sequence that is not out (or is released
    /// twice) is logged and ignored.
    void release(std::uint64_t sequence);
    /// Frame \p sequence goes on air: the player may be so far ahead of that as it is allowed to.
    void take(std::uint64_t sequence);
    /// From now on the player may be only so many frames ahead of the air; 1 to its lead, which it
    /// may use until this is called.
    void setAhead(int frames);

    int fd() const { return m_fd.get(); } ///< the memfd, for the player
    int readyFd() const { return m_ready.fd(); } ///< readable when the player handed over
    int freeFd() const { return m_free.fd(); } ///< notified when slots are free again
    void clearReady() const { m_ready.clear(); }

    const HouseFormat &format() const { return m_layout.format; }
    int slotCount() const { return m_layout.slotCount; }
    int lead() const { return m_layout.lead; }
    std::size_t pictureBytes() const { return m_layout.pictureBytes; }
    std::size_t bytes() const { return m_layout.totalBytes; }

    /// Slots handed over so far, never decreasing, at most slotCount more than were given back.
    /// When
    /// the player says anything else the last good count stays, and isCorrupt() from then on.
    std::uint64_t written() const;
    /// The first sequence that was not given back.
    std::uint64_t released() const;
    /// Frames of the whole item, -1 while the player does not know.
    std::int64_t total() const;
    /// What the player says of itself below the frame.
    PlayProgress progress() const;
    /// The frame of \p sequence; nothing when it is not handed over, released already, or its
    /// header is a lie (then isCorrupt()).
    std::optional<SlotView> slot(std::uint64_t sequence) const;
    /// How many frames are ready from \p nextSequence on.
    std::uint64_t framesAhead(std::uint64_t nextSequence) const;
    /// Whether the player has broken the rules; its frames up to then remain good.
    bool isCorrupt() const;

private:
    FrameStore(FrameStoreLayout layout, UniqueFd fd, Mapping mapping, EventFd ready, EventFd free);

    FrameStoreHeader &header() const;
    std::uint64_t writtenLocked() const;
    std::optional<std::uint32_t> slotIndexLocked(std::uint64_t sequence) const;
    std::size_t returnedAt(std::uint64_t sequence) const
    {
        return std::size_t(sequence % m_layout.sequences());
    }
    void reportLie(const QString &what) const;

    const FrameStoreLayout m_layout;
    const UniqueFd m_fd;
    const Mapping m_mapping;
    const EventFd m_ready;
    const EventFd m_free;

    mutable PriorityMutex m_mutex;
    mutable std::uint64_t m_written = 0; // guarded by m_mutex; the last count that was believed
    mutable bool m_corrupt = false; // guarded by m_mutex
    // Our own count: the one in the mapping can be overwritten by the player.
    std::uint64_t m_released = 0; // guarded by m_mutex
    std::uint64_t m_returns = 0; // guarded by m_mutex; how many were given back in all
    std::uint64_t m_taken = 0; // guarded by m_mutex
    // guarded by m_mutex; by sequence modulo layout.sequences(): released out of order
    std::vector<bool> m_returned;
};

} // namespace continuo
