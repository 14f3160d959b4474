// SPDX-License-Identifier: GPL-3.0-or-later
#include "memoryclip.h"

#include <fcntl.h>

#include <cstring>

namespace continuo {

namespace {

UniqueFd duplicate(int fd)
{
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

} // namespace

MemoryClip::MemoryClip(const HouseFormat &format, int mark, int slotCount, std::int64_t in)
    : m_format(format)
    , m_mark(mark)
    , m_from(in)
{
    attach(slotCount);
    m_source = std::make_shared<ClipSource>(QString::number(mark), m_store, in, in);
}

MemoryClip::MemoryClip(const HouseFormat &format, int mark, const ClipSourcePtr &source)
    : m_format(format)
    , m_mark(mark)
    , m_source(source)
{
    attach(64);
    m_from = source->goOn(m_store);
}

void MemoryClip::attach(int slotCount)
{
    Result<std::shared_ptr<FrameStore>> store
        = FrameStore::create(m_format, {slotCount, slotCount});
    Q_ASSERT(store);
    m_store = store.value();
    Result<FrameStoreWriter> writer = FrameStoreWriter::attach(
        duplicate(m_store->fd()), duplicate(m_store->readyFd()), duplicate(m_store->freeFd()));
    Q_ASSERT(writer);
    m_writer = std::make_unique<FrameStoreWriter>(std::move(writer).value());
}

void MemoryClip::write(std::int64_t end)
{
    while (next() < end)
        writeOne(next());
}

std::int64_t MemoryClip::write(std::int64_t end, std::chrono::milliseconds patience)
{
    while (next() < end && writeOne(next(), patience)) { }
    return next();
}

void MemoryClip::writeDamaged()
{
    writeOne(next() + 1000);
}

bool MemoryClip::writeOne(std::int64_t itemFrame, std::optional<std::chrono::milliseconds> patience)
{
    Result<WritableSlot> slot = m_writer->acquire(-1, patience);
    if (!slot && patience)
        return false;
    Q_ASSERT(slot);
    slot->picture[0] = std::uint8_t(m_mark);
    const auto number = std::uint32_t(itemFrame);
    std::memcpy(slot->picture.data() + 1, &number, sizeof number);
    const std::int64_t first = samplesBefore(itemFrame, m_format.rate);
    const std::size_t count = slot->samples.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = std::int16_t((first + std::int64_t(i)) & 0x7fff);
        slot->samples[i * 2] = value;
        slot->samples[i * 2 + 1] = value;
    }
    slot->itemFrame = itemFrame;
    slot->sampleCount = std::uint32_t(count);
    const Result<void> done = m_writer->commit(slot.value());
    Q_ASSERT(done);
    return true;
}

std::int64_t MemoryClip::frameOf(const std::uint8_t *picture)
{
    std::uint32_t number = 0;
    std::memcpy(&number, picture + 1, sizeof number);
    return number;
}

} // namespace continuo
