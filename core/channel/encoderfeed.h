// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/houseformat.h"
#include "core/frames/retainedframes.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace continuo {

/// Writes the retained frames of one encoder session into its FIFO in, from frame m on, as fast as
/// the encoder reads. Has a thread of its own, the only writer of that FIFO.
///
/// When a neighbour dies: the encoder's end is seen as EPIPE within a frame and reported; the clock
/// goes on pushing frames meanwhile.
class EncoderFeed final {
public:
    struct Callbacks {
        /// The FIFO is open; the descriptor is a second write end, the callee's to keep (so that
        /// the encoder reads no end-of-file when we die) and to close for the end of the stream.
        std::function<void(UniqueFd)> opened;
        /// The thread is done. No error: all frames were written and our write end is closed.
        std::function<void(Result<void>)> ended;
    };

    /// Callbacks are called on the feed's thread. Errors: Io.
    static Result<std::unique_ptr<EncoderFeed>> start(const HouseFormat &format,
                                                      std::int64_t firstFrame, const QString &fifo,
                                                      std::shared_ptr<RetainedFrames> retained,
                                                      Callbacks callbacks);
    /// Stops at once, wherever it is, and joins.
    ~EncoderFeed();

private:
    EncoderFeed(const HouseFormat &format, std::int64_t firstFrame, QString fifo,
                std::shared_ptr<RetainedFrames> retained, Callbacks callbacks, EventFd stop);

    void run();
    Result<void> writeAll();
    AirFramePtr waitForFrame(std::int64_t number);

    const HouseFormat m_format;
    const std::int64_t m_firstFrame;
    const QString m_fifo;
    const std::shared_ptr<RetainedFrames> m_retained;
    const Callbacks m_callbacks;
    const EventFd m_stop;
    std::atomic<bool> m_isStopping = false;
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
