// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/continuitycounters.h"

namespace continuo {

namespace {

constexpr qsizetype kPacket = 188;
constexpr std::uint8_t kSync = 0x47;
constexpr int kNullPid = 0x1fff;

int pidOf(const std::uint8_t *packet)
{
    return (packet[1] & 0x1f) << 8 | packet[2];
}

// Only packets that carry something count.
bool hasPayload(const std::uint8_t *packet)
{
    return packet[3] & 0x10;
}

} // namespace

void ContinuityCounters::observe(const QByteArray &stream)
{
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(stream.constData());
    for (qsizetype at = 0; at + kPacket <= stream.size(); at += kPacket) {
        const std::uint8_t *packet = bytes + at;
        if (packet[0] == kSync && pidOf(packet) != kNullPid)
            m_next[pidOf(packet)] = (packet[3] + 1) & 0x0f;
    }
}

void ContinuityCounters::renumber(std::uint8_t *bytes, qsizetype size)
{
    for (qsizetype at = 0; at + kPacket <= size; at += kPacket) {
        std::uint8_t *packet = bytes + at;
        if (packet[0] != kSync || pidOf(packet) == kNullPid)
            continue;
        const auto [known, isNew] = m_next.try_emplace(pidOf(packet), packet[3] & 0x0f);
        int &next = known->second;
        const int counter = hasPayload(packet) || isNew ? next : (next + 15) & 0x0f;
        packet[3] = std::uint8_t((packet[3] & 0xf0) | counter);
        next = (counter + 1) & 0x0f;
    }
}

} // namespace continuo
