// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <ebur128.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace continuo {

/// Loudness of 48 kHz stereo by ITU-R BS.1770-4 and EBU Tech 3341, true peak by four times the
/// rate. Nothing where there is nothing to measure yet, or only what the absolute gate (-70 LUFS)
/// shuts out. Its memory does not grow with what it has heard. One thread.
class LoudnessMeter final {
public:
    /// Errors: NoSpace.
    static Result<LoudnessMeter> create();

    /// Interleaved samples, of which full scale is 1 and 32768. What is no number counts as
    /// silence: it would stay in the filters for ever.
    void add(std::span<const float> samples);
    void add(std::span<const std::int16_t> samples);

    std::optional<double> momentary() const; ///< of the last 400 ms, LUFS
    std::optional<double> shortTerm() const; ///< of the last 3 s, LUFS
    std::optional<double> integrated() const; ///< of all, gated, LUFS
    std::optional<double> truePeak() const; ///< of all, dBTP; nothing for digital silence
    /// Of what the last call of add() was given, dBTP.
    std::optional<double> lastTruePeak() const;

private:
    struct Destroy {
        void operator()(ebur128_state *state) const;
    };
    using State = std::unique_ptr<ebur128_state, Destroy>;

    explicit LoudnessMeter(State state);

    State m_state;
};

} // namespace continuo
