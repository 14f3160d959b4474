// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace continuo {

/// Judges by progress whether encoder or publisher is stuck; that a process exists says nothing
/// (design: liveness by progress). Fed a few times a second. A value; one thread.
///
/// The encoder is stuck when the acknowledgements stand still though its input is full and its
/// output is below half: for 1 s if it uses no CPU time meanwhile, else for 3 s; before the first
/// packet of a session for 5 s. The publisher is stuck when it has said nothing for 3 s (for 10 s
/// before its first word, and until then nobody else is judged), or when its input is full and
/// stays so for 3 s without an acknowledgement.
class StallDetector final {
public:
    using Clock = std::chrono::steady_clock;

    struct Reading {
        Clock::time_point now;
        std::int64_t acknowledged = 0; ///< bytes or frames; only whether it changes counts
        bool isInputFull = false; ///< FIFO in takes no more
        bool isOutputHalf = false; ///< FIFO out is at least half full
        std::int64_t encoderTicks = 0; ///< CPU time of the encoder, any unit
        std::int64_t publisherWords = 0; ///< messages that the publisher has sent in all
        bool isPublisherReady = true; ///< it has said its first word
    };
    enum class Verdict { Moving, EncoderStuck, PublisherStuck };

    /// A new session (or a new publisher): everything is counted from here on.
    void restart() { m_last.reset(); }
    Verdict judge(const Reading &reading);

private:
    std::optional<Reading> m_last;
    bool m_hasMoved = false; // the session has been acknowledged once
    Clock::time_point m_progressAt; // or since the input is not full
    Clock::time_point m_ticksAt;
    Clock::time_point m_wordAt;
};

} // namespace continuo
