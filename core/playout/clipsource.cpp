// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/clipsource.h"

namespace continuo {

void ClipSource::close()
{
    m_closedAt.store(std::int64_t(m_store->written()));
}

std::optional<std::int64_t> ClipSource::length() const
{
    const std::int64_t total = m_store->total();
    const std::int64_t closedAt = m_closedAt.load();
    if (total >= 0 && (closedAt < 0 || total <= closedAt))
        return total;
    // A player that died after it had told the length still ends where its frames end.
    if (closedAt >= 0)
        return closedAt;
    if (m_store->isCorrupt())
        return std::int64_t(m_store->written());
    return std::nullopt;
}

bool ClipSource::hasFrame(std::int64_t itemFrame) const
{
    return std::uint64_t(itemFrame) < m_store->written();
}

bool ClipSource::isAtEnd(std::int64_t itemFrame) const
{
    const std::optional<std::int64_t> frames = length();
    return frames && itemFrame >= *frames;
}

} // namespace continuo
