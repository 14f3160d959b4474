// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/itemframe.h"

#include "core/playout/airmixer.h"

namespace continuo {

std::shared_ptr<AirFrame> frameOfItem(ClipSource &source, std::int64_t itemFrame,
                                      std::int64_t number, FrameRate rate, std::uint8_t **own)
{
    const std::optional<SlotView> slot = source.slot(itemFrame);
    if (!slot)
        return nullptr;
    const std::int64_t start = number - itemFrame; // where the item would have begun
    const std::int64_t first = samplesBefore(number, rate) - samplesBefore(start, rate);
    const std::int64_t count = samplesBefore(number + 1, rate) - samplesBefore(number, rate);
    // The slot starts at the item's own grid; the channel's differs by at most one sample.
    const std::int64_t offset = first - samplesBefore(itemFrame, rate);
    auto frame = std::make_shared<AirFrame>();
    frame->number = number;
    frame->picture = *own = slot->picture;
    frame->keepAlive = source.take(itemFrame);
    frame->sound = soundOfSlot(slot->samples, slot->header.sampleCount, offset, count);
    return frame;
}

std::vector<std::int16_t> soundOfItem(ClipSource &source, std::int64_t itemFrame,
                                      std::int64_t number, FrameRate rate)
{
    const std::optional<SlotView> slot = source.slot(itemFrame);
    if (!slot)
        return {};
    const std::int64_t count = samplesBefore(number + 1, rate) - samplesBefore(number, rate);
    return soundOfSlot(slot->samples, slot->header.sampleCount, 0, count);
}

} // namespace continuo
