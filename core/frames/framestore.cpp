// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/framestore.h"

#include "core/base/logging.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

Result<std::shared_ptr<FrameStore>> FrameStore::create(const HouseFormat &format, StoreSize size)
{
    Result<FrameStoreLayout> layout = FrameStoreLayout::compute(format, size);
    if (!layout)
        return layout.error();
    UniqueFd fd(::memfd_create("continuo-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid())
        return errorFromErrno(errno, u"create a frame store"_s);
    if (::ftruncate(fd.get(), off_t(layout->totalBytes)) < 0)
        return errorFromErrno(errno, u"size a frame store"_s);
    // Without this a player could shrink the file and kill the engine with SIGBUS.
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        return errorFromErrno(errno, u"seal a frame store"_s);
    Result<Mapping> mapping
        = Mapping::map(fd.get(), layout->totalBytes, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    Result<EventFd> ready = EventFd::create();
    if (!ready)
        return ready.error();
    Result<EventFd> free = EventFd::create();
    if (!free)
        return free.error();

    FrameStoreHeader header{};
    header.magic = kFrameStoreMagic;
    header.version = kFrameStoreVersion;
    header.slotCount = std::uint32_t(size.slots);
    header.lead = std::uint32_t(size.lead);
    header.ahead = std::uint64_t(size.lead);
    header.slotTable = kFrameStorePage;
    header.returnTable = layout->returnTable;
    header.width = format.width;
    header.height = format.height;
    header.rateNum = format.rate.num;
    header.rateDen = format.rate.den;
    header.slotStride = layout->slotStride;
    header.firstSlot = layout->firstSlot;
    header.pictureOffset = layout->pictureOffset;
    header.samplesPerSlot = std::uint32_t(layout->samplesPerSlot);
    header.total = kFrameStoreTotalUnknown;
    std::memcpy(mapping->data(), &header, sizeof header);
    // The constructor is private, so make_shared cannot reach it.
    return std::shared_ptr<FrameStore>(
        new FrameStore(std::move(layout).value(), std::move(fd), std::move(mapping).value(),
                       std::move(ready).value(), std::move(free).value()));
}

FrameStore::FrameStore(FrameStoreLayout layout, UniqueFd fd, Mapping mapping, EventFd ready,
                       EventFd free)
    : m_layout(layout)
    , m_fd(std::move(fd))
    , m_mapping(std::move(mapping))
    , m_ready(std::move(ready))
    , m_free(std::move(free))
    , m_returned(std::size_t(layout.sequences()), false)
{
}

FrameStoreHeader &FrameStore::header() const
{
    return *reinterpret_cast<FrameStoreHeader *>(m_mapping.data());
}

void FrameStore::reportLie(const QString &what) const
{
    if (!m_corrupt)
        qCWarning(lcPlayout).noquote() << u"a player broke its frame store:"_s << what;
    m_corrupt = true;
}

std::uint64_t FrameStore::writtenLocked() const
{
    const std::uint64_t claimed = std::atomic_ref(header().written).load(std::memory_order_acquire);
    if (claimed < m_written || claimed > m_returns + std::uint64_t(m_layout.slotCount)
        || claimed > m_released + m_layout.sequences()) {
        reportLie(u"%1 slots handed over, after %2, with %3 released of %4 at a time"_s.arg(claimed)
                      .arg(m_written)
                      .arg(m_returns)
                      .arg(m_layout.slotCount));
        return m_written;
    }
    m_written = claimed;
    return claimed;
}

std::uint64_t FrameStore::written() const
{
    const std::lock_guard lock(m_mutex);
    return writtenLocked();
}

std::uint64_t FrameStore::released() const
{
    const std::lock_guard lock(m_mutex);
    return m_released;
}

std::int64_t FrameStore::total() const
{
    const std::int64_t claimed = std::atomic_ref(header().total).load(std::memory_order_acquire);
    return claimed < 0 ? kFrameStoreTotalUnknown : claimed;
}

PlayProgress FrameStore::progress() const
{
    return PlayProgress::of(header().progress);
}

bool FrameStore::isCorrupt() const
{
    const std::lock_guard lock(m_mutex);
    return m_corrupt;
}

std::uint64_t FrameStore::framesAhead(std::uint64_t nextSequence) const
{
    const std::uint64_t count = written();
    return count > nextSequence ? count - nextSequence : 0;
}

std::optional<std::uint32_t> FrameStore::slotIndexLocked(std::uint64_t sequence) const
{
    const std::uint32_t index
        = std::atomic_ref(*reinterpret_cast<std::uint32_t *>(m_mapping.data()
                                                             + m_layout.slotIndexOffset(sequence)))
              .load(std::memory_order_relaxed);
    if (index < std::uint32_t(m_layout.slotCount))
        return index;
    reportLie(u"frame %1 is said to stand in slot %2"_s.arg(sequence).arg(index));
    return std::nullopt;
}

std::optional<SlotView> FrameStore::slot(std::uint64_t sequence) const
{
    const std::lock_guard lock(m_mutex);
    if (sequence < m_released || sequence >= writtenLocked() || m_returned[returnedAt(sequence)])
        return std::nullopt;
    const std::optional<std::uint32_t> index = slotIndexLocked(sequence);
    if (!index)
        return std::nullopt;
    std::byte *base = m_mapping.data() + m_layout.slotOffset(*index);
    SlotView view;
    std::memcpy(&view.header, base, sizeof view.header);
    const SlotHeader &header = view.header;
    if (header.sequence != sequence || header.itemFrame < 0
        || header.sampleCount > std::uint32_t(m_layout.samplesPerSlot)
        || std::abs(std::int64_t(header.gainCentiDb)) > kMostGainCentiDb
        || (header.flags & ~kKnownSlotFlags)) {
        reportLie(u"slot %1 says sequence %2, item frame %3, %4 samples, flags %5, gain %6"_s
                      .arg(sequence)
                      .arg(header.sequence)
                      .arg(header.itemFrame)
                      .arg(header.sampleCount)
                      .arg(header.flags)
                      .arg(header.gainCentiDb));
        return std::nullopt;
    }
    view.samples = reinterpret_cast<const std::int16_t *>(base + kSlotSamplesOffset);
    view.picture = reinterpret_cast<std::uint8_t *>(base + m_layout.pictureOffset);
    return view;
}

void FrameStore::take(std::uint64_t sequence)
{
    {
        const std::lock_guard lock(m_mutex);
        if (sequence < m_taken)
            return;
        m_taken = sequence + 1;
        std::atomic_ref(header().taken).store(m_taken, std::memory_order_release);
    }
    m_free.notify();
}

void FrameStore::setAhead(int frames)
{
    std::atomic_ref(header().ahead)
        .store(std::uint64_t(std::clamp(frames, 1, m_layout.lead)), std::memory_order_release);
    m_free.notify();
}

void FrameStore::release(std::uint64_t sequence)
{
    {
        const std::lock_guard lock(m_mutex);
        if (sequence < m_released || sequence >= writtenLocked()
            || m_returned[returnedAt(sequence)]) {
            qCWarning(lcPlayout) << "slot" << sequence << "is released but not out; from"
                                 << m_released << "to" << m_written << "are";
            return;
        }
        m_returned[returnedAt(sequence)] = true;
        ++m_returns;
        if (const auto index = slotIndexLocked(sequence))
            std::atomic_ref(*reinterpret_cast<std::uint64_t *>(m_mapping.data()
                                                               + m_layout.returnedOffset(*index)))
                .store(sequence + 1, std::memory_order_release);
        while (m_released < m_written && m_returned[returnedAt(m_released)]) {
            m_returned[returnedAt(m_released)] = false;
            ++m_released;
        }
        std::atomic_ref(header().released).store(m_released, std::memory_order_release);
        if (m_released > m_taken) {
            m_taken = m_released; // what was given back is behind us, aired or not
            std::atomic_ref(header().taken).store(m_taken, std::memory_order_release);
        }
    }
    m_free.notify();
}

} // namespace continuo
