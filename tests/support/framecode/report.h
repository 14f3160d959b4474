// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/rate.h"
#include "tests/support/framecode/segmentsource.h"

#include <QJsonObject>
#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

// What `framecode check --json` prints (one object; fields are added, never changed or taken away):
//
//   passed            true when faultCount is 0
//   input, fps        what was checked, at which house rate ("30/1")
//   startSeconds      presentation time of the first picture, in the container
//   frames            seen, read (with a whole code), lost, repeated, outOfOrder, unreadable (code
//                     damaged, or none where the model has one), slate (no code, in a place of its
//                     own), foreign (a code that the list does not have)
//   runs              [{clip, item, ordinal, firstHouseFrame, frames, firstSource, lastSource,
//   atFrame,
//                     seconds, avMeanMs, avMaxMs, windows}] each stretch of an item without a fault
//                     in it; without an expectation: each stretch of one clip, item and ordinal are
//                     -1
//   joins             [{atFrame, seconds, fromOrdinal, fromItem, toOrdinal, toItem, exact, early,
//   held,
//                     lost}] each boundary between two items; early: left before its end, as
//                     allowed
//   timestamps        {tick, expectedTicks, minTicks, maxTicks, faults} steps of pictures; tick is
//   the
//                     container's, in seconds, expectedTicks is 1/fps in it; faults: a step that is
//                     off by more than a tick, or steps that add up to more than that
//   av                {windows, maxMs, maxFrames, firstMs, lastMs, driftMs} how late the sound is
//                     against the picture; max is the greatest amount of either sign, with its sign
//   sound             {present, seconds, gaps, gapMs, clicks, wrong, unexpected, timestampSteps}
//                     wrong: stretches that carry other sound; unexpected: sound where there must
//                     be silence
//   hls               {segments, missed, discontinuities, ended} or null
//   decodeErrors      packets or pictures that the decoder called broken
//   faultCount, faults [{kind, atFrame, seconds, text, frames}] at most kMaxFaults of them; kinds:
//   lost,
//                     repeated, order, unreadable, dark, foreign, jump, join, timestamp, av, gap,
//                     click, sound, soundtime, segment, decode, end
// Frames are counted from 0 and seconds from the first picture of the input.
namespace framecode {

inline constexpr std::size_t kMaxFaults = 200;

struct Fault {
    QString kind;
    std::int64_t atFrame = -1; // -1: of no one frame
    double seconds = 0;
    QString text;
    std::int64_t frames = 1; // how many it concerns; of a jump: below zero when it leaps back
};

struct Run {
    int clip = 0;
    int item = -1;
    std::int64_t ordinal = -1;
    int firstHouseFrame = 0;
    int firstSource = 0;
    int lastSource = 0;
    std::int64_t atFrame = 0;
    std::int64_t frames = 0;
    double seconds = 0; // of its first frame
    int windows = 0; // of sound that were laid beside the wave expected
    double avMeanMs = 0;
    double avMaxMs = 0;
};

struct Join {
    std::int64_t atFrame = 0;
    double seconds = 0;
    std::int64_t fromOrdinal = 0;
    int fromItem = 0;
    std::int64_t toOrdinal = 0;
    int toItem = 0;
    bool exact = true;
    bool early = false;
    int held = 0;
    std::int64_t lost = 0;
};

struct Report {
    QString input;
    Rate fps;

    double startSeconds = 0;
    std::int64_t seen = 0;
    std::int64_t read = 0;
    std::int64_t lost = 0;
    std::int64_t repeated = 0;
    std::int64_t outOfOrder = 0;
    std::int64_t unreadable = 0;
    std::int64_t slate = 0;
    std::int64_t foreign = 0;
    std::vector<Run> runs;
    std::vector<Join> joins;

    Rate tick{1, 90000};
    double expectedTicks = 0;
    std::int64_t minTicks = 0;
    std::int64_t maxTicks = 0;
    std::int64_t timestampFaults = 0;

    int avWindows = 0;
    double avMaxMs = 0;
    double avFirstMs = 0;
    double avLastMs = 0;

    bool soundPresent = false;
    double soundSeconds = 0;
    int gaps = 0;
    double gapMs = 0;
    int clicks = 0;
    int wrongSound = 0;
    int unexpectedSound = 0;
    int soundTimestampSteps = 0;

    std::optional<HlsFacts> hls;
    int decodeErrors = 0;

    std::int64_t faultCount = 0;
    std::vector<Fault> faults;

    bool passed() const { return faultCount == 0; }
    void addFault(Fault fault);
    /// Number of listed faults of a kind.
    int countOf(const QString &kind) const;
    QJsonObject toJson() const;
    QString toText() const;
};

} // namespace framecode
