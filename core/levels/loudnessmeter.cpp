// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/levels/loudnessmeter.h"

#include "core/base/houseformat.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr std::size_t kPortion = 1024; // values that are looked through at a time

std::optional<double> audible(ebur128_state *state, int (*read)(ebur128_state *, double *))
{
    constexpr double absoluteGate = -70;
    double loudness = 0;
    if (read(state, &loudness) != EBUR128_SUCCESS || !(loudness > absoluteGate))
        return std::nullopt;
    return loudness;
}

template <typename Read> std::optional<double> loudestOf(Read read)
{
    double most = 0;
    for (unsigned channel = 0; channel < unsigned(kHouseChannels); ++channel) {
        double peak = 0;
        if (read(channel, &peak) == EBUR128_SUCCESS)
            most = std::max(most, peak);
    }
    return most > 0 ? std::optional(20 * std::log10(most)) : std::nullopt;
}

} // namespace

void LoudnessMeter::Destroy::operator()(ebur128_state *state) const
{
    ebur128_destroy(&state);
}

Result<LoudnessMeter> LoudnessMeter::create()
{
    // The histogram in place of a list of all blocks: ten a second, for weeks.
    State state(ebur128_init(unsigned(kHouseChannels), kHouseSampleRate,
                             EBUR128_MODE_M | EBUR128_MODE_S | EBUR128_MODE_I
                                 | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM));
    if (!state)
        return Error{ErrorCode::NoSpace, u"no memory for a loudness meter"_s, ENOMEM};
    return LoudnessMeter(std::move(state));
}

LoudnessMeter::LoudnessMeter(State state)
    : m_state(std::move(state))
{
}

void LoudnessMeter::add(std::span<const float> samples)
{
    std::array<float, kPortion> portion{};
    while (!samples.empty()) {
        const std::span<const float> part = samples.first(std::min(samples.size(), kPortion));
        std::ranges::transform(part, portion.begin(),
                               [](float value) { return std::isfinite(value) ? value : 0.0F; });
        ebur128_add_frames_float(m_state.get(), portion.data(), part.size() / kHouseChannels);
        samples = samples.subspan(part.size());
    }
}

void LoudnessMeter::add(std::span<const std::int16_t> samples)
{
    ebur128_add_frames_short(m_state.get(), samples.data(), samples.size() / kHouseChannels);
}

std::optional<double> LoudnessMeter::momentary() const
{
    return audible(m_state.get(), ebur128_loudness_momentary);
}

std::optional<double> LoudnessMeter::shortTerm() const
{
    return audible(m_state.get(), ebur128_loudness_shortterm);
}

std::optional<double> LoudnessMeter::integrated() const
{
    return audible(m_state.get(), ebur128_loudness_global);
}

std::optional<double> LoudnessMeter::truePeak() const
{
    return loudestOf([this](unsigned channel, double *peak) {
        return ebur128_true_peak(m_state.get(), channel, peak);
    });
}

std::optional<double> LoudnessMeter::lastTruePeak() const
{
    return loudestOf([this](unsigned channel, double *peak) {
        return ebur128_prev_true_peak(m_state.get(), channel, peak);
    });
}

} // namespace continuo
