// SPDX-License-Identifier: GPL-3.0-or-later
// The players of a channel: started ahead, replaced, taken away.
#include "core/base/logging.h"
#include "core/playlist/itempoints.h"
#include "core/playout/playout.h"

#include <QPointer>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kMaxDeaths = 10; // of players, for one item
constexpr int kMaxDeathsInPlace = 2; // without a frame in between: it is the clip

// How long a player whose frames are wanted may bring none: while its processor time stands still
// (stopped, a read that hangs), and while it works (a decoder that loops).
struct Patience {
    std::chrono::nanoseconds idle;
    std::chrono::nanoseconds busy;
};
constexpr Patience kToGoOn{500ms, 3s};
constexpr Patience kToBegin{5s, 20s}; // a disk that has to start turning; a far place in a file
constexpr Patience kUnpaced{60s, 60s}; // time presses nobody
constexpr std::chrono::nanoseconds kLeastIdle = 200ms;
// What is wanted has not come for so long: the status says so. To begin takes longer than to go on.
constexpr auto kStuck = 500ms;
constexpr auto kStuckAtStart = 2s;
constexpr auto kAway = 300ms; // so long between two looks, it was we who stood still
constexpr auto kFirstThings = 700ms; // an engine that goes on starts nothing else for so long

} // namespace

// The player of the item that is to go on has the machine to itself until it has a picture; only a
// channel that has nothing to go on with needs the slate at once.
void Playout::startRest()
{
    if (!m_isFirstOnly)
        return;
    const bool isWaiting
        = !m_onAir.player && !m_cue.empty() && m_cue.front().player->source()->isEmpty();
    if (isWaiting && FrameClock::now() - m_startedAt < kFirstThings)
        return;
    m_isFirstOnly = false;
    Q_EMIT slateMayBeDrawn();
    m_emergency.set(m_emergencySettings);
    replan();
    ensureSpare();
}

void Playout::onPlayerOpened(Player *player)
{
    Q_EMIT itemOpened(player->request().itemId, player->facts());
    refill();
}

// Behind the end of its file, where an engine that died may have stood, there is nothing: with no
// frame at all the item must not wait to be begun. Nor must one whose points leave nothing of it,
// which is told.
void Playout::onPlayerFinished(Player *player)
{
    if (!player->source()->isEmpty() || player->source()->isDamaged())
        return refill();
    const PlayerRequest &request = player->request();
    std::optional<Error> error;
    if (request.from == request.in)
        error = nothingToShow({request.in, request.until}, player->source()->length().value_or(-1),
                              m_options.clock.format.rate);
    if (!error)
        return passOver(player, {ErrorCode::NotFound, u"nothing is left of it"_s, 0});
    qCWarning(lcPlayout) << "item" << request.itemId << "shows nothing:" << error->detail;
    Q_EMIT itemFailed(request.itemId, *error, 0);
    passOver(player, *error);
}

void Playout::onPlayerFailed(Player *player)
{
    // A file of which nothing came would hold up the next player for as long.
    const bool isHopeless
        = player->failure().code == ErrorCode::Timeout && player->source()->isEmpty();
    if (player->hasDied() && !isHopeless && replacePlayer(player))
        return;
    if (Entry *entry = entryOf(player))
        entry->isGivenUp = true;
    player->source()->close();
    const std::int64_t frames
        = std::max<std::int64_t>(player->source()->end() - player->request().in, 0);
    const Error error = player->failure();
    const QString itemId = player->request().itemId;
    qCWarning(lcPlayout) << "item" << itemId << "stopped after" << frames
                         << "frames:" << error.detail;
    Q_EMIT itemFailed(itemId, error, frames);
    if (player->source()->isEmpty()) // else what there is is played; the source ends there
        passOver(player, error);
}

// An item of which there is no frame: what is behind it comes in its place.
void Playout::passOver(Player *player, const Error &error)
{
    const QString itemId = player->request().itemId;
    m_failures.push_back(
        {itemId, player->request().path, FrameClock::now(), error.code == ErrorCode::Timeout});
    std::erase_if(m_options.first, [&](const PlayoutItem &item) { return item.id == itemId; });
    if (m_isCutting && m_cutEntry.player.get() == player) {
        m_clock->cancelCut();
        Entry entry = std::exchange(m_cutEntry, {});
        retire(std::move(entry.player));
        const bool isSkip = m_cuts.front().isSkip;
        if (isSkip) {
            // The one behind it, as the pre-roll would have done.
            m_isCutting = false;
            replan();
            startNextCut();
            return;
        }
        finishCut(error);
    }
    replan();
}

std::unique_ptr<Player> Playout::playerFor(const PlayoutItem &item)
{
    std::unique_ptr<Player> player = takeSpare();
    if (!player)
        return nullptr;
    PlayerRequest request;
    request.itemId = item.id;
    request.path = item.path;
    request.title = item.title;
    request.stillSeconds = item.stillSeconds;
    request.tracks = item.tracks;
    request.in = item.in;
    request.from = item.from;
    request.until = item.out;
    request.gainCentiDb = item.gainCentiDb;
    request.targetLufs = item.targetLufs;
    listen(player.get());
    if (Result<void> sent = player->open(request); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        retire(std::move(player));
        return nullptr; // the next round of housekeeping tries again
    }
    player->source()->endBefore(item.limit());
    player->source()->setCategory(item.category);
    // The spare for the one after this is started when this one has had its turn to begin.
    QTimer::singleShot(0, this, &Playout::ensureSpare);
    return player;
}

void Playout::listen(Player *player)
{
    connect(player, &Player::entered, this, &Playout::playerEntered);
    connect(player, &Player::opened, this, [this, player] { onPlayerOpened(player); });
    connect(player, &Player::finished, this, [this, player] { onPlayerFinished(player); });
    connect(
        player, &Player::failed, this,
        [this, guard = QPointer<Player>(player)] {
            if (guard)
                onPlayerFailed(guard);
        },
        Qt::QueuedConnection);
}

Playout::Entry *Playout::entryOf(const Player *player)
{
    for (Entry *entry : {&m_onAir, &m_cutEntry}) {
        if (entry->player.get() == player)
            return entry;
    }
    const auto cued = std::ranges::find_if(
        m_cue, [player](const Entry &entry) { return entry.player.get() == player; });
    return cued != m_cue.end() ? &*cued : nullptr;
}

// Another player goes on where a killed one stood. False: it is the clip that kills them.
bool Playout::replacePlayer(Player *player)
{
    Entry *entry = entryOf(player);
    if (!entry)
        return false;
    const ClipSourcePtr source = player->source();
    entry->seenEnd = -1; // the next one is judged anew
    entry->deathsInPlace = source->end() == entry->diedAt ? entry->deathsInPlace + 1 : 1;
    entry->diedAt = source->end();
    // A disk that stands still now and then kills no item: only one that never comes back.
    const bool isStall = player->failure().code == ErrorCode::Timeout;
    entry->deaths += isStall ? 0 : 1;
    if (entry->deaths > kMaxDeaths || entry->deathsInPlace > kMaxDeathsInPlace)
        return false;
    std::unique_ptr<Player> next = takeSpare();
    if (!next)
        return false;
    listen(next.get());
    if (Result<void> sent = next->takeOver(player->request(), source); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        retire(std::move(next));
        return false;
    }
    player->disconnect(this);
    m_leaving.push_back(player->takeProcess());
    std::exchange(entry->player, std::move(next)).release()->deleteLater();
    qCWarning(lcPlayout) << "item" << entry->item.id << "goes on in another player at frame"
                         << entry->diedAt;
    Q_EMIT playerReplaced(entry->item.id, entry->diedAt);
    QTimer::singleShot(0, this, &Playout::ensureSpare);
    return true;
}

// Whose frames are wanted now: the item on air when little of it is in hand, one that is cut to,
// the next one until it has a first frame.
void Playout::judgePlayers()
{
    const auto now = FrameClock::now();
    const bool isAnew = now - std::exchange(m_judgedAt, now) > kAway;
    const AirState air = m_clock->state();
    if (m_onAir.player) {
        const int lead = suggestedStoreSize(m_options.clock.format).lead;
        const bool isShort
            = air.source == m_onAir.player->source() && air.framesAhead * 4 < lead * 3;
        judgePlayer(m_onAir, isShort, isAnew);
    }
    if (m_cutEntry.player)
        judgePlayer(m_cutEntry, !m_cutEntry.player->source()->isUnderWay(), isAnew);
    if (!m_cue.empty()) {
        const ClipSourcePtr next = m_cue.front().player->source();
        const bool isAwaited = !m_onAir.player && !next->isUnderWay(); // on the slate
        judgePlayer(m_cue.front(), next->isEmpty() || isAwaited, isAnew);
    }
}

// In the order in which they are needed, the first that is short of frames has the machine: behind
// a cut the next player would fill its store at full speed beside one that has four frames.
void Playout::shareMachine()
{
    if (!m_options.clock.isPaced)
        return;
    const AirState air = m_clock->state();
    const int lead = suggestedStoreSize(m_options.clock.format).lead;
    const auto isShort = [lead](const ClipSource &source, std::int64_t next) {
        return source.framesAhead(next) < lead / 2 && !source.isAtEnd(source.end());
    };
    // The clock may be further than its events have told, and the other way round.
    const bool hasGoneOn = std::ranges::any_of(m_cue, [&air](const Entry &entry) {
        return air.source && entry.player->source() == air.source;
    });
    bool isNeeded = hasGoneOn && isShort(*air.source, air.itemFrame + 1);
    bool isEndNear = false;
    if (m_onAir.player && !hasGoneOn) {
        const ClipSource &source = *m_onAir.player->source();
        const bool isTold = air.source.get() == &source;
        const std::int64_t next = isTold ? air.itemFrame + 1 : source.from();
        const std::int64_t frames = endOf(m_onAir);
        isNeeded = isShort(source, next);
        // A guess may be too small: then nothing is known.
        isEndNear = frames >= next && frames - next <= lead;
    }
    m_isShort = isNeeded;
    if (m_cutEntry.player) {
        ClipSource &source = *m_cutEntry.player->source();
        source.holdBack(false);
        isNeeded = isNeeded || isShort(source, source.from());
        isEndNear = false;
    }
    for (const Entry &entry : m_cue) {
        ClipSource &source = *entry.player->source();
        // What follows in a moment must not begin with a few frames because the one before was
        // slow to its end.
        source.holdBack(isNeeded && !isEndNear);
        isEndNear = false;
        isNeeded = isNeeded || isShort(source, source.from());
    }
}

void Playout::judgePlayer(Entry &entry, bool isWanted, bool isAnew)
{
    Player &player = *entry.player;
    const std::int64_t end = player.source()->end();
    if (player.hasFailed()) {
        // Nobody is to make the frame again, and that the item failed is told: it ends there.
        if (entry.isGivenUp && player.source()->isDamaged() && !player.source()->isAtEnd(end)) {
            player.source()->close();
            if (player.source()->isEmpty())
                passOver(&player, player.failure());
        }
        return;
    }
    if (player.source()->isDamaged()) {
        qCWarning(lcPlayout) << "the player of item" << entry.item.id
                             << "handed over something else in place of frame" << end;
        player.giveUp({ErrorCode::Corrupt, u"its player handed over what is no frame"_s, 0});
        return;
    }
    if (player.hasFinished())
        return;
    const auto now = FrameClock::now();
    const std::int64_t ticks = player.cpuTicks();
    const bool hasMoved = end != std::exchange(entry.seenEnd, end);
    const bool hasWorked = ticks != std::exchange(entry.seenTicks, ticks);
    if (hasMoved || !isWanted || isAnew)
        entry.movedAt = now;
    if (hasMoved || !isWanted || isAnew || hasWorked)
        entry.workedAt = now;
    Patience patience = m_options.clock.isPaced ? kToBegin : kUnpaced;
    if (m_options.clock.isPaced && end > player.request().from) {
        // Where little can be in hand (large pictures), another must be there sooner.
        const int frames = suggestedStoreSize(m_options.clock.format).lead;
        const std::chrono::nanoseconds lead(
            framesToNanoseconds(frames, m_options.clock.format.rate));
        patience = {std::clamp(lead / 3, kLeastIdle, kToGoOn.idle), kToGoOn.busy};
    }
    if (now - entry.workedAt < patience.idle && now - entry.movedAt < patience.busy)
        return;
    qCWarning(lcPlayout) << "the player of item" << entry.item.id << "stands still at frame" << end;
    player.giveUp(
        {ErrorCode::Timeout, u"its player stood still (is its disk or share reachable?)"_s, 0});
}

QString Playout::playerStateOf(const Entry &entry) const
{
    const Player &player = *entry.player;
    if (player.hasFailed())
        return entry.isGivenUp ? u"failed"_s : u"restarting"_s;
    if (player.hasFinished())
        return u"running"_s;
    const bool hasBegun = player.source()->end() > player.request().from;
    const bool isJudged = m_options.clock.isPaced && entry.seenEnd >= 0;
    const std::chrono::nanoseconds patience = hasBegun ? kStuck : kStuckAtStart;
    if (isJudged && FrameClock::now() - entry.movedAt >= patience)
        return u"stuck"_s;
    return hasBegun ? u"running"_s : u"starting"_s;
}

std::unique_ptr<Player> Playout::takeSpare()
{
    // A stopped one would take its clip and do nothing, which costs seconds until it is noticed.
    if (m_spare && (!m_spare->isRunning() || m_spare->hasFailed() || m_spare->isStopped()))
        retire(std::move(m_spare));
    if (!m_spare)
        startSpare();
    return std::exchange(m_spare, nullptr);
}

void Playout::ensureSpare()
{
    if (!m_spare && !m_isFirstOnly)
        startSpare();
}

void Playout::startSpare()
{
    if (hasStopped())
        return;
    Result<std::unique_ptr<Player>> player = Player::start(
        m_options.clock.format, suggestedStoreSize(m_options.clock.format), m_options.logFile);
    if (player)
        m_spare = std::move(player).value();
    else
        qCWarning(lcPlayout) << "no player can be started:" << player.error().detail;
}

void Playout::retire(std::unique_ptr<Player> player)
{
    if (!player)
        return;
    player->disconnect(this);
    if (player->source())
        player->source()->close();
    m_leaving.push_back(player->takeProcess());
    player.release()->deleteLater(); // it may be the sender of the signal that led here
}

void Playout::reap()
{
    std::erase_if(m_leaving, [](ChildProcess &process) { return process.wait(0ms).has_value(); });
}

} // namespace continuo
