// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/framestorewriter.h"
#include "core/playout/clipsource.h"

#include <chrono>
#include <memory>
#include <optional>

namespace continuo {

/// A clip whose frames are written into a real frame store by the test instead of by a player:
/// picture byte 0 is the clip's mark, bytes 1 to 4 the item frame; each sample is its item sample
/// number (low 15 bits), left and right alike.
class MemoryClip final {
public:
    MemoryClip(const HouseFormat &format, int mark, int slotCount = 64, std::int64_t in = 0);
    /// Goes on where the player of \p source stood, as another one does.
    MemoryClip(const HouseFormat &format, int mark, const ClipSourcePtr &source);

    /// Hands over frames up to \p end (exclusive).
    void write(std::int64_t end);
    /// The same while a slot becomes free within \p patience; the frame behind the last.
    std::int64_t write(std::int64_t end, std::chrono::milliseconds patience);
    /// Hands over the next frame with a header that says something else.
    void writeDamaged();
    /// Says that the clip has \p frames frames in all.
    void setTotal(std::int64_t frames) { m_writer->setTotal(frames); }
    const ClipSourcePtr &source() const { return m_source; }
    const std::shared_ptr<FrameStore> &store() const { return m_store; }

    static int markOf(const std::uint8_t *picture) { return picture[0]; }
    static std::int64_t frameOf(const std::uint8_t *picture);

private:
    void attach(int slotCount);
    bool writeOne(std::int64_t itemFrame, std::optional<std::chrono::milliseconds> patience = {});
    std::int64_t next() const { return m_from + std::int64_t(m_writer->written()); }

    const HouseFormat m_format;
    const int m_mark;
    std::int64_t m_from = 0;
    std::shared_ptr<FrameStore> m_store;
    ClipSourcePtr m_source;
    std::unique_ptr<FrameStoreWriter> m_writer;
};

} // namespace continuo
