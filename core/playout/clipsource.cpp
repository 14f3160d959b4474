// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/clipsource.h"

#include <algorithm>
#include <utility>

namespace continuo {

namespace {

constexpr int kFramesInHand = 4; // enough to begin with
constexpr int kHeldBackFrames = 2 * kFramesInHand;

} // namespace

ClipSource::ClipSource(QString itemId, std::shared_ptr<FrameStore> store, std::int64_t from,
                       std::int64_t in)
    : m_itemId(std::move(itemId))
    , m_from(from)
    , m_in(in)
    , m_parts{{std::move(store), from}}
{
}

std::int64_t ClipSource::endOf(const Part &part)
{
    return part.damagedAt >= 0 ? part.damagedAt : part.from + std::int64_t(part.store->written());
}

bool ClipSource::isDamaged(const Part &part)
{
    return part.damagedAt >= 0 || part.store->isCorrupt();
}

QString ClipSource::category() const
{
    const std::lock_guard lock(m_mutex);
    return m_category;
}

void ClipSource::setCategory(const QString &category)
{
    const std::lock_guard lock(m_mutex);
    m_category = category;
}

AirGain ClipSource::gain() const
{
    const std::lock_guard lock(m_mutex);
    AirGain gain = m_askedGain;
    if (gain.kind != AirGain::Kind::None)
        gain.centiDb = m_gainCentiDb.value_or(gain.centiDb);
    return gain;
}

void ClipSource::setGain(const AirGain &asked)
{
    const std::lock_guard lock(m_mutex);
    m_askedGain = asked;
}

std::vector<ClipSource::Part>::iterator ClipSource::partOf(std::int64_t itemFrame)
{
    const auto after
        = std::ranges::find_if(m_parts.begin() + 1, m_parts.end(),
                               [itemFrame](const Part &part) { return part.from > itemFrame; });
    return after - 1;
}

std::int64_t ClipSource::goOn(std::shared_ptr<FrameStore> store)
{
    const std::lock_guard lock(m_mutex);
    m_gainCentiDb = lastGainLocked();
    m_parts.push_back({std::move(store), endOf(m_parts.back())});
    m_closedAt.store(-1);
    if (m_isHeldBack)
        m_parts.back().store->setAhead(kHeldBackFrames);
    return m_parts.back().from;
}

bool ClipSource::goOnFrom(std::shared_ptr<FrameStore> store, std::int64_t itemFrame)
{
    const std::lock_guard lock(m_mutex);
    Part &last = m_parts.back();
    const std::int64_t end = endOf(last); // once: its player may be at it
    const bool isTaken = m_reached >= itemFrame && end > itemFrame;
    if (isTaken || end < itemFrame || itemFrame < last.from)
        return false;
    last.damagedAt = itemFrame;
    m_parts.push_back({std::move(store), itemFrame});
    m_closedAt.store(-1);
    return true;
}

void ClipSource::close()
{
    m_closedAt.store(end());
}

// Under the lock: the clock may meet the damage at any moment, which moves the end.
void ClipSource::finish()
{
    const std::lock_guard lock(m_mutex);
    if (!isDamaged(m_parts.back()))
        m_closedAt.store(endOf(m_parts.back()));
}

bool ClipSource::isDamaged() const
{
    const std::lock_guard lock(m_mutex);
    return isDamaged(m_parts.back());
}

std::int64_t ClipSource::end() const
{
    const std::lock_guard lock(m_mutex);
    return endOf(m_parts.back());
}

bool ClipSource::isUnderWay() const
{
    return hasFrame(from() + kFramesInHand - 1) || (hasFrame(from()) && length());
}

std::optional<std::int64_t> ClipSource::length() const
{
    std::int64_t total = -1;
    {
        const std::lock_guard lock(m_mutex);
        for (const Part &part : m_parts) {
            if (part.damagedAt < 0 && part.store->total() >= 0)
                total = part.store->total();
        }
    }
    const std::int64_t closedAt = m_closedAt.load();
    std::int64_t frames = total;
    // A player that died after it had told the length still ends where its frames end.
    if (closedAt >= 0 && (frames < 0 || closedAt < frames))
        frames = closedAt;
    // Only what is there is sure: the clip may end before that.
    const std::int64_t limit = m_limit.load();
    if (limit >= 0 && (frames < 0 ? limit <= end() : limit < frames))
        frames = limit;
    return frames >= 0 ? std::optional(frames) : std::nullopt;
}

bool ClipSource::isAtEnd(std::int64_t itemFrame) const
{
    const std::int64_t limit = m_limit.load();
    const std::optional<std::int64_t> frames = length();
    return (limit >= 0 && itemFrame >= limit) || (frames && itemFrame >= *frames);
}

std::int64_t ClipSource::framesAhead(std::int64_t itemFrame) const
{
    return std::max<std::int64_t>(end() - std::max(itemFrame, m_from), 0);
}

std::optional<SlotView> ClipSource::slot(std::int64_t itemFrame)
{
    const std::lock_guard lock(m_mutex);
    m_reached = std::max(m_reached, itemFrame);
    const auto part = partOf(itemFrame);
    if (itemFrame < part->from || itemFrame >= endOf(*part))
        return std::nullopt;
    std::optional<SlotView> view = part->store->slot(std::uint64_t(itemFrame - part->from));
    if (view && view->header.itemFrame == itemFrame) {
        m_gainCentiDb = view->header.gainCentiDb;
        return view;
    }
    // The next player goes on here, so that parts of players after this one are of no more use.
    part->damagedAt = itemFrame;
    m_parts.erase(part + 1, m_parts.end());
    return std::nullopt;
}

std::shared_ptr<SlotPin> ClipSource::take(std::int64_t itemFrame)
{
    Part part;
    {
        const std::lock_guard lock(m_mutex);
        part = *partOf(itemFrame);
    }
    const auto sequence = std::uint64_t(itemFrame - part.from);
    part.store->take(sequence);
    return std::make_shared<SlotPin>(part.store, sequence);
}

void ClipSource::markAired()
{
    const std::lock_guard lock(m_mutex);
    m_wasAired.store(true);
    holdBackLocked(false);
}

void ClipSource::holdBack(bool isHeldBack)
{
    const std::lock_guard lock(m_mutex);
    holdBackLocked(isHeldBack && !m_wasAired.load());
}

void ClipSource::holdBackLocked(bool isHeldBack)
{
    if (isHeldBack == std::exchange(m_isHeldBack, isHeldBack))
        return;
    FrameStore &store = *m_parts.back().store;
    store.setAhead(isHeldBack ? kHeldBackFrames : store.lead());
}

std::optional<int> ClipSource::gainCentiDb() const
{
    const std::lock_guard lock(m_mutex);
    return m_gainCentiDb;
}

std::optional<int> ClipSource::lastGainCentiDb() const
{
    const std::lock_guard lock(m_mutex);
    return lastGainLocked();
}

std::optional<int> ClipSource::lastGainLocked() const
{
    const Part &last = m_parts.back();
    const std::int64_t end = endOf(last);
    if (end > last.from) {
        // Where it has been given back already, the clock has looked at it.
        if (const auto slot = last.store->slot(std::uint64_t(end - 1 - last.from)))
            return slot->header.gainCentiDb;
    }
    return m_gainCentiDb;
}

int ClipSource::readyFd() const
{
    const std::lock_guard lock(m_mutex);
    return m_parts.back().store->readyFd();
}

void ClipSource::clearReady() const
{
    const std::lock_guard lock(m_mutex);
    m_parts.back().store->clearReady();
}

} // namespace continuo
