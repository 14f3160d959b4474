// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/airmixer.h"

#include <algorithm>

namespace continuo {

namespace {

constexpr std::size_t kFadeSamples = 240; // 5 ms at 48 kHz

std::int16_t scaled(std::int16_t sample, std::size_t numerator, std::size_t denominator)
{
    return std::int16_t(std::int32_t(sample) * std::int32_t(numerator) / std::int32_t(denominator));
}

} // namespace

std::vector<std::int16_t> soundOfSlot(const std::int16_t *samples, std::int64_t available,
                                      std::int64_t offset, std::int64_t count)
{
    std::vector<std::int16_t> sound(std::size_t(count) * 2, 0);
    const std::int64_t usable = std::clamp<std::int64_t>(available - offset, 0, count);
    if (usable > 0)
        std::copy_n(samples + offset * 2, usable * 2, sound.begin());
    return sound;
}

void fadeOver(std::vector<std::int16_t> &sound, const std::vector<std::int16_t> &leaving)
{
    const std::size_t frames = std::min(kFadeSamples, sound.size() / 2);
    for (std::size_t i = 0; i < frames * 2; ++i) {
        std::int32_t mixed = scaled(sound[i], i / 2, frames);
        if (i < leaving.size())
            mixed += scaled(leaving[i], frames - i / 2, frames);
        sound[i] = std::int16_t(std::clamp(mixed, -32768, 32767));
    }
}

void fadeOut(std::vector<std::int16_t> &sound)
{
    const std::size_t frames = std::min(kFadeSamples, sound.size() / 2);
    for (std::size_t i = 0; i < sound.size(); ++i)
        sound[i] = i / 2 < frames ? scaled(sound[i], frames - i / 2, frames) : std::int16_t(0);
}

} // namespace continuo
