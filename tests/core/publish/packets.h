// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/publish/timeline.h"

#include <vector>

namespace continuo::test {

/// A stream set with plausible extradata; \p variant changes its fingerprint.
std::shared_ptr<const StreamSet> makeStreams(FrameRate rate, int videoDelay = 2, int variant = 0);

/// A packet of \p bytes bytes: an access unit of H.264 or an AAC frame by its looks.
TimelinePacketPtr makeVideo(qint64 pts, qint64 dts, bool isKey, int bytes = 100,
                            const std::shared_ptr<const StreamSet> &streams = {});
TimelinePacketPtr makeAudio(qint64 pts, int bytes = 50,
                            const std::shared_ptr<const StreamSet> &streams = {});

/// The pts of \p count frames from \p first on in the decode order of a B-pyramid (mini-groups
/// I B... P: 0 4 2 1 3 8 6 5 7 ...), closed at each multiple of \p gop and at the end.
std::vector<qint64> pyramidOrder(qint64 first, qint64 count, qint64 gop);

/// What an encoder session that begins at \p first gives for \p count frames: video in pyramid
/// order with dts = first + i - 2, and sound from the run-in on, interleaved by dts with the sound
/// late by \p soundLag packets.
TimelineBatch makeSession(qint64 first, qint64 count, qint64 gop, FrameRate rate, int soundLag = 0,
                          const std::shared_ptr<const StreamSet> &streams = {});

} // namespace continuo::test
