// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/clockthread.h"

#include "core/base/logging.h"
#include "core/playout/airmixer.h"
#include "core/playout/itemframe.h"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// The never-dark ladder: hold, then slate, then the emergency clip.
constexpr std::int64_t kMaxHoldSeconds = 2;
constexpr std::int64_t kSlateSeconds = 5;
constexpr std::int64_t kFramesToGoOn = 4; // that an item has in hand when the clip is left for it
constexpr auto kMaxBehind = 5s; // more is not made up for by going faster
constexpr auto kCatchUp = 3s; // an engine that took over may take so long to be in time again
// Frames ahead of the feed: with fewer, clock and feed keep waking each other up; more would only
// cost memory.
constexpr std::int64_t kUnpacedLead = 12;

// The clock has a few microseconds of work a frame and must have them in time. Without the right
// to that (an ordinary user) it asks for short slices, which Linux 6.12 and later lets go before
// others when they wake up (EEVDF; sched_setattr(2), sched_runtime of SCHED_OTHER); others ignore
// it.
void raisePriority()
{
    const sched_param parameters{1};
    if (::pthread_setschedparam(::pthread_self(), SCHED_RR, &parameters) == 0)
        return;
    const auto self = id_t(::syscall(SYS_gettid));
    ::setpriority(PRIO_PROCESS, self, -10);
    // As struct sched_attr, whose header and the C library's do not go together.
    struct {
        std::uint32_t size = 48;
        std::uint32_t policy = SCHED_OTHER;
        std::uint64_t flags = 0;
        std::int32_t nice = 0;
        std::uint32_t priority = 0;
        std::uint64_t runtimeNs = 100'000; // the least there is
        std::uint64_t deadlineNs = 0;
        std::uint64_t periodNs = 0;
    } shortSlices;
    static_assert(sizeof shortSlices == 48);
    shortSlices.nice = ::getpriority(PRIO_PROCESS, self);
    ::syscall(SYS_sched_setattr, 0, &shortSlices, 0);
}

} // namespace

ClockThread::ClockThread(const ClockOptions &options, std::shared_ptr<RetainedFrames> retained,
                         EventFd wake, std::function<void()> onEvents)
    : m_options(options)
    , m_retained(std::move(retained))
    , m_onEvents(std::move(onEvents))
    , m_wake(std::move(wake))
    , m_clock(options.format.rate)
    , m_number(options.firstFrame)
    , m_logo(options.format, options.firstFrame)
    , m_standIn(options.format)
    , m_emergency(options.format.rate)
{
    if (options.isOnEmergency)
        m_emergency.goOn();
    m_state.frame = options.firstFrame - 1;
    m_state.counts.since = options.firstFrame;
    if (options.counts)
        m_state.counts = *options.counts;
}

ClockThread::~ClockThread()
{
    stop();
}

void ClockThread::start(std::chrono::nanoseconds waited)
{
    if (m_options.epoch)
        m_catchUpUntil = FrameClock::now() + kCatchUp - waited;
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

void ClockThread::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    m_wake.notify();
    m_thread.join();
}

void ClockThread::setCue(std::deque<ClipSourcePtr> cue, bool isDecided, const ClipSourcePtr &onAir)
{
    {
        const std::lock_guard lock(m_mutex);
        // What went on air since the main thread made this list must not be cued again, and a
        // "nothing follows" that was decided for an earlier item says nothing about this one.
        std::erase_if(cue, [](const ClipSourcePtr &source) { return source->wasAired(); });
        m_cue = std::move(cue);
        m_cueDecided = isDecided && m_current == onAir;
    }
    m_wake.notify();
}

void ClockThread::cutTo(ClipSourcePtr source, JoinReason reason)
{
    {
        const std::lock_guard lock(m_mutex);
        if (source && source->wasAired())
            return;
        m_hasCut = true;
        m_cut = std::move(source);
        m_cutReason = reason;
    }
    m_wake.notify();
}

void ClockThread::cancelCut()
{
    const std::lock_guard lock(m_mutex);
    m_hasCut = false;
    m_cut.reset();
}

void ClockThread::setTap(std::function<void(const AirFramePtr &)> tap)
{
    // The old one goes after the lock: it may be the last to hold a preview, whose thread is waited
    // for.
    const std::lock_guard lock(m_mutex);
    m_tap.swap(tap);
}

std::deque<AirEvent> ClockThread::takeEvents()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_events, {});
}

AirState ClockThread::state() const
{
    const std::lock_guard lock(m_mutex);
    AirState state = m_state;
    if (state.source)
        state.framesAhead = state.source->framesAhead(state.itemFrame + 1);
    return state;
}

void ClockThread::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "clock");
    if (m_options.isPaced)
        raisePriority();
    if (m_options.epoch) {
        m_clock.resume(*m_options.epoch);
        announceEpoch();
    } else {
        beginEpoch(u"start"_s, FrameClock::now());
    }
    const std::shared_ptr<AirPulse::Clock> pulse
        = m_options.isPaced && m_options.pulse ? m_options.pulse->add(m_options.channel) : nullptr;
    while (!stop.stop_requested()) {
        if (pulse) {
            pulse->frame.store(m_number - 1, std::memory_order_relaxed);
            pulse->turns.fetch_add(1, std::memory_order_relaxed);
        }
        if (!waitForTurn(stop))
            break;
        if (!advance())
            break;
        airOne();
    }
    m_last.reset();
    m_logo.forget();
}

void ClockThread::beginEpoch(const QString &reason, std::chrono::nanoseconds due,
                             std::chrono::nanoseconds stood)
{
    m_clock.begin(m_number, reason, due);
    announceEpoch(stood);
}

void ClockThread::announceEpoch(std::chrono::nanoseconds stood)
{
    AirEvent event;
    event.kind = AirEvent::Kind::EpochBegan;
    event.frame = m_number;
    event.epoch = m_clock.epoch();
    event.epoch.stood = stood;
    post(std::move(event));
}

bool ClockThread::waitForTurn(const std::stop_token &stop)
{
    m_isLate = false;
    if (isAgain())
        return !stop.stop_requested(); // these were in time once
    if (m_options.isPaced) {
        if (m_isWallClockNew.exchange(false))
            beginEpoch(u"clock"_s, m_clock.due(m_number));
        const std::chrono::nanoseconds due = m_clock.due(m_number);
        FrameClock::sleepUntil(due);
        const std::chrono::nanoseconds frame(framesToNanoseconds(1, m_options.format.rate));
        const std::chrono::nanoseconds behind = FrameClock::now() - due;
        if (behind > kMaxBehind) {
            // The whole machine stood still: the programme goes on from here, at a new time.
            beginEpoch(u"pause"_s, due + behind, behind);
        }
        m_isLate = behind > frame && behind <= kMaxBehind;
        return !stop.stop_requested();
    }
    // Nothing is dropped where time does not press: also a slow publisher is waited for. A feed
    // that goes on never reads what was made again, and waits for us at the first frame behind
    // that.
    const std::int64_t madeAnew = m_number - m_options.againBelow;
    while (!stop.stop_requested()
           && (std::min(m_retained->unread(), madeAnew) >= kUnpacedLead || m_retained->isFull())) {
        std::array<pollfd, 2> entries{
            {{m_wake.fd(), POLLIN, 0}, {m_retained->takenEvent().fd(), POLLIN, 0}}};
        ::poll(entries.data(), entries.size(), 1000);
        m_wake.clear();
        m_retained->takenEvent().clear();
    }
    return !stop.stop_requested();
}

// Decides which source the next frame comes from. False: the programme has ended (finishesAtEnd).
bool ClockThread::advance()
{
    Decision decision;
    {
        const std::lock_guard lock(m_mutex);
        decision = decideLocked();
    }
    switch (decision.kind) {
    case Decision::Kind::Stay:
        return true;
    case Decision::Kind::Switch:
        switchTo(std::move(decision.source), decision.reason, decision.cutShortAt);
        return true;
    case Decision::Kind::End:
        break;
    }
    m_retained->finish();
    AirEvent event;
    event.kind = AirEvent::Kind::Ended;
    event.frame = m_number;
    post(std::move(event));
    return false;
}

ClockThread::Decision ClockThread::decideLocked()
{
    const bool atEnd = !m_current || m_current->isAtEnd(m_position);
    if (m_hasCut && (!m_cut || m_cut->isUnderWay())) {
        m_hasCut = false;
        std::erase(m_cue, m_cut);
        if (m_cut)
            m_cut->markAired();
        return {Decision::Kind::Switch, std::move(m_cut), m_cutReason,
                m_current && !atEnd ? m_position : -1};
    }
    if (!atEnd || m_hasCut)
        return {};
    if (!m_cue.empty()) {
        // Behind an item its picture stands until there is one; after a take-over time presses.
        const bool isPressing = !m_emergency.isOn() && (m_current || isCatchingUp());
        const auto isReady = [isPressing](const ClipSource &source) {
            return isPressing ? source.hasFrame(source.from()) : source.isUnderWay();
        };
        const auto first = std::ranges::find_if(m_cue, [&isReady](const ClipSourcePtr &source) {
            return isReady(*source) || !source->isPassable();
        });
        if (first == m_cue.end() || !isReady(**first))
            return {};
        ClipSourcePtr next = std::move(*first);
        m_cue.erase(m_cue.begin(), first + 1);
        next->markAired(); // under the lock, so that setCue() cannot cue it again meanwhile
        // The main thread has to say again what follows; an unpaced channel waits for it.
        m_cueDecided = false;
        return {Decision::Kind::Switch, std::move(next), JoinReason::Follow, -1};
    }
    if (!m_cueDecided)
        return {};
    if (m_options.finishesAtEnd)
        return {Decision::Kind::End, nullptr, JoinReason::Slate, -1};
    if (m_isOnSlate)
        return {};
    return {Decision::Kind::Switch, nullptr, JoinReason::Slate, -1};
}

void ClockThread::switchTo(ClipSourcePtr source, JoinReason reason, std::int64_t cutShortAt)
{
    // The sound that the item would have gone on with fades out under the new one: where it is
    // cut, and where its out point came when frames behind that were decoded already.
    m_leaving.clear();
    const bool goesOn = m_current && m_current->hasFrame(m_position);
    const bool isInside = source && source->in() > 0 && source->from() == source->in();
    m_fadeIn = cutShortAt >= 0 || goesOn || isInside || m_heldInARow > 0 || m_isOnSlate;
    if (m_emergency.isOn() && (source || reason != JoinReason::Slate)) {
        leaveEmergency();
    } else if (m_emergency.isOn()) {
        reason = JoinReason::Emergency; // it has stood in for the item that ends, and stays
    } else if (goesOn) {
        m_leaving = soundOfItem(*m_current, m_position, m_number, m_options.format.rate);
    }
    m_heldInARow = 0;
    m_passedOver = 0;
    m_position = source ? source->from() : 0;
    m_airing = m_number;
    m_isOnSlate = !source;
    AirEvent event;
    event.frame = m_number;
    event.source = source;
    event.reason = reason;
    event.cutShortAt = cutShortAt;
    {
        const std::lock_guard lock(m_mutex);
        m_current = std::move(source);
        m_state.startFrame = m_number - m_position + (m_current ? m_current->in() : 0);
    }
    post(std::move(event));
}

// Makes and hands on the next frame; an unpaced channel that has none waits for one instead.
void ClockThread::airOne()
{
    const std::int64_t before = m_position;
    std::shared_ptr<AirFrame> frame;
    std::uint8_t *own = nullptr; // its picture, as long as nobody else has it
    if (m_current && m_emergency.isOn() && canGoOn())
        leaveEmergency();
    if (m_current && !m_emergency.isOn() && !m_current->isAtEnd(m_position))
        frame = frameFromSource(&own);
    const bool canWait = !m_options.isPaced || isCatchingUp();
    if (!frame && (m_isOnSlate || m_emergency.isOn()) && !(canWait && m_emergency.isAwaited()))
        frame = standInFrame(&own);
    if (!frame && canWait) {
        waitForFrames();
        return;
    }
    const bool isHeld = !frame;
    if (isHeld) {
        frame = heldFrame(&own);
        // Nobody sees it, but what follows must stand where it stood.
        if (isAgain() && m_current) {
            ++m_position;
            ++m_passedOver;
        }
    }
    if (m_current) {
        frame->position = {m_current->itemId(), m_airing, before, m_position};
        frame->gain = m_current->gain();
    }
    {
        const std::lock_guard lock(m_mutex);
        frame->counts = m_state.counts;
    }
    frame->counts.held += (isHeld || m_emergencyGap > 0) && !isAgain() ? 1 : 0;
    frame->counts.late += m_isLate ? 1 : 0;
    const bool isItems = m_current && !frame->isEmergency;
    m_logo.draw(*frame, own, isItems ? m_current->category() : QString());
    publish(std::move(frame));
}

// After the engine was replaced the programme is behind its time and its player has nothing in
// hand: frames go out as fast as the player gives them, and none is held for that.
bool ClockThread::isCatchingUp() const
{
    return FrameClock::now() < m_catchUpUntil;
}

// Until the player on air, the one that follows or a command may have changed something.
void ClockThread::waitForFrames()
{
    std::array<pollfd, 3> entries{{{m_wake.fd(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}}};
    ClipSourcePtr next;
    {
        const std::lock_guard lock(m_mutex);
        next = m_hasCut ? m_cut : (m_cue.empty() ? nullptr : m_cue.front());
    }
    if (m_current)
        entries[1].fd = m_current->readyFd();
    if (next)
        entries[2].fd = next->readyFd();
    // The bound covers an end of an item that is told without a hand-over (a player that died).
    ::poll(entries.data(), entries.size(), 20);
    m_wake.clear();
    if (m_current)
        m_current->clearReady();
    if (next)
        next->clearReady();
}

std::shared_ptr<AirFrame> ClockThread::frameFromSource(std::uint8_t **own)
{
    const ClipSourcePtr source = m_current;
    auto frame = frameOfItem(*source, m_position, m_number, m_options.format.rate, own);
    if (!frame)
        return nullptr;
    // What was passed over has come after all: its slots are the player's again.
    for (; m_passedOver > 0; --m_passedOver)
        source->take(m_position - m_passedOver);
    if (std::exchange(m_fadeIn, false))
        fadeOver(frame->sound, m_leaving);
    m_leaving.clear();
    m_heldInARow = 0;
    m_slateInARow = 0;
    ++m_position;
    return frame;
}

std::int64_t ClockThread::framesIn(std::int64_t seconds) const
{
    return seconds * m_options.format.rate.num / m_options.format.rate.den;
}

std::shared_ptr<AirFrame> ClockThread::heldFrame(std::uint8_t **own)
{
    m_fadeIn = true;
    if (!m_last || ++m_heldInARow > framesIn(kMaxHoldSeconds))
        return standInFrame(own);
    return lastAgain();
}

std::shared_ptr<AirFrame> ClockThread::lastAgain()
{
    const FrameRate rate = m_options.format.rate;
    const std::int64_t count = samplesBefore(m_number + 1, rate) - samplesBefore(m_number, rate);
    auto frame = std::make_shared<AirFrame>();
    frame->number = m_number;
    frame->picture = m_last->picture;
    frame->keepAlive = m_last->keepAlive;
    frame->isSlate = m_last->isSlate;
    frame->isEmergency = m_last->isEmergency;
    frame->sound.assign(std::size_t(count) * 2, 0);
    return frame;
}

// What is seen in place of an item: the slate, and after a while the emergency clip.
std::shared_ptr<AirFrame> ClockThread::standInFrame(std::uint8_t **own)
{
    if (m_emergency.isOn() || m_slateInARow >= framesIn(kSlateSeconds)) {
        if (std::shared_ptr<AirFrame> frame = emergencyFrame(own))
            return frame;
    }
    ++m_slateInARow;
    return slateFrame();
}

// Null: it cannot begin, or has not gone on for so long that it has ended.
std::shared_ptr<AirFrame> ClockThread::emergencyFrame(std::uint8_t **own)
{
    const bool isOn = m_emergency.isOn();
    if (!isOn && !m_emergency.isReady())
        return nullptr;
    if (std::shared_ptr<AirFrame> frame = m_emergency.next(m_number, own)) {
        if (m_emergency.isAnother() || m_emergencyGap > 0)
            fadeOver(frame->sound, m_leaving);
        m_leaving.clear();
        m_emergencyGap = 0;
        if (!isOn)
            tellStandIn(JoinReason::Emergency);
        return frame;
    }
    if (isOn && m_last && m_emergency.isAwaited()
        && ++m_emergencyGap <= framesIn(kMaxHoldSeconds)) {
        std::shared_ptr<AirFrame> frame = lastAgain();
        frame->position = m_emergency.position();
        return frame;
    }
    if (isOn) {
        leaveEmergency();
        tellStandIn(JoinReason::Slate);
    }
    return nullptr;
}

void ClockThread::leaveEmergency()
{
    m_leaving = m_emergency.leave(m_number);
    m_fadeIn = true;
    m_emergencyGap = 0;
    m_slateInARow = 0;
    m_heldInARow = 0;
}

// While it stands in for an item that is on air, that one stays on air.
void ClockThread::tellStandIn(JoinReason reason)
{
    if (m_current)
        return;
    AirEvent event;
    event.frame = m_number;
    event.reason = reason;
    post(std::move(event));
}

// The item for which the emergency clip stands in gives pictures again.
bool ClockThread::canGoOn() const
{
    return m_current->hasFrame(m_position)
        && (m_current->hasFrame(m_position + kFramesToGoOn - 1) || m_current->length());
}

std::shared_ptr<AirFrame> ClockThread::slateFrame()
{
    const FrameRate rate = m_options.format.rate;
    const std::int64_t count = samplesBefore(m_number + 1, rate) - samplesBefore(m_number, rate);
    auto frame = std::make_shared<AirFrame>();
    frame->number = m_number;
    frame->isSlate = true;
    frame->sound.assign(std::size_t(count) * 2, 0);
    if (!m_leaving.empty()) {
        fadeOver(frame->sound, m_leaving);
        m_leaving.clear();
    }
    HousePicture slate = m_standIn.slate(m_clock.wallTime(m_number));
    frame->picture = slate.data;
    frame->keepAlive = std::move(slate.alive);
    return frame;
}

void ClockThread::publish(AirFramePtr frame)
{
    std::function<void(const AirFramePtr &)> tap;
    const bool kept = m_retained->push(frame);
    {
        const std::lock_guard lock(m_mutex);
        tap = m_tap;
        if (kept) {
            m_state.counts = frame->counts;
            m_state.frame = m_number;
            m_state.source = m_current;
            m_state.itemFrame = std::max<std::int64_t>(m_position - 1, 0);
            m_state.isSlate = frame->isSlate;
            m_state.isEmergency = frame->isEmergency;
        } else {
            ++m_state.counts.dropped;
            m_state.counts.late += m_isLate ? 1 : 0;
        }
    }
    if (!kept) {
        // What the programme would have gone on with fades out under what follows the hole.
        if (!std::exchange(m_isDropping, true))
            m_beforeHole = frame->sound;
        m_leaving = m_beforeHole;
        m_fadeIn = true;
        // The numbering closes up: this number goes to the next frame, one frame later. Told when
        // the hole is over, since each epoch is brought to the disk.
        m_clock.begin(m_number, u"drop"_s, m_clock.due(m_number + 1));
        return;
    }
    if (std::exchange(m_isDropping, false))
        announceEpoch();
    m_last = std::move(frame);
    m_logo.aired();
    ++m_number;
    if (tap)
        tap(m_last);
}

void ClockThread::post(AirEvent event)
{
    {
        const std::lock_guard lock(m_mutex);
        event.counts = m_state.counts;
        m_events.push_back(std::move(event));
    }
    m_onEvents();
}

} // namespace continuo
