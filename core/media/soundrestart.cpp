// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/houseformat.h"
#include "core/media/downmix.h"
#include "core/media/soundtrack.h"

extern "C" {
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

namespace continuo {

namespace {

// Enough for the rounding of timestamps to show (SampleRun); about a quarter of a second.
constexpr std::size_t kRunFrames = 12;
// Vorbis has frames of several sizes, all multiples of this (its smallest block is 64 samples, of
// which a frame is half).
constexpr std::int64_t kVorbisGrid = 32;
constexpr std::int64_t kSkipSamples = kHouseSampleRate;
constexpr std::size_t kMostDrifts = 4096;
constexpr std::int64_t kSteadyFrames = 100; // about two seconds for each change

/// The frame without its first \p samples; null when memory is short.
FramePtr withoutBegin(FramePtr frame, std::int64_t samples)
{
    if (samples == 0)
        return frame;
    FramePtr rest(av_frame_alloc());
    if (!rest)
        return nullptr;
    rest->format = frame->format;
    rest->sample_rate = frame->sample_rate;
    rest->nb_samples = int(frame->nb_samples - samples);
    if (av_channel_layout_copy(&rest->ch_layout, &frame->ch_layout) < 0
        || av_frame_get_buffer(rest.get(), 0) < 0
        || av_samples_copy(rest->extended_data, frame->extended_data, 0, int(samples),
                           rest->nb_samples, frame->ch_layout.nb_channels,
                           AVSampleFormat(frame->format))
            < 0)
        return nullptr;
    return rest;
}

} // namespace

void SoundTrack::learnFrom(const AVFrame &frame, std::int64_t position)
{
    if (m_start.frames() == 0) {
        m_origin = position;
        m_start = SampleRun(m_rate, m_stream->time_base);
    }
    m_start.add(frame.best_effort_timestamp, frame.nb_samples);
    m_isLearning = m_start.frames() < kRunFrames;
}

void SoundTrack::learn()
{
    while (m_isLearning && !m_ended && decodeMore()) { }
    m_isLearning = false;
}

void SoundTrack::skipTo(std::int64_t position)
{
    // In steps, so that no more than a second of it is held.
    for (std::int64_t at = m_end; at < position && !m_ended;) {
        at = std::min(at + kSkipSamples, position);
        const std::int64_t before = m_end;
        decodeUntil(at);
        read(at, {});
        if (m_end == before && !m_ended && m_end < at)
            return; // out of reach
    }
}

void SoundTrack::beginAnew()
{
    m_decoder.flush();
    m_graph.reset();
    m_chunks.clear();
    m_doubted.reset();
    m_end = 0;
    m_ended = false;
}

void SoundTrack::noteDrift(std::int64_t stamp, std::int64_t position)
{
    const std::int64_t samples
        = position - (av_rescale_q(stamp, m_stream->time_base, kHouseBase) - *m_zero);
    ++m_noted;
    if (m_drifts.empty() || m_drifts.back().samples != samples)
        m_drifts.push_back({stamp, samples});
    if (m_drifts.size() <= kMostDrifts)
        return;
    // Timestamps that are rounded to less than a sample: each frame would be one.
    m_notesDrifts = false;
    m_drifts.clear();
}

std::optional<std::int64_t> SoundTrack::driftAt(std::int64_t stamp) const
{
    const auto after = std::ranges::upper_bound(m_drifts, stamp, {}, &Drift::stamp);
    if (after == m_drifts.begin())
        return std::nullopt;
    const std::int64_t second = av_rescale_q(1, {1, 1}, m_stream->time_base);
    const Drift &here = *std::prev(after);
    if (stamp - here.stamp < second || (after != m_drifts.end() && after->stamp - stamp < second))
        return std::nullopt;
    return here.samples;
}

bool SoundTrack::hasSteadyDrift() const
{
    // A resampler still holds some of what it was given.
    return m_rate == kHouseSampleRate && !m_drifts.empty()
        && std::int64_t(m_drifts.size()) * kSteadyFrames < m_noted + kSteadyFrames;
}

SoundTrack::Restart SoundTrack::restartAt(std::int64_t latest, std::int64_t drift)
{
    beginAnew();
    FramePtr frame(av_frame_alloc());
    if (!frame || m_decoder.next(frame.get()) != Decoder::Outcome::Frame)
        return Restart::Late;
    settleLayout(frame->ch_layout);
    const std::optional<std::int64_t> byStamp = positionOf(frame.get());
    if (!byStamp || frame->nb_samples <= 0 || !isSameFormat(frame.get())
        || m_rate != kHouseSampleRate)
        return Restart::Inexact;
    const std::int64_t position = *byStamp + drift;
    if (!buildGraph(frame.get(), position))
        return Restart::Inexact;
    // To the resampler the drift shows with the next frame, as a step that it has not made up for.
    pushAt(std::move(frame), position);
    m_expected -= drift;
    skipTo(latest);
    return position > latest ? Restart::Late : Restart::Done;
}

SoundTrack::Restart SoundTrack::restart(std::int64_t latest, Placing placing)
{
    const bool hasOneTimeline = m_hasOneTimeline;
    beginAnew();
    SampleRun run(m_rate, m_stream->time_base);
    std::vector<FramePtr> frames;
    while (frames.size() < kRunFrames) {
        FramePtr frame(av_frame_alloc());
        if (!frame || m_decoder.next(frame.get()) != Decoder::Outcome::Frame)
            break;
        settleLayout(frame->ch_layout);
        if (frame->nb_samples <= 0 || !isSameFormat(frame.get()))
            return Restart::Inexact;
        const std::int64_t stamp = frame->best_effort_timestamp;
        if (frames.empty() && stamp == AV_NOPTS_VALUE)
            continue;
        run.add(stamp, frame->nb_samples);
        frames.push_back(std::move(frame));
    }
    if (frames.empty())
        return Restart::Late;
    const bool isVorbis = m_stream->codecpar->codec_id == AV_CODEC_ID_VORBIS;
    std::optional<std::int64_t> offset;
    if (hasOneTimeline)
        offset = SampleRun::offset(m_start, run, isVorbis ? kVorbisGrid : 0);
    std::int64_t skipped = 0;
    std::int64_t position = 0;
    if (offset && *offset >= 0) {
        // The resampler begins anew: where a sample in and a sample out fall together, as they
        // would.
        const std::int64_t period = m_rate / std::gcd(m_rate, kHouseSampleRate);
        skipped = (period - *offset % period) % period;
        position = m_origin + av_rescale(*offset + skipped, kHouseSampleRate, m_rate);
    } else if (placing == Placing::ByTimes && m_zero) {
        position = av_rescale_q(frames.front()->best_effort_timestamp, m_stream->time_base,
                                {1, kHouseSampleRate})
            - *m_zero;
    } else {
        return Restart::Inexact;
    }
    const bool isLate = position > latest && position > m_origin;
    for (FramePtr &frame : frames) {
        if (skipped >= frame->nb_samples) {
            skipped -= frame->nb_samples;
            continue;
        }
        if (m_graph) {
            push(std::move(frame));
            continue;
        }
        FramePtr first = withoutBegin(std::move(frame), skipped);
        if (!first || !buildGraph(first.get(), position))
            return Restart::Inexact;
        pushAt(std::move(first), position);
    }
    if (!m_graph)
        return Restart::Inexact;
    return isLate ? Restart::Late : Restart::Done;
}

} // namespace continuo
