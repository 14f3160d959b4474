// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/publish/timeline.h"

#include <atomic>
#include <optional>

namespace continuo {

/// What one destination writes to. All calls but interrupt() and the getters that say so come from
/// the destination's own thread, which may be kept waiting; nobody else is.
class Sink {
public:
    Sink() = default;
    Sink(const Sink &) = delete;
    Sink &operator=(const Sink &) = delete;
    virtual ~Sink() = default;

    /// Gets ready without a packet: connects, makes the folder. Called again after a failure.
    virtual Result<void> prepare() = 0;
    /// Takes one packet. The first after prepare() is a key frame of video; a jump in the dts of
    /// video is a hole, after which it is a key frame again. An error means that the destination
    /// is to be prepared anew; what it can go on with by itself is told by trouble().
    virtual Result<void> write(const TimelinePacketPtr &packet) = 0;
    /// Ends cleanly (trailer, last segment); never called after an error.
    virtual Result<void> finish() = 0;
    /// Drops what is open without an end; prepare() may follow.
    virtual void abandon() = 0;

    /// Where a sink that goes on with the output of a killed publisher begins.
    struct ResumePoint {
        qint64 frame = 0; ///< the first one wanted, a key frame
        /// Sound from this sample on is wanted; nothing: the packet that holds the frame's first
        /// sample, as at any beginning.
        std::optional<qint64> soundFrom;
    };
    /// Valid after the first prepare(); nothing for a sink that begins anew.
    virtual std::optional<ResumePoint> resumePoint() const { return {}; }

    /// Any thread: finish() is to leave open what another publisher will go on with.
    void leaveOpen() { m_isLeftOpen = true; }

    /// What is wrong at the moment though packets are still taken (a full disk).
    const std::optional<Error> &trouble() const { return m_trouble; }
    /// What a person should know while all is well (the name of the file). No secrets.
    virtual QString note() const { return {}; }
    /// Where it can be watched or found; empty when there is no such place.
    virtual QString address() const { return {}; }

    /// Any thread: makes a call that waits return soon with an error, from now on for ever.
    void interrupt() { m_isInterrupted = true; }
    bool isInterrupted() const { return m_isInterrupted; }

    /// Any thread: bytes written out so far; frames that are missing in what was written.
    qint64 bytesWritten() const { return m_bytes; }
    qint64 lostFrames() const { return m_lostFrames; }

protected:
    std::optional<Error> m_trouble;
    std::atomic<bool> m_isInterrupted = false;
    std::atomic<bool> m_isLeftOpen = false;
    std::atomic<qint64> m_bytes = 0;
    std::atomic<qint64> m_lostFrames = 0;
};

} // namespace continuo
