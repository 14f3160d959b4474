// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/publish/releaserule.h"

#include <QString>

#include <atomic>
#include <functional>
#include <thread>

namespace continuo {

/// One encoder session as the engine announces it.
struct SessionRequest {
    int session = 0;
    qint64 firstFrame = 0; ///< m
    QString fifo; ///< encoded NUT comes from here
    FrameRate rate;
    int videoBitrate = 0; ///< bits per second, 0 = not known; some servers show it
    int audioBitrate = 0;
    std::optional<qint64> nextSample; ///< of the session before; nothing for the first
};

/// What has been read of a session so far.
struct SessionProgress {
    qint64 bytes = 0; ///< encoded payload
    qint64 videoPackets = 0;
    std::optional<qint64> nextSample; ///< the first sample not released
    int pipeBytes = 0; ///< waiting in the FIFO
    int pipeCapacity = 0;
};

/// How a session ended.
struct SessionEnd {
    int session = 0;
    qint64 nextFrame = 0; ///< the first frame that was not released
    std::optional<qint64> nextSample;
    bool hasReleased = false; ///< something of it is out
    bool sawEnd = false; ///< the writer closed its end (not: told to close)
};

/// Reads one encoder session from its FIFO, in a thread of its own, and hands out what the release
/// rule sets free. Owned by one thread; the callbacks run in the reader's thread.
class SessionReader final {
public:
    struct Callbacks {
        /// A batch to send; M (all frames below are now out).
        std::function<void(TimelineBatch, qint64 nextFrame, const SessionProgress &)> released;
        /// Last callback of a session: what was held is dropped.
        std::function<void(const SessionEnd &)> ended;
        /// The stream is not what it should be; ended follows.
        std::function<void(int session, const Error &)> failed;
    };

    /// Begins to read; the FIFO's writer need not be there yet. Errors: Io (no descriptor left).
    static Result<std::unique_ptr<SessionReader>> start(SessionRequest request,
                                                        Callbacks callbacks);
    /// Stops at once (what is left in the FIFO is not read) and joins the thread.
    ~SessionReader();
    SessionReader(const SessionReader &) = delete;
    SessionReader &operator=(const SessionReader &) = delete;

    int session() const { return m_request.session; }
    /// The writer is known to be gone: read what is left, then end. An O_NONBLOCK reader sees
    /// neither data nor hang-up when the writer died before it opened the FIFO, so it must be told.
    void finish();

private:
    SessionReader(SessionRequest request, Callbacks callbacks, EventFd wake);
    void run();
    void readPackets(AVFormatContext *input);
    Result<void> takePacket(AVPacket *packet, const AVStream *stream);
    int readBytes(std::uint8_t *buffer, int size);
    static int onRead(void *opaque, std::uint8_t *buffer, int size);
    SessionProgress progress() const;

    const SessionRequest m_request;
    const Callbacks m_callbacks;
    EventFd m_wake;
    std::atomic<bool> m_finish = false; // end when the FIFO is empty
    std::atomic<bool> m_stop = false; // end now
    // All below: the reader's thread only.
    UniqueFd m_fifo;
    ReleaseRule m_rule;
    std::shared_ptr<const StreamSet> m_streams;
    SessionProgress m_progress;
    bool m_sawEnd = false;
    std::thread m_thread; // last: starts when all else is there
};

} // namespace continuo
