// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/framestorelayout.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::int64_t kMaxStoreBytes = 512LL * 1024 * 1024;

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

Result<FrameStoreLayout> FrameStoreLayout::compute(const HouseFormat &format, int slotCount)
{
    if (Result<void> valid = format.validate(); !valid)
        return valid.error();
    if (slotCount < 2 || slotCount > kMaxSlots)
        return Error{
            ErrorCode::InvalidArgument,
            u"a frame store of %1 slots; 2 to %2 are possible"_s.arg(slotCount).arg(kMaxSlots), 0};
    // At most 8192*8192*1.5 bytes by 4096 slots: 39 bits, far from the end of 64.
    const std::int64_t pictureOffset = pictureOffsetFor(format.rate);
    const std::int64_t stride
        = roundUp(pictureOffset + format.pictureBytes(), std::int64_t(kFrameStorePage));
    FrameStoreLayout layout;
    layout.format = format;
    layout.slotCount = slotCount;
    layout.samplesPerSlot = continuo::samplesPerSlot(format.rate);
    layout.pictureBytes = std::size_t(format.pictureBytes());
    layout.pictureOffset = std::size_t(pictureOffset);
    layout.slotStride = std::size_t(stride);
    layout.firstSlot = kFrameStorePage;
    layout.totalBytes = layout.firstSlot + layout.slotStride * std::size_t(slotCount);
    return layout;
}

int suggestedSlotCount(const HouseFormat &format)
{
    const std::int64_t wanted
        = std::clamp<std::int64_t>(std::llround(3.2 * format.rate.toDouble()), 40, 400);
    const std::int64_t stride
        = roundUp(pictureOffsetFor(format.rate) + format.pictureBytes(), kFrameStorePage);
    return int(std::clamp<std::int64_t>(kMaxStoreBytes / stride, 4, wanted));
}

} // namespace continuo
