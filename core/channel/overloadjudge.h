// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace continuo {

/// Notices that the machine cannot keep up with a channel, and when it can again. What is left out
/// then is the owner's business; the order is: preview first, and only when the retained frames
/// have reached their bound whole frames (which the clock drops and counts). Fed a few times a
/// second. A value; one thread.
class OverloadJudge final {
public:
    using Clock = std::chrono::steady_clock;

    struct Reading {
        Clock::time_point now;
        std::int64_t waiting = 0; ///< frames that the encoder has not taken yet
        std::int64_t late = 0; ///< of the clock, in all
        std::int64_t dropped = 0; ///< of the clock, in all
    };
    enum class Change { None, Begun, Over };

    explicit OverloadJudge(FrameRate rate)
        : m_rate(rate)
    {
    }

    Change judge(const Reading &reading);
    bool isOverloaded() const { return m_begun.has_value(); }
    /// Frames dropped since the overload began.
    std::int64_t droppedSince() const { return m_begun ? m_last->dropped - m_begun->dropped : 0; }

private:
    const FrameRate m_rate;
    std::optional<Reading> m_last;
    std::optional<Reading> m_begun; // the reading before
    Clock::time_point m_wellAt; // last time that few frames waited and none was late
    Clock::time_point m_troubleAt; // last time that it was otherwise
};

} // namespace continuo
