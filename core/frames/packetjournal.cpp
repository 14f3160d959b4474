// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/frames/packetjournal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::uint64_t kJournalMagic = 0x6c616e72756f6a63; // "cjournal"
constexpr std::uint32_t kJournalVersion = 1;
constexpr std::size_t kJournalPage = 4096;
constexpr std::size_t kParameterSlots = 8;
constexpr std::size_t kParameterStride = 12 * 1024;
constexpr std::size_t kMaxParameters = 8 * 1024;
constexpr std::size_t kNoteSlots = 64;
// A path may have 4096 bytes, more when it is escaped; pages that are never touched cost nothing.
constexpr std::size_t kNoteCopyBytes = 8128;
constexpr std::size_t kNoteStride = 16 * 1024;
constexpr std::size_t kParameterOffset = kJournalPage;
constexpr std::size_t kNoteOffset = kParameterOffset + kParameterSlots * kParameterStride;
constexpr std::size_t kRingOffset = kNoteOffset + kNoteSlots * kNoteStride;
constexpr std::size_t kMinRing = 64 * 1024;
constexpr std::size_t kMaxRing = 1024 * 1024 * 1024;
constexpr std::uint64_t kAlignment = 8;

enum Kind : std::uint32_t { kVideo = 1, kAudio = 2, kPoint = 3 };
enum Flag : std::uint32_t { kKey = 1 };

std::uint64_t aligned(std::uint64_t bytes)
{
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

Error corrupt(const QString &detail)
{
    return Error{ErrorCode::Corrupt, u"the packet journal is broken: "_s + detail, 0};
}

// What follows must not be seen before what went before, by a process that reads after a kill.
void publish()
{
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

} // namespace

struct PacketJournal::Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t ringOffset;
    std::uint64_t ringBytes;
    // Bytes ever written and ever forgotten; between them stand whole records.
    alignas(64) std::uint64_t head;
    std::uint64_t tail;
    std::uint32_t parameters; // the newest number, from 1
};

struct PacketJournal::Record {
    std::uint32_t bytes; // with this header, a multiple of 8
    std::uint32_t payloadBytes;
    std::uint32_t kind;
    std::uint32_t flags;
    std::uint32_t parameters;
    std::uint32_t reserved;
    std::int64_t pts; // point: next frame
    std::int64_t dts; // point: next sample
};

struct PacketJournal::ParameterSlot {
    std::uint32_t number; // 0 while it is being written
    std::uint32_t bytes;
    std::uint8_t blob[kMaxParameters];
};

struct PacketJournal::NoteCopy {
    std::uint32_t keyBytes;
    std::uint32_t valueBytes;
    char text[kNoteCopyBytes - 2 * sizeof(std::uint32_t)];
};

struct PacketJournal::NoteSlot {
    std::uint32_t generation; // its lowest bit says which copy counts; 0: empty
    std::uint32_t reserved[15];
    NoteCopy copies[2];
};

std::size_t PacketJournal::bytesFor(int videoBitrate, int audioBitrate)
{
    constexpr std::size_t kSeconds = 20;
    constexpr std::size_t kLeast = 4 * 1024 * 1024;
    const auto bits
        = std::size_t(std::max(videoBitrate, 0)) + std::size_t(std::max(audioBitrate, 0));
    // A tenth more for the records' heads and an encoder that starts with a full buffer.
    return std::clamp(kSeconds * bits / 8 * 11 / 10, kLeast, kMaxRing) / kJournalPage
        * kJournalPage;
}

Result<UniqueFd> PacketJournal::create(std::size_t ringBytes)
{
    if (ringBytes < kMinRing || ringBytes > kMaxRing || ringBytes % kAlignment != 0)
        return Error{ErrorCode::InvalidArgument,
                     u"a packet journal cannot have %1 bytes"_s.arg(ringBytes), 0};
    UniqueFd fd(::memfd_create("continuo-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.isValid())
        return errorFromErrno(errno, u"create a packet journal"_s);
    if (::ftruncate(fd.get(), off_t(kRingOffset + ringBytes)) < 0)
        return errorFromErrno(errno, u"size a packet journal"_s);
    // A shorter file would kill who has it mapped.
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        return errorFromErrno(errno, u"seal a packet journal"_s);
    Header header{};
    header.magic = kJournalMagic;
    header.version = kJournalVersion;
    header.ringOffset = kRingOffset;
    header.ringBytes = ringBytes;
    if (::pwrite(fd.get(), &header, sizeof header, 0) != ssize_t(sizeof header))
        return errorFromErrno(errno, u"begin a packet journal"_s);
    return fd;
}

Result<std::unique_ptr<PacketJournal>> PacketJournal::open(UniqueFd fd)
{
    struct stat status { };
    if (::fstat(fd.get(), &status) < 0)
        return errorFromErrno(errno, u"look at a packet journal"_s);
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || status.st_size < off_t(kRingOffset + kMinRing))
        return corrupt(u"it is no sealed memory of the right size"_s);
    const auto size = std::size_t(status.st_size);
    Result<Mapping> mapping = Mapping::map(fd.get(), size, Mapping::Access::ReadWrite);
    if (!mapping)
        return mapping.error();
    Header header{};
    std::memcpy(&header, mapping->data(), sizeof header);
    if (header.magic != kJournalMagic || header.version != kJournalVersion
        || header.ringOffset != kRingOffset || header.ringBytes != size - kRingOffset
        || header.ringBytes % kAlignment != 0)
        return corrupt(u"its head does not fit"_s);
    return std::unique_ptr<PacketJournal>(
        new PacketJournal(std::move(mapping).value(), size - kRingOffset));
}

PacketJournal::PacketJournal(Mapping mapping, std::size_t ringBytes)
    : m_mapping(std::move(mapping))
    , m_ringBytes(ringBytes)
{
    static_assert(sizeof(ParameterSlot) <= kParameterStride && sizeof(NoteSlot) <= kNoteStride);
    static_assert(sizeof(Record) % kAlignment == 0);
}

PacketJournal::Header &PacketJournal::header() const
{
    return *reinterpret_cast<Header *>(m_mapping.data());
}

PacketJournal::ParameterSlot &PacketJournal::parameterSlot(std::uint32_t number) const
{
    return *reinterpret_cast<ParameterSlot *>(m_mapping.data() + kParameterOffset
                                              + number % kParameterSlots * kParameterStride);
}

void PacketJournal::putBytes(std::uint64_t at, const void *from, std::size_t bytes)
{
    if (bytes == 0)
        return; // where nothing is copied, there may be no address either
    std::byte *ring = m_mapping.data() + kRingOffset;
    const std::size_t offset = at % m_ringBytes;
    const std::size_t first = std::min(bytes, m_ringBytes - offset);
    std::memcpy(ring + offset, from, first);
    std::memcpy(ring, static_cast<const std::byte *>(from) + first, bytes - first);
}

void PacketJournal::takeBytes(std::uint64_t at, void *to, std::size_t bytes) const
{
    if (bytes == 0)
        return;
    const std::byte *ring = m_mapping.data() + kRingOffset;
    const std::size_t offset = at % m_ringBytes;
    const std::size_t first = std::min(bytes, m_ringBytes - offset);
    std::memcpy(to, ring + offset, first);
    std::memcpy(static_cast<std::byte *>(to) + first, ring, bytes - first);
}

bool PacketJournal::isRangeSane(std::uint64_t tail, std::uint64_t head) const
{
    return tail <= head && head - tail <= m_ringBytes && tail % kAlignment == 0
        && head % kAlignment == 0 && head < std::uint64_t(1) << 62;
}

bool PacketJournal::isRecordSane(const Record &record, std::uint64_t left) const
{
    return record.bytes >= sizeof(Record) && record.bytes % kAlignment == 0 && record.bytes <= left
        && record.payloadBytes <= record.bytes - sizeof(Record) && record.kind >= kVideo
        && record.kind <= kPoint;
}

template <typename Take> Result<void> PacketJournal::walk(Take take) const
{
    const std::uint64_t head = std::atomic_ref(header().head).load(std::memory_order_acquire);
    std::uint64_t at = std::atomic_ref(header().tail).load(std::memory_order_acquire);
    if (!isRangeSane(at, head))
        return corrupt(u"its ends do not fit"_s);
    while (at < head) {
        Record record{};
        if (head - at < sizeof record)
            return corrupt(u"a record is cut off"_s);
        takeBytes(at, &record, sizeof record);
        if (!isRecordSane(record, head - at))
            return corrupt(u"a record of %1 bytes"_s.arg(record.bytes));
        if (!take(record, at))
            return {};
        at += record.bytes;
    }
    return {};
}

void PacketJournal::forgetBefore(std::uint64_t at)
{
    std::atomic_ref(header().tail).store(at, std::memory_order_release);
    publish(); // before anything is written over what was there
}

void PacketJournal::clearLocked()
{
    // Empty at once whichever of the two is seen: both rise to the same whole number.
    const std::uint64_t at = m_ringBytes;
    std::atomic_ref(header().tail).store(~std::uint64_t(7), std::memory_order_release);
    publish(); // a reader that sees this takes it for broken, which is as good as empty
    std::atomic_ref(header().head).store(at, std::memory_order_release);
    publish();
    std::atomic_ref(header().tail).store(at, std::memory_order_release);
    publish();
}

void PacketJournal::clear()
{
    const std::scoped_lock lock(m_mutex);
    clearLocked();
}

Result<std::uint32_t> PacketJournal::addParameters(const QByteArray &blob)
{
    if (std::size_t(blob.size()) > kMaxParameters)
        return Error{ErrorCode::NoSpace, u"stream parameters of %1 bytes"_s.arg(blob.size()), 0};
    const std::scoped_lock lock(m_mutex);
    const std::uint32_t newest = header().parameters;
    const ParameterSlot &last = parameterSlot(newest);
    if (newest > 0 && last.number == newest && last.bytes == std::size_t(blob.size())
        && std::memcmp(last.blob, blob.constData(), last.bytes) == 0)
        return newest;
    const std::uint32_t number = newest + 1;
    std::uint64_t keepFrom = header().tail;
    const Result<void> walked = walk([&](const Record &record, std::uint64_t at) {
        if (record.kind != kPoint && record.parameters + kParameterSlots <= number)
            keepFrom = at + record.bytes; // the points between go, too; the newest stays
        return true;
    });
    if (walked)
        forgetBefore(keepFrom);
    else
        clearLocked();
    ParameterSlot &slot = parameterSlot(number);
    std::atomic_ref(slot.number).store(0, std::memory_order_release);
    publish();
    slot.bytes = std::uint32_t(blob.size());
    std::memcpy(slot.blob, blob.constData(), std::size_t(blob.size()));
    publish();
    std::atomic_ref(slot.number).store(number, std::memory_order_release);
    std::atomic_ref(header().parameters).store(number, std::memory_order_release);
    return number;
}

QByteArray PacketJournal::parameters(std::uint32_t number) const
{
    const std::scoped_lock lock(m_mutex);
    const ParameterSlot &slot = parameterSlot(number);
    const std::size_t bytes = slot.bytes; // once: it is checked and then used
    if (number == 0 || slot.number != number || bytes > kMaxParameters)
        return {};
    return QByteArray(reinterpret_cast<const char *>(slot.blob), qsizetype(bytes));
}

void PacketJournal::putRecord(std::uint64_t &at, Record record, std::span<const std::byte> payload)
{
    record.payloadBytes = std::uint32_t(payload.size());
    record.bytes = std::uint32_t(aligned(sizeof record + payload.size()));
    putBytes(at, &record, sizeof record);
    if (!payload.empty())
        putBytes(at + sizeof record, payload.data(), payload.size());
    at += record.bytes;
}

Result<void> PacketJournal::append(std::span<const Packet> packets, Point point)
{
    const std::scoped_lock lock(m_mutex);
    std::uint64_t need = sizeof(Record);
    for (const Packet &packet : packets)
        need += aligned(sizeof(Record) + packet.payload.size());
    const bool fits = need <= m_ringBytes;
    if (!fits) {
        packets = {};
        need = sizeof(Record);
    }
    const std::uint64_t keep = fits ? m_ringBytes - need : 0;
    std::uint64_t keepFrom = header().head;
    const Result<void> walked = walk([&](const Record &, std::uint64_t position) {
        const bool isKept = header().head - position <= keep;
        if (isKept)
            keepFrom = position;
        return !isKept;
    });
    if (walked)
        forgetBefore(keepFrom);
    else
        clearLocked();
    const std::uint64_t head = header().head;
    std::uint64_t at = head;
    for (const Packet &packet : packets)
        putRecord(at,
                  {.bytes = 0,
                   .payloadBytes = 0,
                   .kind = packet.isVideo ? kVideo : kAudio,
                   .flags = packet.isKey ? kKey : 0u,
                   .parameters = packet.parameters,
                   .reserved = 0,
                   .pts = packet.pts,
                   .dts = packet.dts},
                  packet.payload);
    putRecord(at,
              {.bytes = 0,
               .payloadBytes = 0,
               .kind = kPoint,
               .flags = 0,
               .parameters = 0,
               .reserved = 0,
               .pts = point.nextFrame,
               .dts = point.nextSample},
              {});
    std::atomic_ref(header().head).store(at, std::memory_order_release);
    if (!fits)
        return Error{ErrorCode::NoSpace, u"packets that are larger than their journal"_s, 0};
    return {};
}

Result<PacketJournal::Point> PacketJournal::read(const Visitor &visitor) const
{
    const std::scoped_lock lock(m_mutex);
    Point point;
    std::vector<std::byte> scratch;
    const Result<void> walked = walk([&](const Record &record, std::uint64_t at) {
        if (record.kind == kPoint) {
            point = {record.pts, record.dts};
        } else if (visitor) {
            scratch.resize(record.payloadBytes);
            takeBytes(at + sizeof record, scratch.data(), scratch.size());
            visitor({record.kind == kVideo, (record.flags & kKey) != 0, record.parameters,
                     record.pts, record.dts, scratch});
        }
        return true;
    });
    if (!walked)
        return walked.error();
    return point;
}

PacketJournal::NoteSlot &PacketJournal::noteSlot(std::size_t index) const
{
    return *reinterpret_cast<NoteSlot *>(m_mapping.data() + kNoteOffset + index * kNoteStride);
}

PacketJournal::NoteCopy &PacketJournal::noteCopy(NoteSlot &slot, std::uint32_t generation) const
{
    return slot.copies[generation & 1];
}

std::pair<QByteArray, QByteArray> PacketJournal::readNote(std::size_t index) const
{
    NoteSlot &slot = noteSlot(index);
    const std::uint32_t generation
        = std::atomic_ref(slot.generation).load(std::memory_order_acquire);
    const NoteCopy &copy = noteCopy(slot, generation);
    const std::size_t keyBytes = copy.keyBytes;
    const std::size_t valueBytes = copy.valueBytes;
    if (generation == 0 || keyBytes > sizeof copy.text || valueBytes > sizeof copy.text - keyBytes)
        return {};
    return {QByteArray(copy.text, qsizetype(keyBytes)),
            QByteArray(copy.text + keyBytes, qsizetype(valueBytes))};
}

void PacketJournal::writeNote(std::size_t index, const QByteArray &key, const QByteArray &value)
{
    NoteSlot &slot = noteSlot(index);
    std::uint32_t generation = slot.generation + 1;
    if (generation == 0)
        generation = 2; // 0 means empty; the copy that counts must not be the one overwritten
    NoteCopy &copy = noteCopy(slot, generation);
    copy.keyBytes = std::uint32_t(key.size());
    copy.valueBytes = std::uint32_t(value.size());
    std::memcpy(copy.text, key.constData(), std::size_t(key.size()));
    std::memcpy(copy.text + key.size(), value.constData(), std::size_t(value.size()));
    std::atomic_ref(slot.generation).store(generation, std::memory_order_release);
}

Result<void> PacketJournal::setNote(const QByteArray &key, const QByteArray &value)
{
    const std::scoped_lock lock(m_mutex);
    if (key.isEmpty() || std::size_t(key.size() + value.size()) > sizeof NoteCopy::text)
        return Error{ErrorCode::NoSpace, u"a note of %1 bytes"_s.arg(key.size() + value.size()), 0};
    std::size_t index = kNoteSlots;
    for (std::size_t i = 0; i < kNoteSlots; ++i) {
        const QByteArray found = readNote(i).first;
        if (found == key) {
            index = i;
            break;
        }
        if (found.isEmpty() && index == kNoteSlots)
            index = i;
    }
    if (index == kNoteSlots)
        return Error{ErrorCode::NoSpace, u"no room for another note"_s, 0};
    writeNote(index, key, value);
    return {};
}

void PacketJournal::removeNote(const QByteArray &key)
{
    const std::scoped_lock lock(m_mutex);
    for (std::size_t i = 0; i < kNoteSlots; ++i) {
        if (!key.isEmpty() && readNote(i).first == key)
            writeNote(i, {}, {});
    }
}

QByteArray PacketJournal::note(const QByteArray &key) const
{
    const std::scoped_lock lock(m_mutex);
    for (std::size_t i = 0; i < kNoteSlots; ++i) {
        auto [found, value] = readNote(i);
        if (!key.isEmpty() && found == key)
            return value;
    }
    return {};
}

} // namespace continuo
