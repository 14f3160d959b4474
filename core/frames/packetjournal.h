// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/uniquefd.h"
#include "core/frames/mapping.h"

#include <QByteArray>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <vector>

namespace continuo {

/// The newest encoded packets of a channel in shared memory that outlives its writer: a ring of
/// packets with the points up to which all is released, a table of stream parameters, and a table
/// of notes (how far each destination's file has come). Knows bytes and numbers, nothing of codecs.
///
/// The engine makes the memory and holds it; the publisher is its only writer. What is appended
/// counts from one store of the ring's head on, which comes after all its bytes: a writer that is
/// killed at any instruction leaves whole batches up to a release point, and whole notes. Whatever
/// is read back is checked against the bounds, since the one who wrote it may have been broken.
/// All functions: any thread.
class PacketJournal final {
public:
    struct Packet {
        bool isVideo = false;
        bool isKey = false;
        std::uint32_t parameters = 0; ///< as addParameters() gave it
        std::int64_t pts = 0;
        std::int64_t dts = 0;
        std::span<const std::byte> payload; ///< in read(): only until the visitor returns
    };
    /// All below is released; -1 where nothing is known.
    struct Point {
        std::int64_t nextFrame = -1;
        std::int64_t nextSample = -1;
    };
    using Visitor = std::function<void(const Packet &)>;

    /// Bytes of ring for 20 s at these bits per second, at least 4 MiB.
    static std::size_t bytesFor(int videoBitrate, int audioBitrate);
    /// New, empty memory with \p ringBytes (64 KiB to 1 GiB) of ring, sealed against shrinking and
    /// growing. Errors: InvalidArgument, NoSpace, Io.
    static Result<UniqueFd> create(std::size_t ringBytes);
    /// Maps what create() made, in this or another process. Errors: Corrupt (not such memory, or
    /// not sealed), NoSpace, Io. Broken contents are no error: read() tells.
    static Result<std::unique_ptr<PacketJournal>> open(UniqueFd fd);

    PacketJournal(const PacketJournal &) = delete;
    PacketJournal &operator=(const PacketJournal &) = delete;

    /// Keeps \p blob for packets to name; the same as the newest gets the same number. Forgets the
    /// packets that name the eighth before it. Errors: NoSpace (over 8 KiB).
    Result<std::uint32_t> addParameters(const QByteArray &blob);
    /// Appends \p packets and \p point as one: after a kill either all is there or nothing. The
    /// oldest are forgotten. Errors: NoSpace when the ring is too small for it: then only the point
    /// is kept, and all packets are forgotten.
    Result<void> append(std::span<const Packet> packets, Point point);
    /// Gives all packets, oldest first, and the newest point. Errors: Corrupt; the visitor may have
    /// seen packets that are good by then.
    Result<Point> read(const Visitor &visitor) const;
    /// Parameters of packets that read() gave; empty when there are no such.
    QByteArray parameters(std::uint32_t number) const;
    /// Forgets packets and point, for memory that turned out to be broken.
    void clear();

    /// Remembers \p value under \p key in place of what was there, as one. Errors: NoSpace (more
    /// than 8 KB together, or more than 64 notes).
    Result<void> setNote(const QByteArray &key, const QByteArray &value);
    void removeNote(const QByteArray &key);
    QByteArray note(const QByteArray &key) const; ///< empty when there is none

private:
    struct Header;
    struct Record;
    struct ParameterSlot;
    struct NoteSlot;
    struct NoteCopy;

    explicit PacketJournal(Mapping mapping, std::size_t ringBytes);

    Header &header() const;
    ParameterSlot &parameterSlot(std::uint32_t number) const;
    NoteSlot &noteSlot(std::size_t index) const;
    NoteCopy &noteCopy(NoteSlot &slot, std::uint32_t generation) const;
    std::pair<QByteArray, QByteArray> readNote(std::size_t index) const;
    void writeNote(std::size_t index, const QByteArray &key, const QByteArray &value);
    void putBytes(std::uint64_t at, const void *from, std::size_t bytes);
    void takeBytes(std::uint64_t at, void *to, std::size_t bytes) const;
    bool isRangeSane(std::uint64_t tail, std::uint64_t head) const;
    bool isRecordSane(const Record &record, std::uint64_t left) const;
    void clearLocked();
    template <typename Take> Result<void> walk(Take take) const; // take(record, at): false ends it
    void forgetBefore(std::uint64_t at);
    void putRecord(std::uint64_t &at, Record record, std::span<const std::byte> payload);

    Mapping m_mapping;
    std::size_t m_ringBytes;
    mutable std::mutex m_mutex; // all of the mapping, among the threads of one process
};

} // namespace continuo
