// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdint>
#include <map>

namespace continuo {

/// The continuity counters of an MPEG transport stream (ISO 13818-1, 2.4.3.3), so that a stream
/// written by several muxers in turn counts as one. One thread.
class ContinuityCounters final {
public:
    /// Takes over where \p stream (whole packets of 188 bytes) ends.
    void observe(const QByteArray &stream);
    /// Numbers the packets in \p bytes on, in place. A stream that was not seen before begins as
    /// it is.
    void renumber(std::uint8_t *bytes, qsizetype size);

private:
    std::map<int, int> m_next; // by PID
};

} // namespace continuo
