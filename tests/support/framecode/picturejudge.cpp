// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/picturejudge.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

constexpr std::size_t kLookahead = 64;
constexpr std::size_t kMaxExtra = 48;
constexpr std::int64_t kMaxLost = 150;
// After this many pictures that agree an explanation is believed.
constexpr std::size_t kProof = 4;
// A stretch is handed on in parts, so that the sound waiting for it stays bounded.
constexpr std::int64_t kMaxStretch = 600;

} // namespace

PictureJudge::PictureJudge(const Expectation &expectation, const ExpectedSequence &sequence,
                           Report &report, StretchHandler onStretch)
    : m_expectation(expectation)
    , m_sequence(sequence)
    , m_report(report)
    , m_onStretch(std::move(onStretch))
{
}

void PictureJudge::push(const ObservedPicture &picture)
{
    if (m_report.seen == 0)
        m_firstSeconds = picture.seconds;
    ++m_report.seen;
    if (picture.state == ReadState::Read)
        ++m_report.read;
    m_waiting.push_back(picture);
    while (m_waiting.size() > kLookahead)
        step();
}

void PictureJudge::finish()
{
    while (!m_waiting.empty())
        step();
    closeStretch(false);
    if (!m_locked) {
        fault(u"end"_s, u"no frame of the list was seen"_s);
        return;
    }
    if (m_expectation.end == End::Anywhere || m_sequence.isEnd(m_expected))
        return;
    const Position next = m_sequence.nextItem(m_expected);
    if (m_sequence.isEnd(next) && m_sequence.item(m_expected.ordinal).cut)
        return;
    std::int64_t missing = 0;
    for (Position at = m_expected; !m_sequence.isEnd(at); at = m_sequence.nextItem(at))
        missing += m_sequence.endFrame(at.ordinal) - at.frame;
    m_report.lost += missing;
    fault(u"end"_s, u"ends %1 frames before the end of the list"_s.arg(missing), missing);
}

double PictureJudge::sinceStart(double seconds) const
{
    return seconds - m_firstSeconds;
}

void PictureJudge::fault(const QString &kind, const QString &text, std::int64_t frames)
{
    if (m_waiting.empty()) {
        m_report.addFault({kind, m_report.seen, sinceStart(m_lastSeconds), text, frames});
        return;
    }
    const ObservedPicture &head = m_waiting.front();
    m_report.addFault({kind, head.atFrame, sinceStart(head.seconds), text, frames});
}

bool PictureJudge::shows(const Position &position, const PictureCode &code) const
{
    return !m_sequence.isEnd(position) && m_sequence.clipAt(position) == code.clip
        && m_sequence.sourceFrameAt(position) == code.frame;
}

/// How many of the waiting pictures from `from` on are what the sequence shows from `position` on.
int PictureJudge::agreement(std::size_t from, Position position, std::size_t count) const
{
    int score = 0;
    for (std::size_t at = from; at < m_waiting.size() && at < from + count; ++at) {
        const ObservedPicture &picture = m_waiting[at];
        if (picture.state == ReadState::Read && shows(position, picture.code))
            ++score;
        position = m_sequence.advanced(position, 1);
    }
    return score;
}

/// True when the pictures from `from` on, a few of them, are just what the sequence shows.
bool PictureJudge::agrees(std::size_t from, const Position &position) const
{
    if (from >= m_waiting.size() || m_waiting[from].state != ReadState::Read)
        return false;
    std::size_t readable = 0;
    for (std::size_t at = from; at < m_waiting.size() && at < from + kProof; ++at)
        readable += m_waiting[at].state == ReadState::Read ? 1u : 0u;
    // Where the list ends there is nothing left to agree about.
    std::size_t left = 0;
    for (Position at = position; left < kProof && !m_sequence.isEnd(at); ++left)
        at = m_sequence.advanced(at, 1);
    return shows(position, m_waiting[from].code)
        && agreement(from, position, kProof) >= static_cast<int>(std::min(readable, left));
}

void PictureJudge::step()
{
    if (!m_locked)
        lock();
    else if (m_sequence.isEnd(m_expected))
        afterEnd();
    else if (m_waiting.front().state != ReadState::Read)
        takeUnread();
    else if (shows(m_expected, m_waiting.front().code))
        accept();
    else
        takeMismatch();
}

void PictureJudge::lock()
{
    const ObservedPicture &head = m_waiting.front();
    if (head.state == ReadState::None) {
        countDark();
        return;
    }
    if (head.state == ReadState::Damaged) {
        ++m_report.unreadable;
        fault(u"unreadable"_s, u"the code is damaged"_s);
        dropHead();
        return;
    }
    if (m_expectation.begin == Begin::AtFirstFrame) {
        m_expected = m_sequence.first();
        m_locked = true;
        return;
    }
    const auto places = m_sequence.placesOf(head.code.clip, head.code.frame);
    int best = 0;
    for (const Position &place : places) {
        const int score = agreement(0, place, kLookahead);
        if (score > best)
            m_others.clear();
        if (score >= best)
            m_others.push_back(place);
        best = std::max(best, score);
    }
    if (m_others.empty()) {
        ++m_report.foreign;
        fault(
            u"foreign"_s,
            u"clip %1 frame %2 is nowhere in the list"_s.arg(head.code.clip).arg(head.code.frame));
        dropHead();
        return;
    }
    m_expected = m_others.front();
    m_others.erase(m_others.begin());
    m_locked = true;
}

void PictureJudge::dropHead()
{
    m_lastSeconds = m_waiting.front().seconds;
    m_waiting.pop_front();
}

void PictureJudge::countDark()
{
    const bool atEnds = !m_last || m_sequence.isEnd(m_expected);
    const bool allowed = m_expectation.slate == Slate::Anywhere
        || (m_expectation.slate == Slate::AtEnds && atEnds);
    if (!allowed && !m_dark)
        fault(u"dark"_s, u"pictures without a code from here"_s);
    m_dark = true;
    ++m_report.slate;
    if (m_last && !atEnds) {
        ++m_extraSinceLast;
        ++m_slateSinceLast;
    }
    dropHead();
}

void PictureJudge::afterEnd()
{
    closeStretch(false);
    const ObservedPicture &head = m_waiting.front();
    if (head.state == ReadState::None) {
        countDark();
        return;
    }
    if (head.state == ReadState::Read && head.code == m_lastCode
        && m_expectation.slate != Slate::Never) {
        // The last picture is held before the slate comes.
        ++m_report.slate;
        dropHead();
        return;
    }
    ++m_report.foreign;
    fault(u"foreign"_s, u"a picture after the end of the list"_s);
    dropHead();
}

void PictureJudge::accept()
{
    m_dark = false;
    std::erase_if(m_others,
                  [this](const Position &other) { return !shows(other, m_waiting.front().code); });
    for (Position &other : m_others)
        other = m_sequence.advanced(other, 1);
    noteJoin();
    extendStretch();
    m_last = m_expected;
    m_lastCode = m_waiting.front().code;
    m_lostSinceLast = 0;
    m_extraSinceLast = 0;
    m_slateSinceLast = 0;
    m_leftEarly = false;
    m_expected = m_sequence.advanced(m_expected, 1);
    dropHead();
}

void PictureJudge::noteJoin()
{
    if (!m_last || m_last->ordinal == m_expected.ordinal)
        return;
    const ObservedPicture &head = m_waiting.front();
    Join join;
    join.atFrame = head.atFrame;
    join.seconds = sinceStart(head.seconds);
    join.fromOrdinal = m_last->ordinal;
    join.fromItem = m_sequence.itemIndex(m_last->ordinal);
    join.toOrdinal = m_expected.ordinal;
    join.toItem = m_sequence.itemIndex(m_expected.ordinal);
    join.held = static_cast<int>(m_extraSinceLast);
    join.lost = m_lostSinceLast;
    join.early = m_leftEarly;
    // A slate that may be there holds nothing up.
    const std::int64_t held
        = m_extraSinceLast - (m_expectation.slate == Slate::Anywhere ? m_slateSinceLast : 0);
    const bool heldTooLong = held > (m_leftEarly ? m_expectation.heldAtCut : 0);
    join.exact = m_lostSinceLast == 0 && !heldTooLong
        && m_expected.frame == m_sequence.firstFrame(m_expected.ordinal);
    m_report.joins.push_back(join);
}

void PictureJudge::extendStretch()
{
    const ObservedPicture &head = m_waiting.front();
    const double frame = 1 / m_expectation.fps.value();
    const bool follows = m_stretch && m_last && m_last->ordinal == m_expected.ordinal
        && m_last->frame + 1 == m_expected.frame && m_extraSinceLast == 0
        && std::abs(head.seconds - m_lastSeconds - frame) < frame / 2;
    if (!follows || m_stretch->frames >= kMaxStretch)
        closeStretch(follows);
    if (!m_stretch) {
        m_stretch = Stretch{m_expected,      0, head.atFrame, head.seconds, 0,
                            head.code.frame, 0, m_continues,  false};
        m_zeroSum = 0;
    }
    ++m_stretch->frames;
    m_stretch->lastSource = head.code.frame;
    // Relative to the stretch's own first picture, to keep the sum small and so exact.
    m_zeroSum += head.seconds - m_stretch->seconds - m_expected.frame * frame;
}

void PictureJudge::closeStretch(bool continued)
{
    m_continues = continued && m_stretch.has_value();
    if (!m_stretch)
        return;
    m_stretch->zeroSeconds
        = m_stretch->seconds + m_zeroSum / static_cast<double>(m_stretch->frames);
    m_stretch->continued = continued;
    m_onStretch(*m_stretch);
    m_stretch.reset();
}

void PictureJudge::takeUnread()
{
    std::size_t count = 0;
    while (count < m_waiting.size() && m_waiting[count].state != ReadState::Read)
        ++count;
    const bool head = m_waiting.front().state == ReadState::Damaged;
    const Position after = m_sequence.advanced(m_expected, static_cast<std::int64_t>(count));
    const bool replaced = count < m_waiting.size()
        ? agreement(count, after, kProof) >= agreement(count, m_expected, kProof)
            && agreement(count, after, kProof) > 0
        : head;
    if (!replaced) {
        closeStretch(false);
        countDark();
        return;
    }
    ++m_report.unreadable;
    fault(u"unreadable"_s,
          head ? u"the code is damaged"_s : u"no code where the list has a frame"_s);
    for (Position &other : m_others)
        other = m_sequence.advanced(other, 1);
    // It stands for the frame expected: neither a hole in the stretch nor a doubtful join.
    noteJoin();
    if (m_stretch && m_stretch->first.ordinal == m_expected.ordinal
        && m_stretch->first.frame + m_stretch->frames == m_expected.frame) {
        ++m_stretch->frames;
        m_zeroSum += m_waiting.front().seconds - m_stretch->seconds
            - m_expected.frame / m_expectation.fps.value();
    }
    m_last = m_expected;
    m_expected = m_sequence.advanced(m_expected, 1);
    dropHead();
}

bool PictureJudge::takeOther()
{
    const auto other = std::find_if(m_others.begin(), m_others.end(), [this](const Position &at) {
        return shows(at, m_waiting.front().code);
    });
    if (other == m_others.end())
        return false;
    // The input began in another airing of the same clip: what was seen so far fits both.
    m_expected = *other;
    if (m_last) {
        m_last->ordinal = m_expected.frame > m_sequence.firstFrame(m_expected.ordinal)
            ? m_expected.ordinal
            : m_expected.ordinal - 1;
    }
    m_others.erase(other);
    return true;
}

bool PictureJudge::takeSwap()
{
    const Position second = m_sequence.advanced(m_expected, 1);
    if (m_waiting.size() < 2 || m_waiting[1].state != ReadState::Read
        || !shows(second, m_waiting[0].code) || !shows(m_expected, m_waiting[1].code))
        return false;
    ++m_report.outOfOrder;
    fault(u"order"_s,
          u"frame %1 of clip %2 comes before frame %3"_s.arg(m_waiting[0].code.frame)
              .arg(m_waiting[0].code.clip)
              .arg(m_waiting[1].code.frame));
    closeStretch(false);
    noteJoin();
    m_lastCode = m_waiting[0].code;
    m_last = second;
    m_lostSinceLast = 0;
    m_extraSinceLast = 0;
    m_slateSinceLast = 0;
    m_expected = m_sequence.advanced(second, 1);
    dropHead();
    dropHead();
    return true;
}

void PictureJudge::takeMismatch()
{
    m_dark = false;
    if (takeOther() || takeSwap())
        return;
    m_others.clear();
    if (const auto repair = findRepair()) {
        applyRepair(*repair);
        return;
    }
    if (const auto target = findJump()) {
        applyJump(*target);
        return;
    }
    const ObservedPicture &head = m_waiting.front();
    closeStretch(false);
    ++m_extraSinceLast;
    if (m_last && head.code == m_lastCode) {
        ++m_report.repeated;
        fault(u"repeated"_s, u"the frame before is shown again"_s);
    } else {
        ++m_report.foreign;
        fault(u"foreign"_s,
              u"clip %1 frame %2 is not what the list has, here or near"_s.arg(head.code.clip)
                  .arg(head.code.frame));
    }
    dropHead();
}

std::optional<PictureJudge::Repair> PictureJudge::findRepair() const
{
    std::vector<Repair> targets;
    Position at = m_expected;
    for (std::int64_t lost = 0; lost <= kMaxLost && !m_sequence.isEnd(at); ++lost) {
        targets.push_back({0, lost, at, false});
        at = m_sequence.advanced(at, 1);
    }
    if (m_sequence.item(m_expected.ordinal).cut) {
        at = m_sequence.nextItem(m_expected);
        for (std::int64_t lost = 0; lost <= kMaxLost && !m_sequence.isEnd(at); ++lost) {
            targets.push_back({0, lost, at, true});
            at = m_sequence.advanced(at, 1);
        }
    }
    std::optional<Repair> best;
    const auto cost = [](const Repair &repair) {
        return static_cast<std::int64_t>(repair.extra) + repair.lost;
    };
    const std::size_t extras = std::min(kMaxExtra, m_waiting.size() - 1);
    for (std::size_t extra = 0; extra <= extras; ++extra) {
        for (Repair repair : targets) {
            repair.extra = extra;
            if ((!best || cost(repair) < cost(*best)) && agrees(extra, repair.target))
                best = repair;
        }
    }
    return best;
}

void PictureJudge::applyRepair(const Repair &repair)
{
    closeStretch(false);
    std::size_t repeated = 0;
    std::size_t dark = 0;
    for (std::size_t at = 0; at < repair.extra; ++at) {
        repeated += m_waiting[at].state == ReadState::Read && m_waiting[at].code == m_lastCode;
        dark += m_waiting[at].state != ReadState::Read;
    }
    const std::size_t strange = repair.extra - repeated - dark;
    const bool heldAsAllowed = repair.early && strange == 0 && dark == 0
        && static_cast<int>(repeated) <= m_expectation.heldAtCut;
    m_report.repeated += static_cast<std::int64_t>(repeated);
    m_report.slate += static_cast<std::int64_t>(dark);
    m_report.outOfOrder += static_cast<std::int64_t>(strange);
    if (repeated > 0 && !heldAsAllowed)
        fault(u"repeated"_s,
              u"clip %1 frame %2 is shown %3 times too often"_s.arg(m_lastCode.clip)
                  .arg(m_lastCode.frame)
                  .arg(repeated),
              std::int64_t(repeated));
    if (strange > 0)
        fault(u"order"_s,
              u"%1 frames from elsewhere, from clip %2 frame %3 on"_s.arg(strange)
                  .arg(m_waiting.front().code.clip)
                  .arg(m_waiting.front().code.frame),
              std::int64_t(strange));
    if (dark > 0 && m_expectation.slate != Slate::Anywhere)
        fault(u"dark"_s, u"%1 pictures without a code"_s.arg(dark), std::int64_t(dark));
    if (repair.lost > 0) {
        m_report.lost += repair.lost;
        fault(u"lost"_s,
              u"%1 frames are missing before clip %2 frame %3"_s.arg(repair.lost)
                  .arg(m_sequence.clipAt(repair.target))
                  .arg(m_sequence.sourceFrameAt(repair.target)),
              repair.lost);
    }
    for (std::size_t at = 0; at < repair.extra; ++at)
        dropHead();
    m_extraSinceLast += static_cast<std::int64_t>(repair.extra);
    m_slateSinceLast += static_cast<std::int64_t>(dark);
    m_lostSinceLast += repair.lost;
    m_leftEarly = repair.early;
    m_expected = repair.target;
}

std::optional<PictureJudge::Position> PictureJudge::findJump() const
{
    const PictureCode &code = m_waiting.front().code;
    const auto count = static_cast<std::int64_t>(m_sequence.itemCount());
    const std::int64_t pass = m_expected.ordinal / count * count;
    std::optional<Position> best;
    int bestScore = 0;
    std::int64_t bestDistance = 0;
    for (Position place : m_sequence.placesOf(code.clip, code.frame)) {
        // The airing in this pass of the list and the ones beside it.
        const std::int64_t base = place.ordinal;
        for (std::int64_t start = pass - count; start <= pass + count; start += count) {
            place.ordinal = base + start;
            if (place.ordinal < 0 || m_sequence.isEnd(place))
                continue;
            const bool back = place.ordinal < m_expected.ordinal
                || (place.ordinal == m_expected.ordinal && place.frame < m_expected.frame);
            const std::int64_t distance = back ? m_sequence.distance(place, m_expected)
                                               : m_sequence.distance(m_expected, place);
            const int score = agreement(0, place, kLookahead);
            if (score > bestScore || (score == bestScore && distance < bestDistance)) {
                best = place;
                bestScore = score;
                bestDistance = distance;
            }
        }
    }
    const bool proven = bestScore >= static_cast<int>(std::min(2 * kProof, m_waiting.size()));
    return proven ? best : std::nullopt;
}

void PictureJudge::applyJump(const Position &target)
{
    closeStretch(false);
    const bool back = target.ordinal < m_expected.ordinal
        || (target.ordinal == m_expected.ordinal && target.frame < m_expected.frame);
    const std::int64_t frames
        = back ? m_sequence.distance(target, m_expected) : m_sequence.distance(m_expected, target);
    (back ? m_report.repeated : m_report.lost) += frames;
    fault(u"jump"_s,
          u"leaps %1 by %2 frames, to item %3 house frame %4"_s.arg(back ? u"back"_s : u"forward"_s)
              .arg(frames)
              .arg(m_sequence.itemIndex(target.ordinal))
              .arg(target.frame),
          back ? -frames : frames);
    m_lostSinceLast += frames;
    m_expected = target;
}

} // namespace framecode
