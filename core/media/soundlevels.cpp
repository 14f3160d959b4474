// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/soundlevels.h"

#include "core/levels/gainplan.h"

#include <algorithm>
#include <cmath>

namespace continuo {

namespace {

constexpr std::int64_t kBlock = kHouseSampleRate / 20; // samples between two gains
constexpr std::int64_t kAhead = 3 * kHouseSampleRate;
constexpr std::int64_t kMomentary = kHouseSampleRate * 2 / 5; // what loudness is told of at least
constexpr double kMostDbPerBlock = 0.5 * double(kBlock) / kHouseSampleRate;

float factorOf(double gainDb)
{
    return float(std::pow(10, gainDb / 20));
}

} // namespace

Result<std::unique_ptr<SoundLevels>> SoundLevels::begin(const LevelRequest &request,
                                                        SoundTrack &track, std::int64_t position)
{
    std::optional<LoudnessMeter> meter;
    if (request.targetLufs) {
        Result<LoudnessMeter> created = LoudnessMeter::create();
        if (!created)
            return created.error();
        meter = std::move(created).value();
    }
    std::unique_ptr<SoundLevels> levels(new SoundLevels(request, std::move(meter), position));
    while (levels->m_next < position)
        levels->nextBlock(track);
    return levels;
}

SoundLevels::SoundLevels(const LevelRequest &request, std::optional<LoudnessMeter> meter,
                         std::int64_t position)
    : m_request(request)
    , m_meter(std::move(meter))
    , m_heard(std::max<std::int64_t>(position - kHistory, 0))
    , m_hasGain(request.gainDb.has_value())
    , m_gainDb(request.gainDb.value_or(0))
    , m_begin(position)
    , m_next(position - kHistory)
    , m_limiter(kCeilingDb)
    , m_readyFrom(m_next - TruePeakLimiter::kReach)
    , m_gains{{m_next, m_gainDb}}
{
}

void SoundLevels::read(SoundTrack &track, std::int64_t position, std::span<float> samples)
{
    const auto wanted = std::size_t(position - m_readyFrom) * 2 + samples.size();
    while (m_ready.size() < wanted)
        nextBlock(track);
    const auto first = m_ready.begin() + (position - m_readyFrom) * 2;
    std::copy_n(first, samples.size(), samples.begin());
    // What lies beyond a frame is read again with the next.
    m_ready.erase(m_ready.begin(), first);
    m_readyFrom = position;
    while (m_gains.size() > 1 && m_gains[1].first <= position)
        m_gains.pop_front();
}

double SoundLevels::gainDb(std::int64_t position) const
{
    const auto after = std::ranges::find_if(
        m_gains, [position](const auto &gain) { return gain.first > position; });
    return after == m_gains.begin() ? after->second : std::prev(after)->second;
}

// Up to the next place of the grid.
void SoundLevels::nextBlock(SoundTrack &track)
{
    const std::int64_t into = (m_next % kBlock + kBlock) % kBlock;
    const std::int64_t count = kBlock - into;
    const std::int64_t end = m_next + count;
    if (m_meter && end > m_begin)
        estimate(track);
    m_block.assign(std::size_t(count) * 2, 0.0F);
    // Before the item's begin there is silence, whatever the file has there.
    const std::int64_t silent = std::clamp<std::int64_t>(-m_next, 0, count);
    if (silent < count) {
        track.decodeUntil(end + kFadeSamples);
        track.peek(m_next + silent, std::span(m_block).subspan(std::size_t(silent) * 2));
    }
    const float first = factorOf(m_gains.back().second);
    const float step = (factorOf(m_gainDb) - first) / float(count);
    for (std::size_t i = 0; i < m_block.size(); ++i) {
        float &sample = m_block[i];
        sample = std::isfinite(sample) ? sample * (first + step * float(i / 2)) : 0.0F;
    }
    m_limiter.process(m_block, m_ready);
    m_next = end;
    m_gains.emplace_back(m_next, m_gainDb);
}

// The gain at the end of the block that comes.
void SoundLevels::estimate(SoundTrack &track)
{
    listen(track);
    const std::optional<double> integrated = m_meter->integrated();
    if (!integrated)
        return; // up to three seconds from here all was silence
    const double wanted
        = GainPlan::of({integrated, m_meter->truePeak()}, *m_request.targetLufs).gainDb;
    if (!m_hasGain || (!m_request.gainDb && m_next < *m_audibleFrom)) {
        m_hasGain = true;
        m_gainDb = wanted;
        m_gains.back().second = wanted;
        return;
    }
    m_gainDb += std::clamp(wanted - m_gainDb, -kMostDbPerBlock, kMostDbPerBlock);
}

void SoundLevels::listen(SoundTrack &track)
{
    const std::int64_t wanted = m_next + kAhead;
    track.decodeUntil(wanted + kFadeSamples);
    // What is not within reach yet is heard later.
    const std::int64_t until
        = track.hasEnded() ? wanted : std::min(wanted, track.end() - kFadeSamples);
    while (m_heard < until) {
        const std::int64_t count = std::min(until - m_heard, kBlock);
        m_block.resize(std::size_t(count) * 2);
        track.peek(m_heard, m_block);
        m_meter->add(m_block);
        m_heard += count;
        if (!m_audibleFrom && m_meter->integrated())
            m_audibleFrom = m_heard - kMomentary;
    }
}

} // namespace continuo
