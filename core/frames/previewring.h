// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/mapping.h"
#include "core/frames/previewlayout.h"

#include <QString>

#include <array>
#include <cstdint>
#include <span>

namespace continuo {

/// Three planes of a yuv420p picture: Y, U, V with their strides in bytes.
struct PicturePlanes {
    std::array<const std::uint8_t *, 3> data{};
    std::array<int, 3> stride{};
};

/// The engine's side of the preview: makes the shared memory, publishes pictures that are already
/// small, sound and levels, and removes its name when it goes away. One thread.
class PreviewRing final {
public:
    /// A new ring of its own random name, mode 0600, for \p width x \p height pictures (at most
    /// 640x360, even; PreviewLayout::fitting() gives the size for a house format).
    /// Errors: InvalidArgument, NoSpace, Io.
    static Result<PreviewRing> create(int width, int height);

    PreviewRing(PreviewRing &&other) noexcept;
    PreviewRing &operator=(PreviewRing &&other) noexcept;
    PreviewRing(const PreviewRing &) = delete;
    PreviewRing &operator=(const PreviewRing &) = delete;
    ~PreviewRing();

    /// Shows a picture. Never blocks. \p frame is its absolute number. Returns its sequence.
    std::uint64_t publishPicture(const PicturePlanes &picture, std::int64_t frame);
    /// Appends sound (stereo, interleaved) and its levels. Never blocks.
    void publishAudio(std::span<const std::int16_t> samples, const AudioMeters &meters);

    QString name() const { return m_name; } ///< "/continuo-UID-RANDOM"
    std::size_t bytes() const { return m_layout.totalBytes; }
    int width() const { return m_layout.width; }
    int height() const { return m_layout.height; }

private:
    PreviewRing(QString name, PreviewLayout layout, Mapping mapping);

    PreviewHeader &header() const;

    QString m_name;
    PreviewLayout m_layout;
    Mapping m_mapping;
    std::uint64_t m_sequence = 0;
    std::uint64_t m_audioWritten = 0;
};

} // namespace continuo
