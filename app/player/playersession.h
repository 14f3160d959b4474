// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/messagesocket.h"
#include "core/frames/framestorewriter.h"
#include "core/media/clipreader.h"

#include <QJsonObject>

#include <atomic>

namespace continuo {

/// One player's life under an engine (docs/protocols.md, section 2): waits for work, plays one
/// clip into the frame store, says how it went, waits for the end. A thread of its own watches the
/// control socket: when the engine goes, the process goes, whatever the decoder is doing.
class PlayerSession final {
public:
    PlayerSession(MessageSocket control, FrameStoreWriter store);

    /// Runs until the control socket ends; the exit status.
    int run();

private:
    void play(const QJsonObject &open);
    void playClip(const ClipRequest &request);
    void playSlate(const QJsonObject &open);
    void fail(const Error &error, std::int64_t frames);
    void tell(const QJsonObject &message) const;

    static constexpr std::int64_t kSameEnd = -2;

    MessageSocket m_control;
    FrameStoreWriter m_store;
    std::atomic<std::int64_t> m_until = kSameEnd; // what the engine said last, not taken up yet
};

} // namespace continuo
