// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/framestorelayout.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kMaxStoreBytes = 1024LL * 1024 * 1024;
constexpr std::int64_t kMinSlots = 48; // an encoder holds 20 to 40

constexpr std::int64_t roundUp(std::int64_t value, std::int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

std::int64_t pictureOffsetFor(FrameRate rate)
{
    const std::int64_t sampleBytes
        = std::int64_t(samplesPerSlot(rate)) * kHouseChannels * std::int64_t(sizeof(std::int16_t));
    return roundUp(std::int64_t(kSlotSamplesOffset) + sampleBytes, std::int64_t(kPictureAlignment));
}

} // namespace

int samplesPerSlot(FrameRate rate)
{
    // At 1 fps (the slowest that HouseFormat takes) 48001: no overflow anywhere below.
    return int((kHouseSampleRate * rate.den + rate.num - 1) / rate.num) + 1;
}

int slotSampleOffset(std::int64_t itemStart, std::int64_t itemFrame, FrameRate rate)
{
    return int(samplesBefore(itemStart + itemFrame, rate) - samplesBefore(itemStart, rate)
               - samplesBefore(itemFrame, rate));
}

Result<FrameStoreLayout> FrameStoreLayout::compute(const HouseFormat &format, StoreSize size)
{
    if (Result<void> valid = format.validate(); !valid)
        return valid.error();
    if (size.slots < 2 || size.slots > kMaxSlots || size.lead < 1 || size.lead > size.slots)
        return Error{ErrorCode::InvalidArgument,
                     u"a frame store of %1 slots, %2 ahead; 2 to %3 are possible"_s.arg(size.slots)
                         .arg(size.lead)
                         .arg(kMaxSlots),
                     0};
    // At most 8192*8192*1.5 bytes by 4096 slots: 39 bits, far from the end of 64.
    const std::int64_t pictureOffset = pictureOffsetFor(format.rate);
    const std::int64_t stride
        = roundUp(pictureOffset + format.pictureBytes(), std::int64_t(kFrameStorePage));
    FrameStoreLayout layout;
    layout.format = format;
    layout.slotCount = size.slots;
    layout.lead = size.lead;
    layout.samplesPerSlot = continuo::samplesPerSlot(format.rate);
    layout.pictureBytes = std::size_t(format.pictureBytes());
    layout.pictureOffset = std::size_t(pictureOffset);
    layout.slotStride = std::size_t(stride);
    const auto pages = [](std::size_t bytes) {
        return std::size_t(roundUp(std::int64_t(bytes), std::int64_t(kFrameStorePage)));
    };
    layout.returnTable
        = kFrameStorePage + pages(std::size_t(layout.sequences()) * sizeof(std::uint32_t));
    layout.firstSlot = layout.returnTable + pages(std::size_t(size.slots) * sizeof(std::uint64_t));
    layout.totalBytes = layout.firstSlot + layout.slotStride * std::size_t(size.slots);
    return layout;
}

StoreSize suggestedStoreSize(const HouseFormat &format)
{
    const auto perSecond = std::int64_t(std::ceil(format.rate.toDouble()));
    const std::int64_t stride
        = roundUp(pictureOffsetFor(format.rate) + format.pictureBytes(), kFrameStorePage);
    const std::int64_t affordable = std::max<std::int64_t>(kMaxStoreBytes / stride, kMinSlots);
    const std::int64_t slots = std::clamp<std::int64_t>(perSecond * 8, kMinSlots, affordable);
    // At least as many as a clip is to have in hand when it begins (ClipSource::isUnderWay()).
    return {int(slots), int(std::clamp<std::int64_t>(perSecond * 2, 4, slots / 3))};
}

} // namespace continuo
