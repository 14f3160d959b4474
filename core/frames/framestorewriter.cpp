// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/framestorewriter.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

Error notAStore(const QString &why)
{
    return Error{ErrorCode::InvalidArgument, u"this is no frame store of this version: "_s + why,
                 0};
}

Result<FrameStoreLayout> checkedLayout(const FrameStoreHeader &header, std::size_t fileBytes)
{
    if (header.magic != kFrameStoreMagic)
        return notAStore(u"it does not begin with the right mark"_s);
    if (header.version != kFrameStoreVersion)
        return notAStore(u"version %1 instead of %2"_s.arg(header.version).arg(kFrameStoreVersion));
    if (header.slotCount > std::uint32_t(kMaxSlots) || header.lead > header.slotCount)
        return notAStore(u"%1 slots, %2 ahead"_s.arg(header.slotCount).arg(header.lead));
    const HouseFormat format{header.width, header.height, {header.rateNum, header.rateDen}};
    Result<FrameStoreLayout> layout
        = FrameStoreLayout::compute(format, {int(header.slotCount), int(header.lead)});
    if (!layout)
        return notAStore(layout.error().detail);
    if (header.slotStride != layout->slotStride || header.firstSlot != layout->firstSlot
        || header.slotTable != kFrameStorePage || header.returnTable != layout->returnTable
        || header.pictureOffset != layout->pictureOffset
        || header.samplesPerSlot != std::uint32_t(layout->samplesPerSlot))
        return notAStore(u"its offsets do not follow from its format"_s);
    if (fileBytes != layout->totalBytes)
        return notAStore(u"it has %1 bytes instead of %2"_s.arg(fileBytes).arg(layout->totalBytes));
    return layout;
}

} // namespace

Result<FrameStoreWriter> FrameStoreWriter::attach(UniqueFd store, UniqueFd ready, UniqueFd free)
{
    struct stat info { };
    if (::fstat(store.get(), &info) < 0)
        return errorFromErrno(errno, u"look at the frame store"_s);
    struct stat other { };
    if (::fstat(ready.get(), &other) < 0 || ::fstat(free.get(), &other) < 0)
        return errorFromErrno(errno, u"look at the frame store's wake-ups"_s);
    if (!S_ISREG(info.st_mode) || info.st_size < off_t(kFrameStorePage))
        return notAStore(u"too small"_s);
    const auto bytes = std::size_t(info.st_size);
    Result<Mapping> mapping = Mapping::map(store.get(), bytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    FrameStoreHeader header{};
    std::memcpy(&header, mapping->data(), sizeof header);
    Result<FrameStoreLayout> layout = checkedLayout(header, bytes);
    if (!layout)
        return layout.error();
    FrameStoreWriter writer(std::move(layout).value(), std::move(mapping).value(),
                            EventFd(std::move(ready)), EventFd(std::move(free)));
    if (std::atomic_ref(writer.header().written).load(std::memory_order_acquire) != 0)
        return notAStore(u"another player has used it"_s);
    return writer;
}

FrameStoreWriter::FrameStoreWriter(FrameStoreLayout layout, Mapping mapping, EventFd ready,
                                   EventFd free)
    : m_layout(layout)
    , m_mapping(std::move(mapping))
    , m_ready(std::move(ready))
    , m_free(std::move(free))
    , m_heldBy(std::size_t(layout.slotCount))
{
}

FrameStoreHeader &FrameStoreWriter::header() const
{
    return *reinterpret_cast<FrameStoreHeader *>(m_mapping.data());
}

// The first, so that what is never needed is never touched.
std::optional<std::uint32_t> FrameStoreWriter::firstFreeSlot() const
{
    for (std::uint32_t index = 0; index < std::uint32_t(m_layout.slotCount); ++index) {
        const std::uint64_t returned
            = std::atomic_ref(*reinterpret_cast<std::uint64_t *>(m_mapping.data()
                                                                 + m_layout.returnedOffset(index)))
                  .load(std::memory_order_acquire);
        if (returned == m_heldBy[index])
            return index;
    }
    return std::nullopt;
}

Result<WritableSlot> FrameStoreWriter::acquire(int stopFd,
                                               std::optional<std::chrono::milliseconds> timeout)
{
    using Clock = std::chrono::steady_clock;
    const auto deadline = timeout ? Clock::now() + *timeout : Clock::time_point::max();
    for (;;) {
        const std::uint64_t released
            = std::atomic_ref(header().released).load(std::memory_order_acquire);
        if (released > m_written)
            return Error{
                ErrorCode::Corrupt,
                u"%1 slots are released but %2 were handed over"_s.arg(released).arg(m_written), 0};
        const std::uint64_t taken = std::atomic_ref(header().taken).load(std::memory_order_acquire);
        const std::uint64_t ahead = std::atomic_ref(header().ahead).load(std::memory_order_acquire);
        if (m_written < taken + std::min(ahead, std::uint64_t(m_layout.lead))
            && m_written < released + m_layout.sequences()) {
            if (!m_acquired)
                m_acquired = firstFreeSlot();
            if (m_acquired)
                break;
        }
        int wait = -1;
        if (timeout) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
            if (left.count() <= 0)
                return Error{ErrorCode::Timeout, u"no slot became free"_s, 0};
            wait = int(std::min<std::int64_t>(left.count(), 60'000));
        }
        std::array<pollfd, 2> entries{pollfd{m_free.fd(), POLLIN, 0}, pollfd{stopFd, POLLIN, 0}};
        if (::poll(entries.data(), stopFd >= 0 ? 2 : 1, wait) < 0 && errno != EINTR)
            return errorFromErrno(errno, u"wait for a free slot"_s);
        if (stopFd >= 0 && entries[1].revents)
            return Error{ErrorCode::Closed, u"told to stop"_s, 0};
        m_free.clear();
    }
    std::byte *base = m_mapping.data() + m_layout.slotOffset(*m_acquired);
    // Its pages come with one call in place of one fault each: 340 at 720p, a fifth of what a new
    // slot costs. Where the kernel cannot, they come by faults.
    if (m_heldBy[*m_acquired] == 0)
        ::madvise(base, m_layout.slotStride, MADV_POPULATE_WRITE);
    WritableSlot slot;
    slot.samples = {reinterpret_cast<std::int16_t *>(base + kSlotSamplesOffset),
                    std::size_t(m_layout.samplesPerSlot) * kHouseChannels};
    slot.picture
        = {reinterpret_cast<std::uint8_t *>(base + m_layout.pictureOffset), m_layout.pictureBytes};
    return slot;
}

Result<void> FrameStoreWriter::commit(const WritableSlot &slot)
{
    if (!m_acquired || slot.sampleCount > std::uint32_t(m_layout.samplesPerSlot))
        return Error{
            ErrorCode::InvalidArgument,
            u"hand-over of a slot that is not ours, or of %1 samples"_s.arg(slot.sampleCount), 0};
    SlotHeader slotHeader{};
    slotHeader.sequence = m_written;
    slotHeader.itemFrame = slot.itemFrame;
    slotHeader.sourceUs = slot.sourceUs;
    slotHeader.flags = slot.flags;
    slotHeader.sampleCount = slot.sampleCount;
    slotHeader.gainCentiDb = slot.gainCentiDb;
    const std::uint32_t index = *m_acquired;
    m_heldBy[index] = m_written + 1;
    std::memcpy(m_mapping.data() + m_layout.slotOffset(index), &slotHeader, sizeof slotHeader);
    std::atomic_ref(
        *reinterpret_cast<std::uint32_t *>(m_mapping.data() + m_layout.slotIndexOffset(m_written)))
        .store(index, std::memory_order_relaxed);
    m_acquired.reset();
    ++m_written;
    std::atomic_ref(header().written).store(m_written, std::memory_order_release);
    m_ready.notify();
    return {};
}

void FrameStoreWriter::setTotal(std::int64_t frames) const
{
    std::atomic_ref(header().total).store(frames, std::memory_order_release);
    m_ready.notify();
}

} // namespace continuo
