// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace continuo {

// What stands in the shared memory from which consoles show what is on air (docs/protocols.md,
// section 6). One writer, any number of readers, none of which can hold the writer up.

constexpr std::uint64_t kPreviewMagic = 0x564552504f544e43; // "CNTOPREV" in memory
constexpr std::uint32_t kPreviewVersion = 1;
constexpr int kPreviewMaxWidth = 640;
constexpr int kPreviewMaxHeight = 360;
constexpr std::uint32_t kPreviewPictures = 4;
/// Stereo samples in the sound ring: 2.7 s.
constexpr std::uint64_t kPreviewAudioSamples = 1u << 17;
/// Stereo samples written at once at most; so far behind the oldest a reader must stay.
constexpr std::uint64_t kPreviewAudioBlock = 1u << 13;

/// Levels of one frame's sound in dBFS; -120 stands for silence.
struct AudioMeters {
    std::array<float, 2> peak{-120.0F, -120.0F}; ///< left, right
    std::array<float, 2> rms{-120.0F, -120.0F}; ///< left, right
};

/// The levels of \p samples (stereo, interleaved).
AudioMeters measureAudio(std::span<const std::int16_t> samples);

/// The first page. What stands after `audioOffset` is only touched through std::atomic_ref.
struct PreviewHeader {
    std::uint64_t magic;
    std::uint32_t version;
    std::int32_t width;
    std::int32_t height;
    std::uint32_t pictures; ///< kPreviewPictures
    std::uint64_t pictureOffset; ///< of picture 0
    std::uint64_t pictureStride; ///< bytes from picture to picture
    std::uint64_t audioOffset;
    /// The last picture that is whole; the first is 1, 0 means none yet. Picture s stands at
    /// s mod 4 and is good while sequence < s + 3.
    alignas(64) std::uint64_t sequence;
    std::array<std::int64_t, kPreviewPictures> frame; ///< absolute frame number of each
    alignas(64) std::uint64_t audioWritten; ///< stereo samples written since the start
    std::array<std::uint32_t, 2> peak; ///< bits of a float, dBFS
    std::array<std::uint32_t, 2> rms; ///< bits of a float, dBFS
};

static_assert(sizeof(PreviewHeader) <= 4096);
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);

/// Sizes of one ring, from the picture's size.
struct PreviewLayout {
    int width = 0;
    int height = 0;
    std::size_t pictureBytes = 0; ///< yuv420p without padding
    std::size_t pictureOffset = 0;
    std::size_t pictureStride = 0;
    std::size_t audioOffset = 0;
    std::size_t totalBytes = 0;

    /// Errors: InvalidArgument (odd, or over 640x360).
    static Result<PreviewLayout> compute(int width, int height);
    /// The largest even size within 640x360 with the shape of \p width x \p height.
    static Result<PreviewLayout> fitting(int width, int height);
};

/// Copies between private and shared memory in words that are atomic each, so that a copy which
/// meets the writer is stale data and no undefined behaviour. Orders: what was stored before a
/// storeShared() is seen by who sees one of its words; a load after loadShared() is not moved
/// before it. \p bytes is a multiple of 4; both pointers are aligned to 4 (shared: to 8).
void storeShared(std::byte *shared, const std::byte *from, std::size_t bytes);
void loadShared(std::byte *to, const std::byte *shared, std::size_t bytes);

} // namespace continuo
