// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/expectation.h"
#include "tests/support/framecode/report.h"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace framecode {

struct ObservedPicture {
    std::int64_t atFrame = 0; // counted from 0 in the input
    double seconds = 0; // presentation time as in the container
    ReadState state = ReadState::None;
    PictureCode code;
};

/// House frames of one item, shown one after the other, each as the model orders.
struct Stretch {
    ExpectedSequence::Position first;
    std::int64_t frames = 0;
    std::int64_t atFrame = 0;
    double seconds = 0; // of its first picture
    double zeroSeconds
        = 0; // where the item's house frame 0 lies (or would lie), by the mean of all
    int firstSource = 0;
    int lastSource = 0;
    bool continues = false; // goes on where the stretch before it ended
    bool continued = false; // the next one goes on where it ends
};

/// Lays the pictures that were seen beside the sequence that the model orders, and names each
/// difference: it looks ahead by kLookahead pictures and takes the explanation with the fewest lost
/// and added frames after which the two agree again.
class PictureJudge {
public:
    using StretchHandler = std::function<void(const Stretch &)>;

    PictureJudge(const Expectation &expectation, const ExpectedSequence &sequence, Report &report,
                 StretchHandler onStretch);

    void push(const ObservedPicture &picture);
    /// After the last picture: judges what is left and how the input ends.
    void finish();

private:
    using Position = ExpectedSequence::Position;
    struct Repair {
        std::size_t extra = 0;
        std::int64_t lost = 0;
        Position target;
        bool early = false;
    };

    void step();
    void lock();
    void afterEnd();
    void accept();
    void takeUnread();
    void takeMismatch();
    bool takeSwap();
    bool takeOther();
    std::optional<Repair> findRepair() const;
    std::optional<Position> findJump() const;
    void applyRepair(const Repair &repair);
    void applyJump(const Position &target);
    void dropHead();
    void countDark();
    bool shows(const Position &position, const PictureCode &code) const;
    int agreement(std::size_t from, Position position, std::size_t count) const;
    bool agrees(std::size_t from, const Position &position) const;
    void noteJoin();
    void extendStretch();
    void closeStretch(bool continued);
    void fault(const QString &kind, const QString &text, std::int64_t frames = 1);
    double sinceStart(double seconds) const;

    const Expectation &m_expectation;
    const ExpectedSequence &m_sequence;
    Report &m_report;
    StretchHandler m_onStretch;

    std::deque<ObservedPicture> m_waiting;
    bool m_locked = false;
    Position m_expected; // what the head of m_waiting must show
    std::vector<Position> m_others; // other places where the input may have begun
    std::optional<Position> m_last; // what the last agreeing picture showed
    PictureCode m_lastCode;
    std::int64_t m_lostSinceLast = 0;
    std::int64_t m_extraSinceLast = 0;
    std::int64_t m_slateSinceLast = 0; // of those
    bool m_leftEarly = false;
    bool m_dark = false; // the picture before had no code
    double m_firstSeconds = 0;
    std::optional<Stretch> m_stretch;
    double m_zeroSum = 0;
    double m_lastSeconds = 0;
    bool m_continues = false;
};

} // namespace framecode
