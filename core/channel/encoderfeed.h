// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/eventfd.h"
#include "core/base/houseformat.h"
#include "core/frames/ledger.h"
#include "core/frames/retainedframes.h"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace continuo {

class FifoWriter;
class NutWriter;

/// Writes the retained frames of one encoder session into its FIFO in, from frame m on, as fast as
/// the encoder reads, and notes in the ledger how far it got. Has a thread of its own, the only
/// writer of that FIFO.
///
/// It can go on in the FIFO of an engine that died in the middle of a frame: what is missing of the
/// picture is filled up, the demuxer finds the next frame by a new header, and the encoder passes
/// over what it gets twice. Sound comes in packets that a pipe takes whole or not at all, so that
/// no sample is ever damaged.
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

    struct Request {
        HouseFormat format;
        std::int64_t session = 0;
        std::int64_t firstFrame = 0;
        QString fifo;
        UniqueFd writeEnd; ///< of a session that is under way already; else the FIFO is opened
        LedgerState stood; ///< with writeEnd: where the engine before us stood
        std::shared_ptr<Ledger> ledger; ///< may be null
    };
    /// Callbacks are called on the feed's thread. Errors: Io.
    static Result<std::unique_ptr<EncoderFeed>>
    start(Request request, std::shared_ptr<RetainedFrames> retained, Callbacks callbacks);
    /// Frames are going in.
    bool isOpen() const { return m_isOpen; }
    /// Stops at once, wherever it is, and joins.
    ~EncoderFeed();

private:
    EncoderFeed(Request request, std::shared_ptr<RetainedFrames> retained, Callbacks callbacks,
                EventFd stop);

    void run();
    Result<void> writeAll();
    Result<void> begin(NutWriter &nut);
    Result<void> goOn(NutWriter &nut);
    Result<void> writeSound(NutWriter &nut, std::int64_t first,
                            std::span<const std::int16_t> samples);
    AirFramePtr waitForFrame(std::int64_t number);

    Request m_request;
    const std::shared_ptr<RetainedFrames> m_retained;
    const Callbacks m_callbacks;
    const EventFd m_stop;
    std::atomic<bool> m_isStopping = false;
    std::atomic<bool> m_isOpen = false;
    FifoWriter *m_pipe = nullptr; // feed's thread
    std::vector<std::uint8_t> m_packet; // of sound, until it is whole; feed's thread
    bool m_isGathering = false; // feed's thread
    std::size_t m_skip = 0; // bytes of the header that are left out; feed's thread
    std::jthread m_thread; // last: it uses all of the above
};

} // namespace continuo
