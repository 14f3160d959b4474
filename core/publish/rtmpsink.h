// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/muxer.h"
#include "core/publish/sink.h"

#include <chrono>

namespace continuo {

/// Pushes to an RTMP server, or to an RTMPS server whose certificate this machine trusts. Each
/// connection counts from zero at its first key frame, and is renewed before FLV's 32-bit
/// milliseconds turn negative. Nothing waits longer than a deadline. A server that asks for user
/// and password is connected to twice, and libavformat 59 verifies the first of the two only.
class RtmpSink final : public Sink {
public:
    struct Settings {
        QString url; ///< with the key: never logged, never shown
        QString shownUrl; ///< without it
        std::chrono::milliseconds connectDeadline{5000};
        std::chrono::milliseconds writeDeadline{5000};
        /// What the system may hold for the server. A write fails its deadline only when that is
        /// full, so its own choice (megabytes) would hide a dead connection for half a minute.
        int sendBufferBytes = 512 * 1024;
        std::chrono::milliseconds renewAfter{std::chrono::hours(20 * 24)};
    };

    explicit RtmpSink(Settings settings);
    ~RtmpSink() override;

    Result<void> prepare() override;
    Result<void> write(const TimelinePacketPtr &packet) override;
    Result<void> finish() override;
    void abandon() override;

private:
    using Clock = std::chrono::steady_clock;

    static int onInterrupt(void *opaque);
    Result<void> begin(const TimelinePacket &key);
    Error explain(const Error &error, const QString &what) const;
    void setDeadline(std::chrono::milliseconds time) { m_deadline = Clock::now() + time; }

    const Settings m_settings;
    Clock::time_point m_deadline;
    AVIOContext *m_io = nullptr; // closed after the muxer that writes to it
    std::unique_ptr<Muxer> m_muxer;
    std::shared_ptr<const StreamSet> m_streams;
    std::optional<MuxClock> m_clock;
    std::optional<qint64> m_lastDts; // kept from connection to connection: what is between is lost
    qint64 m_renewAtFrame = 0;
};

} // namespace continuo
