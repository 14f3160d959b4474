// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/base/playprogress.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace continuo {

// What stands in the memfd that engine and player share (docs/protocols.md, section 1). Both sides
// are the same build on the same machine: plain fields in the machine's byte order.

constexpr std::uint64_t kFrameStoreMagic = 0x45524f5453464e43; // "CNFSTORE" in memory
constexpr std::uint32_t kFrameStoreVersion = 6;
constexpr std::int64_t kFrameStoreTotalUnknown = -1;
/// Header and slots begin on pages, so that a slot's memory can be given back on its own.
constexpr std::size_t kFrameStorePage = 4096;
/// Where filters like to find a plane (AVX-512).
constexpr std::size_t kPictureAlignment = 64;
constexpr int kMaxSlots = 4096;
/// Sequences that may be between the oldest frame that is held and the newest, for each slot: when
/// most frames are dropped, those that are kept lie far apart.
constexpr int kSequencesPerSlot = 16;

/// Bits of SlotHeader::flags.
enum SlotFlag : std::uint32_t {
    kSlotStill = 1u << 0, ///< title card, still picture or slate
};
constexpr std::uint32_t kKnownSlotFlags = kSlotStill;

/// The first page. The counters are shared and only touched through std::atomic_ref; all
/// else is written once, before the descriptor is passed on.
struct FrameStoreHeader {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t slotCount;
    std::int32_t width;
    std::int32_t height;
    std::int64_t rateNum;
    std::int64_t rateDen;
    std::uint64_t slotStride; ///< bytes from slot to slot
    std::uint64_t firstSlot; ///< offset of slot 0
    std::uint64_t pictureOffset; ///< offset of the picture in its slot
    std::uint32_t samplesPerSlot; ///< stereo samples a slot can hold
    std::uint32_t lead; ///< how many frames the player may be ahead of `taken` at most
    std::uint64_t slotTable; ///< offset of 32-bit numbers, see slotIndexOffset()
    std::uint64_t returnTable; ///< offset of 64-bit numbers, see returnedOffset()
    alignas(64) std::uint64_t written; ///< slots handed over, by the player
    alignas(64) std::uint64_t released; ///< sequences before this one are done with, by the engine
    alignas(64) std::uint64_t taken; ///< frames that went on air, by the engine
    alignas(64) std::int64_t total; ///< frames of the item, by the player; -1 before it knows
    alignas(64) std::uint64_t ahead; ///< what of `lead` the player may use now, by the engine
    alignas(64) PlayProgress progress; ///< below the frame, by the player
};

/// What stands at the begin of a slot; the samples follow, then (aligned) the picture.
struct SlotHeader {
    std::uint64_t sequence; ///< which hand-over this is
    std::int64_t itemFrame; ///< frame of the item, from 0
    std::int64_t sourceUs; ///< position in the source, microseconds from its first picture
    std::uint32_t flags; ///< SlotFlag
    std::uint32_t sampleCount; ///< stereo samples that are good
    std::int32_t gainCentiDb; ///< of its sound, at its begin; within kMostGainCentiDb
    std::uint32_t unused; ///< 0
};
/// No gain is as much, up or down: 100 dB.
constexpr std::int32_t kMostGainCentiDb = 10'000;

constexpr std::size_t kSlotSamplesOffset = 64;

static_assert(std::is_trivially_copyable_v<FrameStoreHeader>);
static_assert(std::is_trivially_copyable_v<SlotHeader>);
static_assert(sizeof(FrameStoreHeader) <= kFrameStorePage);
static_assert(sizeof(SlotHeader) <= kSlotSamplesOffset);
static_assert(offsetof(FrameStoreHeader, written) % 64 == 0);
static_assert(offsetof(FrameStoreHeader, released) % 64 == 0);
static_assert(offsetof(FrameStoreHeader, taken) % 64 == 0);
static_assert(offsetof(FrameStoreHeader, total) % 64 == 0);
static_assert(offsetof(FrameStoreHeader, ahead) % 64 == 0);
static_assert(offsetof(FrameStoreHeader, progress) % 64 == 0);
// A lock would live in one process only.
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic_ref<std::int64_t>::is_always_lock_free);

/// How large a store is.
struct StoreSize {
    int slots = 0;
    int lead = 0; ///< frames that the player may be ahead of the air
};

/// Sizes and offsets of one store, computed from what decides them and never read from the
/// mapping.
struct FrameStoreLayout {
    HouseFormat format;
    int slotCount = 0;
    int lead = 0;
    int samplesPerSlot = 0; ///< ceil(48000*den/num) + 1
    std::size_t pictureBytes = 0;
    std::size_t pictureOffset = 0; ///< in the slot
    std::size_t slotStride = 0;
    std::size_t returnTable = 0;
    std::size_t firstSlot = 0;
    std::size_t totalBytes = 0;

    /// Errors: InvalidArgument (format, slot count outside 2 to kMaxSlots, lead outside 1 to
    /// slots).
    static Result<FrameStoreLayout> compute(const HouseFormat &format, StoreSize size);
    std::size_t slotOffset(std::uint32_t index) const
    {
        return firstSlot + std::size_t(index) * slotStride;
    }
    /// Where the number of the slot that holds \p sequence stands, written by the player before
    /// `written`. Players use the first slot that is free, so that only as much memory is ever
    /// touched as frames are held: a ring would walk through all of it.
    std::size_t slotIndexOffset(std::uint64_t sequence) const
    {
        return kFrameStorePage + std::size_t(sequence % sequences()) * sizeof(std::uint32_t);
    }
    /// Where the engine writes, when slot \p index is free again, the sequence that it held plus 1.
    std::size_t returnedOffset(std::uint32_t index) const
    {
        return returnTable + std::size_t(index) * sizeof(std::uint64_t);
    }
    /// How far apart the oldest and the newest sequence may be.
    std::uint64_t sequences() const { return std::uint64_t(slotCount) * kSequencesPerSlot; }
};

/// Stereo samples that each slot carries: one more than a frame lasts at most, because an item may
/// start at any absolute frame (see slotSampleOffset).
int samplesPerSlot(FrameRate rate);

/// Where, in samples from the slot's first, the sound of an absolute frame begins: 0 or 1. The
/// slot of item frame j starts at item sample S(j); an item whose frame 0 is absolute frame
/// \p itemStart needs item samples from S(itemStart + j) - S(itemStart), and takes
/// S(itemStart + j + 1) - S(itemStart + j) of them.
int slotSampleOffset(std::int64_t itemStart, std::int64_t itemFrame, FrameRate rate);

/// Two seconds of lead, and six more for frames that stay until the encoder has acknowledged them
/// (normally under one second; a stalled or replaced encoder needs the rest). At least 48 slots,
/// else within 1 GiB, which is only taken as it is used.
StoreSize suggestedStoreSize(const HouseFormat &format);

} // namespace continuo
