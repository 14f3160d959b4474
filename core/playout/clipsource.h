// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/frames/framestore.h"

#include <QString>

#include <atomic>
#include <memory>
#include <optional>

namespace continuo {

/// What the clock thread sees of one player: its frame store, and how long the item is. Shared by
/// the main thread (which knows the process) and the clock thread (which takes the frames).
class ClipSource final {
public:
    ClipSource(QString itemId, std::shared_ptr<FrameStore> store)
        : m_itemId(std::move(itemId))
        , m_store(std::move(store))
    {
    }

    const QString &itemId() const { return m_itemId; }
    const std::shared_ptr<FrameStore> &store() const { return m_store; }

    /// The player has gone: what it handed over until now is all there will be.
    void close();
    /// Frames of the item once that is known for sure.
    std::optional<std::int64_t> length() const;
    bool hasFrame(std::int64_t itemFrame) const;
    bool isAtEnd(std::int64_t itemFrame) const;

    /// Whether it has been on air: a source is played once.
    bool wasAired() const { return m_wasAired.load(); }
    void markAired() { m_wasAired.store(true); }

private:
    const QString m_itemId;
    const std::shared_ptr<FrameStore> m_store;
    std::atomic<std::int64_t> m_closedAt = -1;
    std::atomic<bool> m_wasAired = false;
};

using ClipSourcePtr = std::shared_ptr<ClipSource>;

/// Keeps a slot from being given back to the player until the last user lets go.
class SlotPin final {
public:
    SlotPin(std::shared_ptr<FrameStore> store, std::uint64_t sequence)
        : m_store(std::move(store))
        , m_sequence(sequence)
    {
    }
    ~SlotPin() { m_store->release(m_sequence); }
    SlotPin(const SlotPin &) = delete;
    SlotPin &operator=(const SlotPin &) = delete;

private:
    const std::shared_ptr<FrameStore> m_store;
    const std::uint64_t m_sequence;
};

} // namespace continuo
