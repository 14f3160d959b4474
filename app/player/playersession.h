// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/fileidentity.h"
#include "core/base/logoplace.h"
#include "core/base/messagesocket.h"
#include "core/frames/framestorewriter.h"
#include "core/media/clipreader.h"

#include <QJsonObject>

#include <atomic>
#include <optional>
#include <span>

namespace continuo {

/// One player's life under an engine (docs/protocols.md, section 2): waits for work, opens the one
/// file, locks itself into its cell, plays the clip into the frame store, says how it went, waits
/// for the end. From the cell on a thread of its own watches the control socket: when the engine
/// goes, the process goes, whatever the decoder is doing. (Before, the system ends it with the
/// engine.)
class PlayerSession final {
public:
    PlayerSession(MessageSocket control, FrameStoreWriter store);

    /// Runs until the control socket ends; the exit status.
    int run();

private:
    /// What one "open" asks for, with all of it open that has to be.
    struct Work {
        ClipRequest request;
        ClipResources resources;
        std::optional<FileIdentity> identity; ///< of the file, as it was opened
        bool isSlate = false; ///< one picture: `card`, else that of the file
        FramePtr card;
        FramePtr digits; ///< of the slate's clock; null: there is none
        std::optional<LogoPlace> logo; ///< draws the picture of the file there
    };

    Result<QJsonObject> awaitOpen() const;
    Result<Work> prepare(const QJsonObject &open) const;
    void play(Work work);
    void playClip(ClipReader &clip);
    void playSlate(Work work);
    Result<std::vector<std::uint8_t>> slatePicture(Work work) const;
    void playLogo(const ClipFilePtr &file, const LogoPlace &place);
    Result<void> handOver(std::span<const std::uint8_t> picture, std::int64_t itemFrame);
    void fail(const Error &error, std::int64_t frames);
    void tell(const QJsonObject &message) const;

    static constexpr std::int64_t kSameEnd = -2;

    MessageSocket m_control;
    FrameStoreWriter m_store;
    std::atomic<std::int64_t> m_until = kSameEnd; // what the engine said last, not taken up yet
};

} // namespace continuo
