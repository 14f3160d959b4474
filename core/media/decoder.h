// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/avptr.h"
#include "core/media/demuxer.h"

#include <cstdint>
#include <functional>
#include <span>

namespace continuo {

/// Decodes one track of a demuxer. Damaged packets are counted and passed over. One thread (the
/// codec may have its own).
class Decoder final {
public:
    enum class Outcome {
        Frame,
        End,
        OutOfReach, ///< see Demuxer: there may be a frame later
    };

    /// How a stream is decoded.
    struct Effort {
        int threads = 1;
        int halvings = 0; ///< decode at a half, a quarter … of the size, where the codec can
    };

    /// Errors: Unsupported (no decoder, or it refuses the stream), NoSpace.
    static Result<Decoder> open(Demuxer &demuxer, Track track, Effort effort);

    /// Decodes the next frame into \p frame, which is emptied first.
    Outcome next(AVFrame *frame);
    /// Forgets what it has, before the demuxer goes on elsewhere.
    void flush();

    std::int64_t packets() const { return m_packets; } ///< read so far
    std::int64_t frames() const { return m_frames; } ///< decoded so far
    std::int64_t errors() const { return m_errors; } ///< packets or frames that were damaged
    const AVCodecContext *context() const { return m_context.get(); }

private:
    Decoder(Demuxer &demuxer, Track track, CodecPtr context);

    Demuxer *m_demuxer;
    Track m_track;
    CodecPtr m_context;
    PacketPtr m_pending; ///< read but not yet taken by the codec
    std::int64_t m_packets = 0;
    std::int64_t m_frames = 0;
    std::int64_t m_errors = 0;
    int m_errorsInARow = 0;
    bool m_flushed = false;
};

/// What a picture stream needs for a house picture of \p width x \p height. Threads: one up to what
/// 1080p30 H.264 costs (they cost CPU time and memory), more for larger or dearer streams, at most
/// the machine's cores. Halvings: for JPEG 2000, whose full size may take a second a picture, as
/// long as the picture stays as large as the house's.
Decoder::Effort effortFor(const AVCodecParameters *parameters, AVRational frameRate, int width,
                          int height);

/// Of this process so far, in seconds.
double processorSeconds();

/// Decodes \p packets of \p stream, from a key frame on, and hands over the frames in the order in
/// which they are shown. What does not decode is passed over. False: that took \p mostSeconds of
/// processor time, and what was left is left out.
bool decodePackets(const AVStream *stream, std::span<const PacketPtr> packets, double mostSeconds,
                   const std::function<void(const AVFrame &frame)> &onFrame);

/// Decodes a single packet (cover art, a key frame). Null when it does not decode.
FramePtr decodeSinglePacket(const AVCodecParameters *parameters, const AVPacket *packet);

} // namespace continuo
