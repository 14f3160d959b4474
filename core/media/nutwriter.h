// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"
#include "core/media/avptr.h"
#include "core/media/avversion.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace continuo {

/// Takes the bytes of a stream as they come; an Error ends the stream.
using ByteSink = std::function<Result<void>(std::span<const std::uint8_t>)>;

/// Muxes house-format pictures and sound as NUT: stream 0 rawvideo yuv420p, stream 1 pcm_s16le
/// 48 kHz stereo. Nothing is copied or kept: each call writes through to the sink (about four
/// writes a frame) before it returns, and memory does not grow however long the stream is. Any
/// order of timestamps is taken. One thread.
class NutWriter final {
public:
    /// Errors: InvalidArgument (format), NoSpace, Unsupported (this FFmpeg has no NUT muxer).
    static Result<std::unique_ptr<NutWriter>> create(const HouseFormat &format, ByteSink sink);

    NutWriter(const NutWriter &) = delete;
    NutWriter &operator=(const NutWriter &) = delete;
    ~NutWriter();

    /// Writes the header; once, before all else. Errors: those of the sink.
    Result<void> writeHeader();
    /// Writes the picture (pictureBytes(): Y, U, V without padding) of absolute frame \p frame:
    /// its pts is exactly frame/fps. Errors: those of the sink; InvalidArgument before the header.
    Result<void> writePicture(std::int64_t frame, const std::uint8_t *picture);
    /// Writes \p count stereo samples (interleaved) whose first is absolute sample \p samplePts.
    /// Errors as writePicture().
    Result<void> writeSound(std::int64_t samplePts, const std::int16_t *samples, int count);
    /// Picture, then sound of one frame. A \p count of 0 writes the picture alone.
    Result<void> writeFrame(std::int64_t frame, const std::uint8_t *picture,
                            const std::int16_t *samples, int count, std::int64_t samplePts);

    std::int64_t bytesWritten() const { return m_bytesWritten; }

private:
    NutWriter(const HouseFormat &format, ByteSink sink);

    Result<void> open();
    Result<void> write(int stream, std::int64_t pts, std::int64_t duration, const void *data,
                       std::int64_t bytes);
    Result<void> outcome(int averror, const QString &what);
    static int onWrite(void *opaque, AvioWriteData data, int bytes);

    HouseFormat m_format;
    ByteSink m_sink;
    Result<void> m_sinkResult;
    // Freed before the IO context that it writes to.
    AVIOContext *m_io = nullptr;
    MuxerPtr m_muxer;
    PacketPtr m_packet;
    std::int64_t m_bytesWritten = 0;
    bool m_headerWritten = false;
};

} // namespace continuo
