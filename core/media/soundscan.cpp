// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/soundscan.h"

#include "core/base/houseformat.h"
#include "core/media/clipproof.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace continuo {

namespace {

constexpr std::int64_t kScanStep = kHouseSampleRate / 100;
constexpr float kSilence = 0.001F; // of full scale: -60 dBFS
constexpr std::int64_t kShortestSilence = 2 * kHouseSampleRate;
// Codecs and containers begin or end their sound some hundredths of a second off the picture.
constexpr std::int64_t kShortestMissing = kHouseSampleRate / 5;

std::int64_t samplesToUs(std::int64_t samples)
{
    return av_rescale(samples, AV_TIME_BASE, kHouseSampleRate);
}

} // namespace

void SoundScan::FreeMeter::operator()(ebur128_state *meter) const
{
    ebur128_destroy(&meter);
}

SoundScan::SoundScan(std::unique_ptr<SoundTrack> track, std::optional<std::int64_t> zeroUs)
    : m_track(std::move(track))
    // A histogram, so that its memory does not grow with the clip.
    , m_meter(ebur128_init(kHouseChannels, kHouseSampleRate,
                           EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM))
    , m_found(std::make_unique<ClipReading>())
{
    if (zeroUs)
        m_track->setZero(av_rescale(*zeroUs, kHouseSampleRate, AV_TIME_BASE));
}

SoundScan::SoundScan(SoundScan &&) noexcept = default;
SoundScan::~SoundScan() = default;

void SoundScan::advanceTo(std::int64_t us)
{
    const std::int64_t until = av_rescale(us, kHouseSampleRate, AV_TIME_BASE);
    while (m_at + kScanStep <= until)
        hear();
}

void SoundScan::advanceWithin()
{
    const std::int64_t until = m_at + kHouseSampleRate / 2;
    while (m_at < until && !hasEnded())
        hear();
}

bool SoundScan::hasEnded() const
{
    return m_track->hasEnded() && m_at >= m_track->end();
}

std::int64_t SoundScan::atUs() const
{
    return samplesToUs(m_at);
}

std::int64_t SoundScan::endUs() const
{
    return samplesToUs(m_track->end());
}

void SoundScan::hear()
{
    std::array<float, std::size_t(kScanStep) * kHouseChannels> block;
    // As the reader does: so far ahead that a fade before a hole comes before it is too late.
    m_track->decodeUntil(m_at + kScanStep + kFadeSamples);
    const auto count = std::int64_t(m_track->read(m_at, block));
    if (m_meter)
        ebur128_add_frames_float(m_meter.get(), block.data(), std::size_t(kScanStep));
    const bool isSilent
        = std::ranges::all_of(block, [](float sample) { return std::abs(sample) <= kSilence; });
    const Kind kind = count * 2 < kScanStep ? Kind::Missing : isSilent ? Kind::Silent : Kind::Sound;
    if (kind != m_kind) {
        endRun();
        m_kind = kind;
        m_since = m_at;
    }
    if (const std::int64_t errors = m_track->errors(); errors > m_errors) {
        m_errors = errors;
        m_found->damage.add({samplesToUs(m_at), 0});
    }
    m_at += kScanStep;
}

void SoundScan::endRun()
{
    const Stretch run{samplesToUs(m_since), samplesToUs(m_at - m_since)};
    if (m_kind == Kind::Missing && m_at - m_since >= kShortestMissing)
        m_found->missing.add(run);
    if (m_kind == Kind::Silent && m_at - m_since >= kShortestSilence)
        m_found->silences.add(run);
}

void SoundScan::finish(ClipReading &reading)
{
    endRun();
    m_since = m_at;
    reading.hasSound = true;
    for (const Stretch &place : m_found->damage.first)
        reading.damage.add(place);
    reading.damage.count += m_found->damage.count - std::int64_t(m_found->damage.first.size());
    std::ranges::sort(reading.damage.first, {}, &Stretch::atUs);
    reading.silences = m_found->silences;
    reading.missing = m_found->missing;
    if (!m_meter)
        return;
    double loudness = 0;
    if (ebur128_loudness_global(m_meter.get(), &loudness) == EBUR128_SUCCESS
        && std::isfinite(loudness))
        reading.loudness = loudness;
    double peak = 0;
    for (unsigned channel = 0; channel < kHouseChannels; ++channel) {
        double one = 0;
        if (ebur128_true_peak(m_meter.get(), channel, &one) == EBUR128_SUCCESS)
            peak = std::max(peak, one);
    }
    if (peak > 0)
        reading.truePeak = 20 * std::log10(peak);
}

} // namespace continuo
