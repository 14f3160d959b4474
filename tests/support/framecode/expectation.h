// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/clip.h"

#include <QString>

#include <memory>
#include <optional>
#include <vector>

// The model: which source frame each house frame must show. It knows nothing of how the chain does
// it.
//
// With all times relative to the clip's first frame, in the container's own ticks:
//  - an item of picture duration d has round(d * fps) house frames;
//  - house frame k shows the last source frame i, in presentation order, with
//    round(t_i * fps) <= k;
//  - the tie rule: a half is rounded away from zero, in exact arithmetic. A frame at 0.5 of a house
//    frame so belongs to house frame 1, not to 0. (FFmpeg's fps filter with round=near does this.)
//  - the item's sound begins with its first picture at the first sample of its first house frame;
//    it is cut at the item's last house frame, and silence where it is too short.
namespace framecode {

/// The source frame of each house frame of a whole clip.
std::vector<int> houseFramesOf(const Clip &clip, const Rate &fps);

struct ExpectedItem {
    std::shared_ptr<const Clip> clip;
    int from = 0; // first house frame shown
    std::optional<int> to; // house frame after the last one shown; none: the whole item
    bool cut = false; // may end early, at any frame (skip, take)
};

enum class Begin { AtFirstFrame, Anywhere };
enum class End { Complete, Anywhere };
enum class Slate {
    Never,
    AtEnds, // before the first item and after the last
    Anywhere,
};

/// The list as it must have been aired.
///
/// As a file: JSON
///   {"fps": "30/1",
///    "items": [{"sidecar": "a.mp4.framecode.json", "from": 0, "to": null, "cut": false}, …],
///    "times": 1,            how often the list is played
///    "loop": false,         true: for ever, `times` is then ignored
///    "start": 0,            or "anywhere": the input may begin in the middle
///    "end": "complete",     or "anywhere": the input may stop in the middle
///    "slate": "ends",       frames without a code: "never", "ends", "anywhere"
///    "held": 0}             repeated frames allowed where an item with "cut" was left
/// `sidecar` may also be the media file; relative paths are seen from the file's folder.
struct Expectation {
    Rate fps{30, 1};
    std::vector<ExpectedItem> items;
    int times = 1;
    bool loop = false;
    Begin begin = Begin::AtFirstFrame;
    End end = End::Complete;
    Slate slate = Slate::AtEnds;
    int heldAtCut = 0;
};

/// "never", "ends" or "anywhere".
Outcome<Slate> parseSlate(const QString &word);
Outcome<Expectation> readExpectation(const QString &path);

/// Every clip of a list that `framecode corpus` wrote, in its order, each whole.
Outcome<Expectation> expectationOfList(const QString &listPath, const Rate &fps);

/// What the house frames must show, as one sequence: the items one after the other, repeated as
/// the expectation says. Positions are walked, not counted: a loop has no end.
class ExpectedSequence {
public:
    struct Position {
        std::int64_t ordinal = 0; // items aired before this one
        int frame = 0; // house frame within the item, from its very beginning
        bool operator==(const Position &) const = default;
    };

    /// Throws away nothing: items of no frames stay and are passed over.
    explicit ExpectedSequence(const Expectation &expectation);

    bool isEmpty() const { return m_framesInPass == 0; }
    bool isEnd(const Position &position) const;
    Position first() const;
    Position advanced(Position position, std::int64_t frames) const;
    /// The first frame of the next item that has frames.
    Position nextItem(const Position &position) const;
    /// Frames from one position on to a later one.
    std::int64_t distance(Position from, const Position &to) const;

    int clipAt(const Position &position) const;
    int sourceFrameAt(const Position &position) const;
    int itemIndex(std::int64_t ordinal) const;
    const ExpectedItem &item(std::int64_t ordinal) const;
    int firstFrame(std::int64_t ordinal) const;
    int endFrame(std::int64_t ordinal) const;
    std::int64_t framesInPass() const { return m_framesInPass; }
    std::size_t itemCount() const { return m_items.size(); }
    /// Every place in one pass of the list that shows this source frame.
    std::vector<Position> placesOf(int clip, int sourceFrame) const;

private:
    struct Entry {
        ExpectedItem item;
        std::shared_ptr<const std::vector<int>> frames;
        int first = 0;
        int end = 0;
    };
    const Entry &entry(std::int64_t ordinal) const;
    Position settled(Position position) const;

    std::vector<Entry> m_items;
    std::int64_t m_ordinals = 0; // -1: without end
    std::int64_t m_framesInPass = 0;
};

} // namespace framecode
