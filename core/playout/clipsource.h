// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/prioritymutex.h"
#include "core/frames/airframe.h"
#include "core/frames/framestore.h"

#include <QString>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace continuo {

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

/// What the clock thread sees of one item: the frames that its player handed over, and how long the
/// item is. When a player dies, another may go on where it stood: the item then has parts, one a
/// store. Shared by the main thread (which knows the processes) and the clock thread (which takes
/// the frames). All frame numbers are of the clip, also where the item begins inside of it.
///
/// When a player hands over what is no frame (FrameStore is told lies), the item has no frames from
/// there on until another player makes them.
class ClipSource final {
public:
    /// \p from: frame that the first slot of \p store holds; \p in: with which the item begins,
    /// which is an earlier one where another engine has aired it up to there.
    ClipSource(QString itemId, std::shared_ptr<FrameStore> store, std::int64_t from = 0,
               std::int64_t in = 0);

    const QString &itemId() const { return m_itemId; }
    std::int64_t from() const { return m_from; }
    std::int64_t in() const { return m_in; }
    QString category() const; ///< as the list says
    void setCategory(const QString &category);
    /// How its player was asked to bring it to the loudness, with the gain of the frame that was
    /// looked at last.
    AirGain gain() const;
    void setGain(const AirGain &asked);

    /// Another player hands over what follows end() into \p store, even when the source was closed;
    /// the first frame that it is to hand over.
    std::int64_t goOn(std::shared_ptr<FrameStore> store);
    /// Another player has handed over into \p store what is to be aired from \p itemFrame on, in
    /// place of what is there. False: the clock has come that far already.
    bool goOnFrom(std::shared_ptr<FrameStore> store, std::int64_t itemFrame);
    /// No more will come: what was handed over until now is all there is.
    void close();
    /// Its player has handed over everything: as close(), unless something of it was no frame,
    /// which another player is to make.
    void finish();
    /// Its player has handed over what is no frame: it is to be replaced. Not at its end by that.
    bool isDamaged() const;
    bool isClosed() const { return m_closedAt.load() >= 0; }
    /// It is left before frame \p itemFrame, however long it is; -1: not before its end.
    void endBefore(std::int64_t itemFrame) { m_limit.store(itemFrame); }

    /// The frame after the last that was handed over.
    std::int64_t end() const;
    bool isEmpty() const { return end() == m_from; }
    /// The frame before which it ends once that is known for sure.
    std::optional<std::int64_t> length() const;
    bool hasFrame(std::int64_t itemFrame) const { return itemFrame < end(); }
    /// It has a few frames in hand, so that its first picture does not stand while the decoder gets
    /// going; or all there are.
    bool isUnderWay() const;
    bool isAtEnd(std::int64_t itemFrame) const;
    /// How many frames are ready from \p itemFrame on.
    std::int64_t framesAhead(std::int64_t itemFrame) const;

    /// The frame's slot; nothing when it is not there. When it is there and is no frame of this
    /// item, the source isDamaged() and ends before it.
    std::optional<SlotView> slot(std::int64_t itemFrame);
    /// The frame goes on air: the slot stays as long as the pin lives.
    std::shared_ptr<SlotPin> take(std::int64_t itemFrame);
    /// The gain of the sound of the frame that was looked at last, in 1/100 dB; when another player
    /// has begun to go on, that of the last frame before it. Nothing before the first.
    std::optional<int> gainCentiDb() const;
    /// That of the last frame that was handed over, where that is still there; else as above.
    std::optional<int> lastGainCentiDb() const;
    int readyFd() const; ///< readable when the player has handed over
    void clearReady() const;

    /// Whether it has been on air: a source is played once.
    bool wasAired() const { return m_wasAired.load(); }
    /// Its player stands still before its first frame: what is behind it need not wait for it.
    void setPassable(bool isPassable) { m_isPassable.store(isPassable); }
    bool isPassable() const { return m_isPassable.load(); }
    void markAired();
    /// Its player is to decode no more than a few frames ahead, since another has more need of the
    /// machine. Without effect once it was aired.
    void holdBack(bool isHeldBack);

private:
    struct Part {
        std::shared_ptr<FrameStore> store;
        std::int64_t from = 0;
        std::int64_t damagedAt = -1; // the first frame that is not to be used; -1: none is known
    };

    std::vector<Part>::iterator partOf(std::int64_t itemFrame); // m_mutex is held
    static std::int64_t endOf(const Part &part);
    static bool isDamaged(const Part &part);
    void holdBackLocked(bool isHeldBack);
    std::optional<int> lastGainLocked() const;

    const QString m_itemId;
    const std::int64_t m_from;
    const std::int64_t m_in;
    mutable PriorityMutex m_mutex;
    std::vector<Part> m_parts; // guarded by m_mutex; never empty
    std::int64_t m_reached = -1; // the last frame that was asked for; guarded by m_mutex
    bool m_isHeldBack = false; // guarded by m_mutex
    QString m_category; // guarded by m_mutex
    AirGain m_askedGain; // guarded by m_mutex
    std::optional<int> m_gainCentiDb; // guarded by m_mutex
    std::atomic<std::int64_t> m_closedAt = -1;
    std::atomic<std::int64_t> m_limit = -1;
    std::atomic<bool> m_wasAired = false;
    std::atomic<bool> m_isPassable = false;
};

using ClipSourcePtr = std::shared_ptr<ClipSource>;

} // namespace continuo
