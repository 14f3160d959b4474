// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/soundtrack.h"

#include "core/base/houseformat.h"
#include "core/base/logging.h"
#include "core/media/downmix.h"
#include "core/media/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A smaller step in the timestamps is for the resampler to fill or trim; a larger one (also at a
// change of format) is laid out by position, which costs no memory however long it is.
constexpr std::int64_t kRestartSamples = kHouseSampleRate;
constexpr std::int64_t kJoinSamples = kHouseSampleRate / 20;

} // namespace

void fadeOut(std::span<float> samples)
{
    const std::size_t count = samples.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const float left = float(count - 1 - i) / float(count);
        samples[i * 2] *= left;
        samples[i * 2 + 1] *= left;
    }
}

QString SoundTrack::graphText(const AVChannelLayout &layout)
{
    // Mixed before it is resampled: two channels cost less than eight.
    return downmixText(layout)
        + u"aresample=48000:async=1,"
          u"aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=stereo"_s;
}

Result<std::unique_ptr<SoundTrack>> SoundTrack::open(Demuxer &demuxer)
{
    Result<Decoder> decoder = Decoder::open(demuxer, Track::Sound, {});
    if (!decoder)
        return decoder.error();
    return std::unique_ptr<SoundTrack>(new SoundTrack(demuxer, std::move(decoder).value()));
}

SoundTrack::SoundTrack(Demuxer &demuxer, Decoder decoder)
    : m_decoder(std::move(decoder))
    , m_stream(demuxer.stream(Track::Sound))
{
}

void SoundTrack::decodeUntil(std::int64_t position)
{
    while (!m_ended && m_end < position && decodeMore()) { }
}

bool SoundTrack::decodeMore()
{
    FramePtr frame(av_frame_alloc());
    if (!frame)
        return false;
    switch (m_decoder.next(frame.get())) {
    case Decoder::Outcome::OutOfReach:
        // What would judge it comes too late for it to be heard.
        if (!m_doubted)
            return false;
        push(std::move(m_doubted));
        return true;
    case Decoder::Outcome::End:
        if (m_doubted)
            push(std::move(m_doubted));
        flushGraph();
        m_ended = true;
        fadeOutTail();
        return false;
    case Decoder::Outcome::Frame:
        break;
    }
    if (m_doubted) {
        // Back to before it: one damaged timestamp, which would have hidden what comes until then.
        const std::optional<std::int64_t> position = positionOf(frame.get());
        if (position && position < positionOf(m_doubted.get()))
            m_doubted->best_effort_timestamp = AV_NOPTS_VALUE;
        push(std::move(m_doubted));
    } else if (isLeap(frame.get())) {
        m_doubted = std::move(frame);
        return true;
    }
    push(std::move(frame));
    return true;
}

std::optional<std::int64_t> SoundTrack::positionOf(const AVFrame *frame) const
{
    if (!m_zero || frame->best_effort_timestamp == AV_NOPTS_VALUE)
        return std::nullopt;
    return av_rescale_q(frame->best_effort_timestamp, m_stream->time_base, kHouseBase) - *m_zero;
}

bool SoundTrack::isLeap(const AVFrame *frame) const
{
    const std::optional<std::int64_t> position = positionOf(frame);
    return m_input && position && *position - m_expected > kRestartSamples;
}

void SoundTrack::push(FramePtr frame)
{
    if (frame->nb_samples <= 0 || frame->sample_rate <= 0 || frame->ch_layout.nb_channels <= 0)
        return;
    settleLayout(frame->ch_layout);
    const bool isFirst = !m_input;
    const std::int64_t stamp = frame->best_effort_timestamp;
    if (!m_zero && stamp != AV_NOPTS_VALUE)
        m_zero = av_rescale_q(stamp, m_stream->time_base, kHouseBase) - m_expected;
    std::int64_t position = positionOf(frame.get()).value_or(m_expected);
    const bool sameFormat = isSameFormat(frame.get());
    const std::int64_t step = position - m_expected;
    if (!m_graph || !sameFormat || std::abs(step) > kRestartSamples) {
        flushGraph();
        // At a change of format alone the sound goes on where it was.
        if (!isFirst && std::abs(step) <= kJoinSamples)
            position = m_end;
        if (!buildGraph(frame.get(), position))
            return;
        m_hasOneTimeline = isFirst;
    }
    if (m_isLearning)
        learnFrom(*frame, position);
    pushAt(std::move(frame), position);
}

void SoundTrack::pushAt(FramePtr frame, std::int64_t position)
{
    m_expected = position + av_rescale(frame->nb_samples, kHouseSampleRate, frame->sample_rate);
    const std::int64_t stamp = frame->best_effort_timestamp;
    const std::int64_t count = frame->nb_samples;
    frame->pts = av_rescale(position, frame->sample_rate, kHouseSampleRate);
    frame->time_base = {1, frame->sample_rate};
    if (av_buffersrc_add_frame_flags(m_source, frame.get(), 0) < 0)
        return;
    drain();
    if (m_notesDrifts && stamp != AV_NOPTS_VALUE && m_zero)
        noteDrift(stamp, m_output - count);
}

bool SoundTrack::buildGraph(const AVFrame *frame, std::int64_t position)
{
    m_graph.reset(avfilter_graph_alloc());
    FramePtr input(av_frame_alloc());
    if (!m_graph || !input || av_channel_layout_copy(&input->ch_layout, &frame->ch_layout) < 0) {
        m_graph.reset();
        return false;
    }
    input->format = frame->format;
    m_graph->nb_threads = 1;
    std::array<char, 128> layout{};
    av_channel_layout_describe(&frame->ch_layout, layout.data(), layout.size());
    Result<AVFilterContext *> source = addFilter(
        m_graph.get(), "abuffer", u"in"_s,
        u"time_base=1/%1:sample_rate=%1:sample_fmt=%2:channel_layout=%3"_s.arg(frame->sample_rate)
            .arg(frame->format)
            .arg(QString::fromLatin1(layout.data())));
    Result<AVFilterContext *> sink = addFilter(m_graph.get(), "abuffersink", u"out"_s, QString());
    Result<void> connected;
    if (!source)
        connected = source.error();
    else if (!sink)
        connected = sink.error();
    else
        connected = connectFilters(m_graph.get(), source.value(), sink.value(),
                                   graphText(frame->ch_layout));
    if (!connected) {
        if (!m_filterFailed)
            qCWarning(lcMedia).noquote()
                << u"sound that cannot be converted is left out: "_s + connected.error().detail;
        m_filterFailed = true;
        m_graph.reset();
        return false;
    }
    m_source = source.value();
    m_sink = sink.value();
    m_input = std::move(input);
    m_rate = frame->sample_rate;
    m_output = position;
    return true;
}

bool SoundTrack::isSameFormat(const AVFrame *frame) const
{
    // The number of channels is not enough: a filter graph refuses another layout of as many.
    return m_input && m_input->format == frame->format && m_rate == frame->sample_rate
        && av_channel_layout_compare(&m_input->ch_layout, &frame->ch_layout) == 0;
}

void SoundTrack::drain()
{
    for (;;) {
        FramePtr frame(av_frame_alloc());
        if (!frame || av_buffersink_get_frame(m_sink, frame.get()) < 0)
            return;
        append(std::move(frame));
    }
}

void SoundTrack::flushGraph()
{
    if (!m_graph)
        return;
    av_buffersrc_close(m_source, AV_NOPTS_VALUE, 0);
    drain();
    m_graph.reset();
}

void SoundTrack::append(FramePtr frame)
{
    const std::int64_t position = m_output;
    m_output += frame->nb_samples;
    if (position > m_end)
        fadeOutTail();
    // After a step back the first of two sounds at the same place counts: read() takes them in
    // order.
    if (m_output <= std::max<std::int64_t>(m_end, 0))
        return;
    m_end = m_output;
    m_chunks.push_back({position, std::move(frame)});
}

void SoundTrack::fadeOutTail()
{
    // The resampler's last chunk may be shorter than the fade: it goes over as many as it takes.
    for (auto chunk = m_chunks.rbegin(); chunk != m_chunks.rend(); ++chunk) {
        const std::int64_t from = std::max(chunk->position, m_end - kFadeSamples);
        if (from >= chunk->end())
            break;
        AVFrame *frame = chunk->frame.get();
        if (av_frame_make_writable(frame) < 0)
            break;
        auto *samples = reinterpret_cast<float *>(frame->data[0]);
        for (std::int64_t at = from; at < chunk->end(); ++at) {
            const float left = float(m_end - 1 - at) / kFadeSamples;
            samples[(at - chunk->position) * 2] *= left;
            samples[(at - chunk->position) * 2 + 1] *= left;
        }
    }
}

std::size_t SoundTrack::read(std::int64_t position, std::span<float> samples)
{
    while (!m_chunks.empty() && m_chunks.front().end() <= position)
        m_chunks.pop_front();
    return peek(position, samples);
}

std::size_t SoundTrack::peek(std::int64_t position, std::span<float> samples) const
{
    std::fill(samples.begin(), samples.end(), 0.0F);
    const std::int64_t until = position + std::int64_t(samples.size() / 2);
    std::int64_t done = position; // where the next copied sample may lie at the earliest
    std::size_t sound = 0;
    for (const Chunk &chunk : m_chunks) {
        const std::int64_t from = std::max(chunk.position, done);
        const std::int64_t to = std::min(chunk.end(), until);
        if (from >= to)
            continue;
        const auto *source
            = reinterpret_cast<const float *>(chunk.frame->data[0]) + (from - chunk.position) * 2;
        std::copy_n(source, (to - from) * 2, samples.begin() + (from - position) * 2);
        sound += std::size_t(to - from);
        done = to;
    }
    return sound;
}

std::int64_t SoundTrack::countFrom(std::int64_t position, std::int64_t limit)
{
    decodeUntil(position + limit);
    const std::int64_t decoded = std::max<std::int64_t>(m_end - position, 0);
    if (m_ended || m_stream->duration <= 0)
        return decoded;
    const std::int64_t start = m_stream->start_time == AV_NOPTS_VALUE ? 0 : m_stream->start_time;
    const std::int64_t stated
        = av_rescale_q(start + m_stream->duration, m_stream->time_base, kHouseBase)
        - m_zero.value_or(0) - position;
    return std::max(decoded, stated);
}

} // namespace continuo
