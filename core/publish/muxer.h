// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/timeline.h"

#include <QString>

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace continuo {

/// Where a muxer writes: an IO context on two functions of ours. Must outlive the muxer.
class MuxerIo final {
public:
    /// Takes all bytes at an offset from the start (offsets only go back when a muxer mends what
    /// it wrote before). Errors make the muxer fail.
    /// A transport stream comes in whole packets of 188 bytes. The bytes may be changed in place.
    using Write = std::function<Result<void>(qint64 offset, std::uint8_t *bytes, int size)>;
    enum class Seeking { Forbidden, Allowed };

    static Result<std::unique_ptr<MuxerIo>> create(Write write, Seeking seeking);
    ~MuxerIo();
    MuxerIo(const MuxerIo &) = delete;
    MuxerIo &operator=(const MuxerIo &) = delete;

    AVIOContext *context() const { return m_io; }
    const std::optional<Error> &error() const { return m_error; } ///< the first one of Write

private:
    explicit MuxerIo(Write write)
        : m_write(std::move(write))
    {
    }
    static int onWrite(void *opaque, std::uint8_t *bytes, int size);
    static std::int64_t onSeek(void *opaque, std::int64_t offset, int whence);

    Write m_write;
    std::optional<Error> m_error;
    qint64 m_offset = 0;
    qint64 m_end = 0;
    AVIOContext *m_io = nullptr;
};

/// A libavformat muxer with one H.264 and one AAC stream. One thread.
class Muxer final {
public:
    struct Options {
        QByteArray format; ///< libavformat's name
        /// Private options, as (name, value).
        std::vector<std::pair<QByteArray, QByteArray>> values;
        /// Time between sending and showing in microseconds, where the format has such a thing.
        int maxDelayUs = 0;
        /// The same header for the same streams every time: no random identifiers, no dates.
        bool isReproducible = false;
    };

    /// Writes nothing yet. Errors: Unsupported (no such muxer or option), NoSpace.
    static Result<std::unique_ptr<Muxer>> create(const Options &options, const StreamSet &streams,
                                                 AVIOContext *io);

    /// Errors: whatever the IO says.
    Result<void> writeHeader();
    /// Writes \p packet, its times counted from the origin of \p clock.
    Result<void> write(const TimelinePacket &packet, const MuxClock &clock);
    /// Sends what the muxer and its IO still hold.
    Result<void> flush();
    /// Bytes from the start of the file to where the next are written.
    qint64 position() const;
    /// After the header: what follows is written from \p offset on, where an earlier muxer stopped.
    Result<void> seek(qint64 offset);
    /// Ends the file; nothing may be written afterwards.
    Result<void> writeTrailer();
    /// Sets a private option between packets (mpegts_flags).
    void setOption(const char *name, const char *value);

private:
    Muxer() = default;
    Result<void> outcome(int averror, const char *what) const;

    MuxerPtr m_context;
    PacketPtr m_packet;
    QByteArray m_format;
    std::vector<std::pair<QByteArray, QByteArray>> m_values;
    std::int64_t m_lastAudio = AV_NOPTS_VALUE; // in ticks
    bool m_hasFlushed = false;
};

} // namespace continuo
