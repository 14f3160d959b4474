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
constexpr auto kRivalRest = 16s; // a third would stand there, too
constexpr int kMaxDeathsInPlace = 2; // without a frame in between: it is the clip

constexpr std::chrono::nanoseconds kDeadRest = 30s; // doubles with each try
constexpr std::chrono::nanoseconds kLongestDeadRest = 10min;
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
    Entry *entry = entryOf(player);
    if (!entry)
        return; // another has taken its place meanwhile
    // A file of which nothing came would hold up the next player for as long.
    const bool isHopeless
        = player->failure().code == ErrorCode::Timeout && player->source()->isEmpty();
    if (player->hasDied() && !isHopeless && replacePlayer(player))
        return;
    if (isReplacedInCue(player))
        return replan();
    entry->isGivenUp = true;
    if (entry == &m_onAir)
        dropRival();
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

// Another has gone on air in its place, while its player stood still.
void Playout::leaveOut(Entry &entry)
{
    if (entry.player->source()->isPassable() && !entry.player->hasFailed()) {
        m_failures.push_back({entry.item.id, entry.item.path, FrameClock::now(), true});
        qCWarning(lcPlayout) << "item" << entry.item.id << "had no frame when its turn came";
        Q_EMIT itemFailed(entry.item.id,
                          {ErrorCode::Timeout,
                           u"it had no picture when its turn came: its player stood still"_s, 0},
                          0);
    }
    retire(std::move(entry.player));
}

// Lets be tried again what failed so long ago. Where players do not end, each try of a file that
// hangs may leave one more, so that they become rare until one of those has ended.
void Playout::forgetFailures(std::chrono::seconds rest, std::chrono::seconds hangRest)
{
    const bool isDead = m_abandoned >= kManyAbandoned;
    std::chrono::nanoseconds dueAfter = hangRest;
    if (isDead)
        dueAfter = std::max({dueAfter, kDeadRest, m_deadRest});
    bool isHangTried = false;
    std::erase_if(m_failures, [&, now = FrameClock::now()](const PlayoutFailure &failure) {
        const bool isDue = now - failure.at >= (failure.isHang ? dueAfter : rest);
        isHangTried = isHangTried || (isDue && failure.isHang);
        return isDue;
    });
    if (isDead && isHangTried)
        m_deadRest = std::clamp(m_deadRest * 2, kDeadRest * 2, kLongestDeadRest);
}

// Its file was replaced before its turn: what has the name now is begun from its in point.
bool Playout::isReplacedInCue(const Player *player) const
{
    return player->hasFailed() && player->failure().code == ErrorCode::Replaced
        && !player->source()->wasAired()
        && std::ranges::any_of(
               m_cue, [player](const Entry &entry) { return entry.player.get() == player; });
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
    request.waypoints = item.waypoints;
    listen(player.get());
    if (Result<void> sent = player->open(request); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        retire(std::move(player));
        return nullptr; // the next round of housekeeping tries again
    }
    player->source()->endBefore(item.limit());
    player->source()->setCategory(item.category);
    player->source()->setGain(item.askedGain());
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
    const bool isInPlace = source->end() == entry->diedAt;
    entry->deathsInPlace = isInPlace ? entry->deathsInPlace + 1 : 1;
    entry->diedAt = source->end();
    // A disk that stands still now and then kills no item: only one that never comes back.
    const bool isStall = player->failure().code == ErrorCode::Timeout;
    entry->deaths += isStall ? 0 : 1;
    if (entry->deaths > kMaxDeaths || entry->deathsInPlace > kMaxDeathsInPlace)
        return false;
    if (entry == &m_onAir && adoptRival()) {
        if (isStall) {
            ++entry->deathsInPlace; // two have stood there
            m_raceAgainAt = FrameClock::now() + kRivalRest;
        }
        return true;
    }
    std::unique_ptr<Player> next = takeSpare();
    if (!next)
        return false;
    if (Result<void> sent = next->takeOver(player->requestToGoOn(), source); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        retire(std::move(next));
        return false;
    }
    follow(*entry, std::move(next));
    entry->watch.begin(); // the next one is judged anew
    qCWarning(lcPlayout) << "item" << entry->item.id << "goes on in another player at frame"
                         << entry->diedAt;
    Q_EMIT playerReplaced(entry->item.id, entry->diedAt);
    return true;
}

// It has what is to come of the item already; the one before it is of no more use.
void Playout::follow(Entry &entry, std::unique_ptr<Player> next)
{
    next->disconnect(this);
    listen(next.get());
    entry.player->disconnect(this);
    leave(*entry.player);
    std::exchange(entry.player, std::move(next)).release()->deleteLater();
    QTimer::singleShot(0, this, &Playout::ensureSpare);
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
    leave(*player);
    player.release()->deleteLater(); // it may be the sender of the signal that led here
}

void Playout::leave(Player &player)
{
    m_leaving.add(player.takeProcess());
}

void Playout::reap()
{
    m_leaving.reap();
    const int abandoned = m_leaving.abandoned() + m_emergency.abandoned();
    const int before = std::exchange(m_abandoned, abandoned);
    if (abandoned < before)
        m_deadRest = {}; // the share may be back
    const bool wereMany = before >= kManyAbandoned;
    if (wereMany != (abandoned >= kManyAbandoned))
        Q_EMIT playersAbandoned(wereMany ? 0 : abandoned);
}

void Playout::leaveAll()
{
    m_leaving.leaveAll();
    if (std::exchange(m_abandoned, 0) >= kManyAbandoned)
        Q_EMIT playersAbandoned(0); // they are nobody's any more
}

} // namespace continuo
