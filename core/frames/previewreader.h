// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/mapping.h"
#include "core/frames/previewlayout.h"

#include <QString>

#include <cstdint>
#include <span>
#include <vector>

namespace continuo {

/// A private copy of a preview picture.
struct PreviewPicture {
    std::uint64_t sequence = 0; ///< 0: none yet
    std::int64_t frame = 0; ///< absolute frame number
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> planes; ///< Y, U, V without padding
};

/// The console's side of the preview: copies out what is newest. Never holds the engine up; what
/// was overwritten during a copy is thrown away. One thread.
class PreviewReader final {
public:
    /// Maps the ring of that name, read-only. Errors: NotFound, PermissionDenied, InvalidArgument
    /// (no ring of this version), Io.
    static Result<PreviewReader> attach(const QString &name);

    /// Copies the newest picture into \p picture if it is newer than what stands there (its buffer
    /// is used again). False when there is none, or the writer lapped the copy twice.
    bool readPicture(PreviewPicture &picture) const;
    /// Copies stereo samples from \p position on into \p samples (interleaved) and moves
    /// \p position past them; returns how many. A position that is overwritten already (or lies
    /// ahead of the writer) is first moved to the newest quarter of a second.
    std::size_t readAudio(std::uint64_t &position, std::span<std::int16_t> samples) const;
    /// The stereo samples written since the start.
    std::uint64_t audioWritten() const;
    AudioMeters meters() const;

    int width() const { return m_layout.width; }
    int height() const { return m_layout.height; }

private:
    PreviewReader(PreviewLayout layout, Mapping mapping);

    PreviewHeader &header() const;

    PreviewLayout m_layout;
    Mapping m_mapping;
};

} // namespace continuo
