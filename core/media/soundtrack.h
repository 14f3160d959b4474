// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decoder.h"
#include "core/media/samplerun.h"

#include <QString>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace continuo {

/// The sound of a clip as 48 kHz stereo in float (full scale is 1, a mix may be more), by position:
/// sample 0 is where the item starts. Where the clip has no sound there is silence; 3 ms before a
/// stretch of silence the sound fades out. Holds no more than was asked for. One thread.
class SoundTrack final {
public:
    /// Errors: Unsupported, NoSpace.
    static Result<std::unique_ptr<SoundTrack>> open(Demuxer &demuxer);

    SoundTrack(const SoundTrack &) = delete;
    SoundTrack &operator=(const SoundTrack &) = delete;

    /// Says which time of the file is sample 0 (in 1/48000 s); before the first read. Without it
    /// the first sound that is decoded is.
    void setZero(std::int64_t zero) { m_zero = zero; }
    enum class Restart {
        Done,
        Late, ///< the first sound from there on comes after the position asked for, or there is
              ///< none
        Inexact, ///< its place cannot be told to the sample
    };
    /// Decodes the first sound, whose times restart() needs to tell places to the sample by.
    void learn();
    enum class Placing {
        Exact, ///< where it would be had all before been decoded, to the sample; else Inexact
        ByTimes, ///< the same, but where that cannot be told, where its timestamps say
    };
    /// Goes on where the demuxer was sent to: sound is wanted from sample \p latest on.
    Restart restart(std::int64_t latest, Placing placing);
    /// The same, where it is known how far behind its timestamp the first sound is heard: what
    /// driftAt() said of that when all was decoded. Inexact where that is not the whole truth.
    Restart restartAt(std::int64_t latest, std::int64_t drift);
    /// Notes drifts from here on.
    void noteDrifts() { m_notesDrifts = true; }
    /// So many samples behind its timestamp, the one that the demuxer gave, sound is heard; nothing
    /// where that was not noted, or has not been so for a second before and after it.
    std::optional<std::int64_t> driftAt(std::int64_t stamp) const;
    /// Whether drifts change at joins alone, not with the rounding of each timestamp.
    bool hasSteadyDrift() const;
    /// Decodes and forgets what lies before \p position.
    void skipTo(std::int64_t position);
    std::optional<std::int64_t> zero() const { return m_zero; }
    /// Decodes until sample \p position is reached, or the end, or no sound is within reach.
    void decodeUntil(std::int64_t position);
    /// Copies stereo samples from \p position on into \p samples (interleaved), silence where
    /// there is none, and forgets what lies before \p position. Returns how many are sound.
    std::size_t read(std::int64_t position, std::span<float> samples);
    /// The same, and forgets nothing.
    std::size_t peek(std::int64_t position, std::span<float> samples) const;
    /// Samples of sound from \p position on; decodes up to \p limit of them to find out, and adds
    /// what the file says there is beyond.
    std::int64_t countFrom(std::int64_t position, std::int64_t limit);

    bool hasEnded() const { return m_ended; } ///< all is decoded
    std::int64_t end() const { return m_end; } ///< after the last sample decoded so far
    bool hasSound() const { return m_decoder.frames() > 0; }
    std::int64_t errors() const { return m_decoder.errors(); }

    /// The filters for sound of \p layout, as `ffmpeg -af` takes them.
    static QString graphText(const AVChannelLayout &layout);

private:
    struct Chunk {
        std::int64_t position = 0;
        FramePtr frame; ///< float interleaved stereo
        std::int64_t end() const { return position + frame->nb_samples; }
    };

    struct Drift {
        std::int64_t stamp = 0; ///< from there on
        std::int64_t samples = 0;
    };

    SoundTrack(Demuxer &demuxer, Decoder decoder);

    void beginAnew();
    void noteDrift(std::int64_t stamp, std::int64_t position);
    bool decodeMore();
    std::optional<std::int64_t> positionOf(const AVFrame *frame) const;
    bool isLeap(const AVFrame *frame) const;
    void push(FramePtr frame);
    void pushAt(FramePtr frame, std::int64_t position);
    bool isSameFormat(const AVFrame *frame) const;
    void learnFrom(const AVFrame &frame, std::int64_t position);
    bool buildGraph(const AVFrame *frame, std::int64_t position);
    void drain();
    void flushGraph();
    void append(FramePtr frame);
    void fadeOutTail();

    Decoder m_decoder;
    const AVStream *m_stream;
    std::optional<std::int64_t> m_zero;
    GraphPtr m_graph;
    AVFilterContext *m_source = nullptr; // owned by m_graph
    AVFilterContext *m_sink = nullptr; // owned by m_graph
    FramePtr m_input; ///< sample format and layout that the graph takes; holds no samples
    int m_rate = 0;
    FramePtr m_doubted; ///< decoded, but its timestamp is judged by the next frame
    std::int64_t m_expected = 0; ///< position of the next decoded sample, if nothing is missing
    std::int64_t m_output = 0; ///< position of the graph's next sample

    SampleRun m_start; ///< the first frames
    std::int64_t m_origin = 0; ///< position of the first sample of all
    bool m_hasOneTimeline = true; ///< from the first sample on, without a restart by position
    bool m_isLearning = true; ///< until there are enough frames in m_start

    bool m_notesDrifts = false;
    std::int64_t m_noted = 0; ///< frames
    std::vector<Drift> m_drifts; ///< where they change

    std::deque<Chunk> m_chunks;
    std::int64_t m_end = 0;
    bool m_ended = false;
    bool m_filterFailed = false;
};

/// Fades \p samples (stereo, interleaved) out to nothing over their whole length.
void fadeOut(std::span<float> samples);

/// Stereo samples of a fade against clicks: 3 ms.
constexpr int kFadeSamples = 144;

} // namespace continuo
