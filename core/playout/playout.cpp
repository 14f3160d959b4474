// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/playout.h"

#include "core/base/logging.h"

#include <QMetaObject>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kMaxCued = 8;
constexpr int kMaxStanding = 3; // players that stand still: more of a dead share cost processes
constexpr auto kPreroll = 2000ms; // programme beyond the item on air that is decoded ahead
constexpr auto kRetargetDelay = 400ms; // after the last edit of a burst
constexpr auto kHouseKeeping = 50ms;
constexpr auto kFailureRest = 5s; // before what did not play is tried again, for want of others
constexpr auto kHangRest = 60s; // the same while there are others: each try costs seconds
constexpr auto kFirstFramePatience = 3s; // the clock starts without a picture after that

std::int64_t framesIn(std::chrono::milliseconds time, FrameRate rate)
{
    return microsecondsToFrames(std::chrono::microseconds(time).count(), rate);
}

} // namespace

Result<std::unique_ptr<Playout>> Playout::create(const PlayoutOptions &options)
{
    const FrameRate rate = options.clock.format.rate;
    // What one player's store can hold back: beyond that it is frames that are dropped, counted,
    // and not players that run dry.
    const StoreSize size = suggestedStoreSize(options.clock.format);
    const auto bound = std::size_t(size.slots - size.lead);
    Result<std::shared_ptr<RetainedFrames>> retained
        = RetainedFrames::create(rate, options.clock.firstFrame, bound);
    if (!retained)
        return retained.error();
    Result<EventFd> wake = EventFd::create();
    if (!wake)
        return wake.error();
    return std::unique_ptr<Playout>(
        new Playout(options, std::move(retained).value(), std::move(wake).value()));
}

Playout::Playout(const PlayoutOptions &options, std::shared_ptr<RetainedFrames> retained,
                 EventFd wake)
    : m_options(options)
    , m_retained(std::move(retained))
    , m_clock(std::make_unique<ClockThread>(
          options.clock, m_retained, std::move(wake),
          [this] { QMetaObject::invokeMethod(this, &Playout::onAirEvents, Qt::QueuedConnection); }))
    , m_emergency(options.clock.format, options.logFile, m_clock->emergency())
{
    connect(&m_emergency, &EmergencyClip::playerEntered, this, &Playout::playerEntered);
    m_retarget.setSingleShot(true);
    m_retarget.setInterval(kRetargetDelay);
    connect(&m_retarget, &QTimer::timeout, this, &Playout::replan);
    m_house.setInterval(kHouseKeeping);
    connect(&m_house, &QTimer::timeout, this, [this] {
        startRest();
        startClockWhenReady();
        settle();
        m_emergency.tick();
        reap();
        applyOut();
        judgePlayers();
        shareMachine();
        if (m_cue.empty())
            replan();
    });
}

Playout::~Playout()
{
    disconnect();
    stop();
}

void Playout::start()
{
    m_startedAt = FrameClock::now();
    m_isFirstOnly = m_options.clock.epoch.has_value() && !m_options.first.empty();
    if (!m_isFirstOnly) {
        Q_EMIT slateMayBeDrawn();
        m_emergency.set(m_emergencySettings);
    }
    replan();
    startRest();
    m_house.start();
    startClockWhenReady();
}

void Playout::stop()
{
    m_house.stop();
    m_retarget.stop();
    m_clock->stop();
    m_clock->setTap({});
    m_retained->finish();
    // What went on air at the last moment was aired, too.
    for (const AirEvent &event : m_clock->takeEvents()) {
        if (event.kind == AirEvent::Kind::Started)
            onStarted(event);
    }
    for (const Cut &cut : std::exchange(m_cuts, {})) {
        if (std::exchange(m_hasCutDone, false))
            cut.done(m_cutDone); // the first: it has happened
        else
            cut.done(Error{ErrorCode::Closed, u"the channel was stopped"_s, 0});
    }
    m_isCutting = false;
    m_cutEntry = {};
    m_cue.clear();
    m_onAir = {};
    m_extension.reset();
    m_rival.reset();
    m_emergency.stop();
    m_spare.reset();
    leaveAll();
}

void Playout::startClockWhenReady()
{
    if (m_isClockRunning)
        return;
    const ClipSource *first = m_cue.empty() ? nullptr : m_cue.front().player->source().get();
    const bool hasFirst
        = first && (m_options.clock.epoch ? !first->isEmpty() : first->isUnderWay());
    const bool isOnEmergency = m_options.clock.isOnEmergency;
    const bool isShown = isOnEmergency ? m_emergency.isCued() : m_hasSlate;
    const bool hasNothing = m_cue.empty() && (isShown || m_options.clock.finishesAtEnd);
    const auto waited = FrameClock::now() - m_startedAt;
    const bool isReady = hasFirst || hasNothing;
    if (!isReady && waited < kFirstFramePatience)
        return;
    m_isClockRunning = true;
    m_clock->start(isReady || (isOnEmergency && isShown) ? 0ns : waited);
}

void Playout::listChanged(bool isUrgent)
{
    // Unpaced, the join may come before the delay is over.
    if (isUrgent || m_cue.empty() || !m_options.clock.isPaced)
        replan();
    else if (!m_retarget.isActive())
        m_retarget.start();
}

std::int64_t Playout::settle()
{
    AirState air = m_clock->state();
    onAirEvents();
    // What began behind that look is on air for this edit; its first frame is out in an instant.
    if (m_onAirStart > air.frame) {
        air.frame = m_onAirStart;
        air.source = m_onAir.player ? m_onAir.player->source() : nullptr;
        air.itemFrame = air.source ? air.source->from() : 0;
    }
    settleIfDue(air);
    return air.frame;
}

// The last moment at which the list decides: what is cued becomes what the list says now.
void Playout::settleIfDue(const AirState &air)
{
    if (isSettled() || !isSettlingTime(air))
        return;
    m_retarget.stop();
    replan();
    m_settledStart = m_onAirStart;
}

void Playout::skip(CutDone done)
{
    onAirEvents(); // what has just begun is not what follows
    m_cuts.push_back({true, {}, std::move(done)});
    startNextCut();
}

void Playout::take(const PlayoutItem &item, CutDone done)
{
    onAirEvents();
    m_cuts.push_back({false, item, std::move(done)});
    startNextCut();
}

void Playout::startNextCut()
{
    if (m_isCutting || m_cuts.empty())
        return;
    // The clock has just gone on to a cued item: its event is on the way, and comes back here.
    if (std::ranges::any_of(m_cue,
                            [](const Entry &entry) { return entry.player->source()->wasAired(); }))
        return;
    m_isCutting = true;
    const Cut &cut = m_cuts.front();
    if (!cut.isSkip) {
        const auto cued = std::ranges::find_if(
            m_cue, [&](const Entry &entry) { return entry.item.id == cut.item.id; });
        if (cued != m_cue.end()) {
            Entry entry = std::move(*cued);
            m_cue.erase(cued);
            beginCut(std::move(entry), JoinReason::Take);
        } else if (std::unique_ptr<Player> player = playerFor(cut.item)) {
            beginCut({cut.item, std::move(player)}, JoinReason::Take);
        } else {
            finishCut(Error{ErrorCode::Internal, u"no player could be started"_s, 0});
        }
        return;
    }
    if (m_cue.empty())
        replan();
    if (m_cue.empty()) {
        // Nothing follows: the slate, which needs no player.
        m_clock->cutTo(nullptr, JoinReason::Skip);
        return;
    }
    Entry entry = std::move(m_cue.front());
    m_cue.erase(m_cue.begin());
    beginCut(std::move(entry), JoinReason::Skip);
}

void Playout::beginCut(Entry entry, JoinReason reason)
{
    m_cutEntry = std::move(entry);
    m_cutEntry.watch.begin(); // judged from now on
    sendCue();
    m_clock->cutTo(m_cutEntry.player->source(), reason);
    if (m_cutEntry.player->hasFailed())
        onPlayerFailed(m_cutEntry.player.get());
}

void Playout::finishCut(Result<CutOutcome> outcome)
{
    const Cut cut = std::move(m_cuts.front());
    m_cuts.erase(m_cuts.begin());
    m_isCutting = false;
    cut.done(std::move(outcome));
    startNextCut();
}

void Playout::onAirEvents()
{
    bool hasStarted = false;
    for (const AirEvent &event : m_clock->takeEvents()) {
        switch (event.kind) {
        case AirEvent::Kind::Started:
            onStarted(event);
            hasStarted = true;
            break;
        case AirEvent::Kind::EpochBegan:
            Q_EMIT epochBegan(event.epoch);
            break;
        case AirEvent::Kind::Ended:
            Q_EMIT ended(event.frame);
            break;
        }
    }
    if (!hasStarted)
        return;
    replan();
    if (m_hasCutDone) {
        m_hasCutDone = false;
        finishCut(m_cutDone);
    } else {
        startNextCut(); // one may have waited for this event
    }
}

void Playout::onStarted(const AirEvent &event)
{
    Entry started;
    const bool isCut = m_isCutting
        && (m_cutEntry.player ? m_cutEntry.player->source() == event.source
                              : !event.source && event.reason == JoinReason::Skip);
    if (isCut) {
        started = std::exchange(m_cutEntry, {});
    } else if (event.source) {
        const auto cued = std::ranges::find_if(
            m_cue, [&](const Entry &entry) { return entry.player->source() == event.source; });
        if (cued == m_cue.end())
            return; // replaced by a later event of the same batch
        started = std::move(*cued);
        for (auto entry = m_cue.begin(); entry != cued; ++entry)
            leaveOut(*entry);
        m_cue.erase(m_cue.begin(), cued + 1);
    }
    retire(std::move(m_onAir.player));
    dropExtension();
    m_extendedFrom = -1;
    endRace();
    if (event.source && !m_options.clock.finishesAtEnd)
        forgetFailures(0s, kHangRest);
    m_onAir = std::move(started);
    m_onAirStart = event.frame;
    m_heldBefore = event.counts.held;
    m_droppedBefore = event.counts.dropped;
    if (!m_options.first.empty() && m_options.first.front().id == m_onAir.item.id)
        m_options.first.erase(m_options.first.begin());
    else if (event.source || isCut)
        m_options.first.clear(); // something else was wanted meanwhile; what stands in was not
    Q_EMIT itemStarted(m_onAir.item.id, event.frame, event.reason);
    if (isCut) {
        m_hasCutDone = true;
        m_cutDone = {event.frame, m_onAir.item.id};
    }
}

// Whether the item on air ends within the safe zone. False while its end is not known, and when
// something else has gone on air since.
bool Playout::isSettlingTime(const AirState &air) const
{
    if (!m_onAir.player || m_onAir.player->source() != air.source)
        return false;
    const std::int64_t end = endOf(m_onAir);
    if (end < 0)
        return false;
    // By the item's own frames: those that were held or dropped have moved its end.
    const std::int64_t zone = framesIn(m_options.safeZone, m_options.clock.format.rate);
    return air.itemFrame >= end - zone;
}

// Whether the choice of what follows the item on air has been made for good.
bool Playout::isSettled() const
{
    return m_onAir.player && m_settledStart == m_onAirStart;
}

PlayoutItem Playout::settledNext() const
{
    return isSettled() && !m_cue.empty() ? m_cue.front().item : PlayoutItem();
}

// The items that should be cued now, in order: as many as two seconds of programme take.
std::vector<PlayoutItem> Playout::wanted() const
{
    std::vector<PlayoutItem> items;
    QString after;
    auto first = m_options.first.begin();
    if (isSettled() && !m_cue.empty()) {
        items.push_back(m_cue.front().item);
        after = m_cue.front().item.id;
        if (first != m_options.first.end() && first->id == after)
            ++first; // the same
    }
    const auto rests = [this](const PlayoutItem &item) {
        return std::ranges::any_of(
            m_failures, [&](const PlayoutFailure &failure) { return failure.itemId == item.id; });
    };
    for (; first != m_options.first.end(); ++first) {
        after = first->id;
        if (!rests(*first))
            items.push_back(*first);
    }
    for (PlayoutItem &item : m_followers(after, kMaxCued)) {
        if (!rests(item))
            items.push_back(std::move(item));
    }
    return items;
}

// A cued item turned out to be short or done: the pre-roll may need one more. A change of the list
// that waits to be carried out comes with its own round.
void Playout::refill()
{
    if (!m_retarget.isActive())
        replan();
}

void Playout::replan()
{
    // The clock went on to a cued item and its event is on the way; it brings us back here.
    if (std::ranges::any_of(m_cue,
                            [](const Entry &entry) { return entry.player->source()->wasAired(); }))
        return;
    std::erase_if(m_cue, [&](Entry &entry) {
        const ClipSourcePtr &source = entry.player->source();
        const bool isUseless = source->isEmpty() && source->isClosed();
        if (isUseless)
            retire(std::move(entry.player));
        return isUseless;
    });
    std::vector<PlayoutItem> items = wanted();
    if (items.empty() && !m_options.clock.finishesAtEnd) {
        // Not sooner, and not by time alone: a block of files on one dead share would be gone round
        // in for ever, and what is behind it never come on air.
        forgetFailures(kFailureRest, kFailureRest);
        items = wanted();
    }
    m_retarget.stop();
    std::vector<Entry> cue;
    std::int64_t frames = 0;
    int standing = 0; // players
    const std::int64_t enough = framesIn(kPreroll, m_options.clock.format.rate);
    for (const PlayoutItem &item : items) {
        if (frames >= enough || (m_isFirstOnly && !cue.empty()))
            break;
        const auto same = std::ranges::find_if(m_cue, [&](const Entry &entry) {
            return entry.player && entry.item.id == item.id && entry.item.path == item.path
                && entry.item.from == item.from && entry.item.in == item.in
                && entry.item.out == item.out && entry.item.tracks == item.tracks
                && !isReplacedInCue(entry.player.get());
        });
        Entry entry; // with what is known of the players that it has cost
        if (same != m_cue.end())
            entry = std::move(*same);
        else
            entry.player = playerFor(item);
        if (!entry.player)
            break;
        entry.item = item;
        entry.player->source()->setCategory(item.category);
        // In place of one that stands still, what is behind it may have to go on air.
        if (entry.player->source()->isPassable() && ++standing <= kMaxStanding) {
            cue.push_back(std::move(entry));
            continue;
        }
        // An item of unknown length may be long: only what is known to be short needs another.
        // Before its player has said it, what an earlier look at the file has shown.
        std::int64_t known = endOf(entry);
        if (item.expectedFrames >= 0 && !entry.player->isOpened())
            known = known < 0 ? item.expectedFrames : std::min(known, item.expectedFrames);
        frames += known >= 0 ? std::clamp<std::int64_t>(known - item.from, 0, enough) : enough;
        cue.push_back(std::move(entry));
    }
    m_cue.swap(cue);
    sendCue();
    // Only now the clock cannot choose what was cued before. What it has gone on to in the meantime
    // is on air, wanted or not; the event that takes it out of the cue is on the way.
    for (auto entry = cue.rbegin(); entry != cue.rend(); ++entry) {
        if (!entry->player)
            continue;
        if (entry->player->source()->wasAired())
            m_cue.insert(m_cue.begin(), std::move(*entry));
        else
            retire(std::move(entry->player));
    }
}

void Playout::sendCue()
{
    std::deque<ClipSourcePtr> sources;
    for (const Entry &entry : m_cue)
        sources.push_back(entry.player->source());
    const ClipSourcePtr onAir = m_onAir.player ? m_onAir.player->source() : nullptr;
    // Nothing is cued because nothing can follow: only then an unpaced channel may end or go dark.
    const bool nothingFollows = m_cue.empty();
    m_clock->setCue(std::move(sources), nothingFollows, onAir);
    shareMachine();
}

void Playout::fileIsGood(const QString &path)
{
    if (std::erase_if(m_failures,
                      [&](const PlayoutFailure &failure) { return failure.path == path; })
        > 0)
        refill();
}

void Playout::setTap(std::function<void(const AirFramePtr &)> tap)
{
    m_clock->setTap(std::move(tap));
}

void Playout::setSlate(SlateShow slate)
{
    m_hasSlate = true;
    m_clock->standIn().setSlate(std::move(slate));
}

void Playout::setEmergency(const EmergencySettings &settings)
{
    m_emergencySettings = settings;
    if (m_house.isActive() && !m_isFirstOnly)
        m_emergency.set(settings);
}

void Playout::setEmergencyTarget(std::optional<double> targetLufs)
{
    m_emergencySettings.targetLufs = targetLufs;
    m_emergency.setTarget(targetLufs);
}

std::int64_t Playout::airFrame() const
{
    return m_clock->state().frame;
}

std::optional<AirGain> Playout::gainOf(const QString &itemId) const
{
    if (m_onAir.player && m_onAir.item.id == itemId)
        return m_onAir.player->source()->gain();
    const auto cued
        = std::ranges::find(m_cue, itemId, [](const Entry &entry) { return entry.item.id; });
    return cued != m_cue.end() ? std::optional(cued->player->source()->gain()) : std::nullopt;
}

PlayoutStatus Playout::status() const
{
    PlayoutStatus status;
    status.air = m_clock->state();
    status.itemId = m_onAir.item.id;
    status.itemTitle = m_onAir.item.title;
    if (m_onAir.player) {
        const std::int64_t end = endOf(m_onAir);
        status.itemFrames = end < 0 ? -1 : std::max<std::int64_t>(end - m_onAir.item.in, 0);
        // As its player was asked: the item may say something else by now.
        const PlayerRequest &asked = m_onAir.player->request();
        if (asked.gainCentiDb || asked.targetLufs)
            status.gainCentiDb = m_onAir.player->source()->gainCentiDb();
        status.isGainEstimated = asked.targetLufs.has_value();
        // A player that has handed over everything has ended, though its frames are on air.
        if (m_onAir.player->isRunning())
            status.players.emplace_back(m_onAir.item.id, m_onAir.player->pid());
    }
    status.framesAhead = status.air.framesAhead;
    for (const Entry &entry : m_cue) {
        status.framesAhead += entry.player->source()->framesAhead(0);
        if (entry.player->isRunning())
            status.players.emplace_back(entry.item.id, entry.player->pid());
    }
    if (!m_cue.empty()) {
        status.nextId = m_cue.front().item.id;
        status.nextTitle = m_cue.front().item.title;
        status.isNextCued = !m_cue.front().player->source()->isEmpty();
    }
    const Entry *wanted = m_onAir.player ? &m_onAir : (m_cue.empty() ? nullptr : &m_cue.front());
    if (wanted)
        tellState(status, *wanted);
    status.isLocked = isSettled();
    status.abandoned = m_abandoned;
    status.heldBefore = m_heldBefore;
    status.droppedBefore = m_droppedBefore;
    if (m_cutEntry.player && m_cutEntry.player->isRunning())
        status.players.emplace_back(m_cutEntry.item.id, m_cutEntry.player->pid());
    for (const Player *beside : {m_extension.get(), m_rival.get()}) {
        if (beside && beside->isRunning())
            status.players.emplace_back(m_onAir.item.id, beside->pid());
    }
    if (m_spare && m_spare->isRunning())
        status.players.emplace_back(u"spare"_s, m_spare->pid());
    for (const pid_t pid : m_emergency.players())
        status.players.emplace_back(u"emergency"_s, pid);
    return status;
}

} // namespace continuo
