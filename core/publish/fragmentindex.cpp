// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/fragmentindex.h"

#include <QtEndian>

#include <map>
#include <optional>
#include <vector>

namespace continuo {

namespace {

constexpr qint64 kMaxMoofBytes = 16 * 1024 * 1024; // hours of packets: more is no fragment of ours

struct Fragment {
    quint64 time = 0; // composition time of its first sample, in the track's units
    quint64 offset = 0; // of its moof box
    quint8 traf = 0; // which of the moof's tracks, from 1
};
using Tracks = std::map<quint32, std::vector<Fragment>>; // by track id

// A box's payload, read from the front; what is not there reads as zero.
class Reader final {
public:
    explicit Reader(QByteArrayView bytes)
        : m_bytes(bytes)
    {
    }

    template <typename T> T number()
    {
        if (m_at + qsizetype(sizeof(T)) > m_bytes.size()) {
            m_at = m_bytes.size();
            return 0;
        }
        const T value = qFromBigEndian<T>(m_bytes.data() + m_at);
        m_at += qsizetype(sizeof(T));
        return value;
    }
    void skip(qsizetype bytes) { m_at = std::min(m_at + bytes, m_bytes.size()); }

    // The next box inside; its payload in \p inside.
    std::optional<quint32> box(QByteArrayView &inside)
    {
        const qsizetype begin = m_at;
        const auto size = qsizetype(number<quint32>());
        const auto type = number<quint32>();
        if (size < 8 || size > m_bytes.size() - begin)
            return std::nullopt;
        inside = m_bytes.sliced(begin + 8, size - 8);
        m_at = begin + size;
        return type;
    }

private:
    QByteArrayView m_bytes;
    qsizetype m_at = 0;
};

constexpr quint32 typeOf(const char (&name)[5])
{
    return quint32(name[0]) << 24 | quint32(name[1]) << 16 | quint32(name[2]) << 8
        | quint32(name[3]);
}

// By how much the first sample is shown later than it is decoded (trun, 8.8.8).
qint64 firstDelay(Reader run)
{
    const auto head = run.number<quint32>();
    const quint32 flags = head & 0xffffff;
    run.skip(4); // number of samples
    for (const quint32 field : {0x1u, 0x4u, 0x100u, 0x200u, 0x400u}) {
        if (flags & field)
            run.skip(4);
    }
    if ((flags & 0x800) == 0)
        return 0;
    const auto delay = run.number<quint32>();
    return head >> 24 == 0 ? qint64(delay) : qint64(qint32(delay));
}

void addFragments(QByteArrayView moof, quint64 offset, Tracks &tracks)
{
    Reader reader(moof);
    QByteArrayView inside;
    quint8 traf = 0;
    while (const std::optional<quint32> type = reader.box(inside)) {
        if (*type != typeOf("traf"))
            continue;
        ++traf;
        Reader track(inside);
        quint32 id = 0;
        std::optional<quint64> decoded;
        std::optional<qint64> delay;
        while (const std::optional<quint32> part = track.box(inside)) {
            Reader values(inside);
            if (*part == typeOf("tfhd")) {
                values.skip(4);
                id = values.number<quint32>();
            } else if (*part == typeOf("tfdt")) {
                decoded = values.number<quint32>() >> 24 == 0 ? values.number<quint32>()
                                                              : values.number<quint64>();
            } else if (*part == typeOf("trun") && !delay) {
                delay = firstDelay(values);
            }
        }
        if (id != 0 && decoded && delay)
            tracks[id].push_back({*decoded + quint64(*delay), offset, traf});
    }
}

template <typename T> void append(QByteArray &bytes, T value)
{
    const T big = qToBigEndian(value);
    bytes.append(reinterpret_cast<const char *>(&big), qsizetype(sizeof big));
}

QByteArray box(const char (&name)[5], const QByteArray &payload)
{
    QByteArray bytes;
    append(bytes, quint32(8 + payload.size()));
    return bytes.append(name, 4).append(payload);
}

} // namespace

QByteArray fragmentIndex(const std::function<QByteArray(qint64 offset, qint64 bytes)> &read,
                         qint64 end)
{
    Tracks tracks;
    for (qint64 at = 0; at + 8 <= end;) {
        const QByteArray head = read(at, 16);
        Reader reader(head);
        qint64 size = reader.number<quint32>();
        const auto type = reader.number<quint32>();
        if (size == 1)
            size = qint64(reader.number<quint64>());
        if (size < 8 || size > end - at)
            break;
        if (type == typeOf("moof") && size <= kMaxMoofBytes)
            addFragments(QByteArrayView(read(at, size)).sliced(8), quint64(at), tracks);
        at += size;
    }
    if (tracks.empty())
        return {};
    QByteArray inside;
    for (const auto &[id, fragments] : tracks) {
        QByteArray payload;
        append(payload, quint32(1) << 24); // version 1: 64 bits
        append(payload, id);
        append(payload, quint32(0)); // the three numbers of an entry have one byte each
        append(payload, quint32(fragments.size()));
        for (const Fragment &fragment : fragments) {
            append(payload, fragment.time);
            append(payload, fragment.offset);
            payload.append(char(fragment.traf)).append(char(1)).append(char(1));
        }
        inside += box("tfra", payload);
    }
    QByteArray size; // of the whole, so that it is found from the file's end
    append(size, quint32(0));
    append(size, quint32(8 + inside.size() + 16));
    return box("mfra", inside + box("mfro", size));
}

} // namespace continuo
