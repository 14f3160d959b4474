// SPDX-License-Identifier: GPL-3.0-or-later
// Players that get no further: noticed, covered by another, given up.
#include "core/base/logging.h"
#include "core/playout/playout.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

// On air another player is beside it long before: what stands still for so long is given up.
constexpr PlayerWatch::Patience kToGoOn{5s, 3s, 20s};
// A disk that has to start turning; a far place in a file that has to be read up to there.
constexpr PlayerWatch::Patience kToBegin{5s, 10s, 20s};
constexpr PlayerWatch::Patience kUnpaced{60s, 60s, 60s}; // time presses nobody
// With the frames by which its store has to be short first, and the time between two looks, what
// does not come is noticed within half a second. To begin takes longer: a process has to start.
constexpr PlayerWatch::Time kNoticed = 350ms;
constexpr PlayerWatch::Time kNoticedSooner = 200ms;
constexpr PlayerWatch::Time kNoticedAtStart = 2s;
constexpr std::int64_t kSlack = 3; // frames
constexpr PlayerWatch::Time kFirstRaceRest = 1s;
constexpr PlayerWatch::Time kLongestRaceRest = 16s;
constexpr auto kAway = 300ms; // so long between two looks, it was we who stood still

bool isStanding(PlayerTrouble trouble)
{
    return trouble != PlayerTrouble::None && trouble != PlayerTrouble::Slow;
}

} // namespace

// Whose frames are wanted now: the item on air when little of it is in hand, one that is cut to,
// those that follow until they have a first frame.
void Playout::judgePlayers()
{
    const auto now = FrameClock::now();
    const bool isAnew = now - std::exchange(m_judgedAt, now) > kAway;
    const AirState air = m_clock->state();
    if (m_onAir.player) {
        const int lead = suggestedStoreSize(m_options.clock.format).lead;
        const bool isTold = air.source == m_onAir.player->source();
        judgePlayer(m_onAir, isTold && air.framesAhead + kSlack < lead, isAnew);
        judgeRace(isTold && air.framesAhead * 4 < lead * 3, isAnew);
    }
    if (m_cutEntry.player)
        judgePlayer(m_cutEntry, !m_cutEntry.player->source()->isUnderWay(), isAnew);
    judgeCued(isAnew);
}

// What is behind one that stands still is cued beside it, and goes on air in its place if it must.
void Playout::judgeCued(bool isAnew)
{
    std::vector<Player *> cued; // who fails is taken out
    for (const Entry &entry : m_cue)
        cued.push_back(entry.player.get());
    bool hasChanged = false;
    for (Player *player : cued) {
        Entry *entry = entryOf(player);
        if (!entry)
            continue;
        const ClipSourcePtr source = player->source();
        const bool isAwaited
            = player == cued.front() && !m_onAir.player && !source->isUnderWay(); // on the slate
        judgePlayer(*entry, source->isEmpty() || isAwaited, isAnew);
        entry = entryOf(player);
        if (!entry)
            continue;
        const bool isStuck = source->isEmpty() && isStanding(troubleOf(*entry));
        hasChanged = hasChanged || isStuck != source->isPassable();
        source->setPassable(isStuck);
    }
    if (hasChanged)
        refill();
}

PlayerWatch::Sight Playout::sightOf(const Player &player)
{
    return {player.source()->end(), player.progress(), player.cpuTicks()};
}

PlayerTrouble Playout::troubleOf(const Entry &entry) const
{
    const Player &player = *entry.player;
    if (!m_options.clock.isPaced || player.hasFailed() || player.hasFinished())
        return PlayerTrouble::None;
    const bool hasBegun = player.source()->end() > player.request().from;
    return entry.watch.trouble(hasBegun ? noticedAfter() : kNoticedAtStart, FrameClock::now());
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
    entry.watch.see(sightOf(player), !isWanted || isAnew, now);
    const bool hasBegun = end > player.request().from;
    const PlayerTrouble trouble = troubleOf(entry);
    if (isStanding(trouble) && trouble != std::exchange(entry.told, trouble))
        qCWarning(lcPlayout).noquote()
            << u"the player of item \"%1\" stands still at frame %2: %3"_s.arg(entry.item.id)
                   .arg(end)
                   .arg(troubleName(trouble));
    else if (!isStanding(trouble))
        entry.told = PlayerTrouble::None;
    const PlayerWatch::Patience &patience = !m_options.clock.isPaced ? kUnpaced
        : hasBegun                                                   ? kToGoOn
                                                                     : kToBegin;
    if (!entry.watch.isOver(patience, now))
        return;
    qCWarning(lcPlayout) << "the player of item" << entry.item.id << "is given up at frame" << end;
    player.giveUp(
        {ErrorCode::Timeout, u"its player stood still (is its disk or share reachable?)"_s, 0});
}

// Beside the player on air that gets no further another begins at the frame that it owes. Whoever
// gives that first goes on: a large picture takes its time and is no loop, a share may come back.
void Playout::judgeRace(bool isShort, bool isAnew)
{
    Player &player = *m_onAir.player;
    const ClipSourcePtr source = player.source();
    const auto now = FrameClock::now();
    if (!m_rival) {
        // A slow one must not be made slower by a new rival each second.
        if (isShort && isStanding(troubleOf(m_onAir)) && now >= m_raceAgainAt
            && !source->isDamaged())
            startRival();
        return;
    }
    if (source->end() > m_rival->request().from || player.hasFinished()) {
        qCInfo(lcPlayout) << "the player of item" << m_onAir.item.id << "goes on by itself";
        m_raceAgainAt = now + m_raceRest;
        m_raceRest = std::min(m_raceRest * 2, kLongestRaceRest);
        return dropRival();
    }
    m_rivalWatch.see(sightOf(*m_rival), isAnew, now);
    if (m_rival->request().until != player.request().until)
        m_rival->endBefore(player.request().until);
    if (m_rival->source()->isEmpty() && !m_rival->hasFinished())
        return;
    if (adoptRival())
        refill();
    else
        dropRival();
}

void Playout::startRival()
{
    m_raceAgainAt = FrameClock::now() + kLongestRaceRest; // should it fail by itself
    std::unique_ptr<Player> next = takeSpare();
    if (!next)
        return;
    const ClipSourcePtr source = m_onAir.player->source();
    PlayerRequest request = m_onAir.player->requestToGoOn();
    request.from = source->end();
    if (request.targetLufs)
        request.gainCentiDb = source->lastGainCentiDb();
    if (Result<void> sent = next->open(request); !sent) {
        qCWarning(lcPlayout) << "a spare player was lost:" << sent.error().detail;
        return retire(std::move(next));
    }
    connect(
        next.get(), &Player::failed, this,
        [this] {
            if (m_rival && m_rival->hasFailed())
                dropRival();
        },
        Qt::QueuedConnection);
    m_rival = std::move(next);
    m_rivalWatch.begin();
    QTimer::singleShot(0, this, &Playout::ensureSpare);
}

// False: there is none, or it is not at the place where the player on air stands.
bool Playout::adoptRival()
{
    const ClipSourcePtr source = m_onAir.player->source();
    if (!m_rival || m_rival->hasFailed() || m_rival->request().from != source->end()
        || !m_rival->join(source))
        return false;
    const std::int64_t from = m_rival->request().from;
    m_onAir.watch = m_rivalWatch;
    follow(m_onAir, std::move(m_rival));
    qCWarning(lcPlayout) << "item" << m_onAir.item.id << "goes on in another player at frame"
                         << from;
    Q_EMIT playerReplaced(m_onAir.item.id, from);
    return true;
}

void Playout::dropRival()
{
    retire(std::move(m_rival));
}

// Something else is on air.
void Playout::endRace()
{
    dropRival();
    m_raceAgainAt = {};
    m_raceRest = kFirstRaceRest;
}

// Where little can be in hand (large pictures), another must be there sooner.
PlayerWatch::Time Playout::noticedAfter() const
{
    const int frames = suggestedStoreSize(m_options.clock.format).lead;
    const PlayerWatch::Time lead(framesToNanoseconds(frames, m_options.clock.format.rate));
    return std::clamp(lead / 3, kNoticedSooner, kNoticed);
}

void Playout::tellState(PlayoutStatus &status, const Entry &entry) const
{
    const Player &player = *entry.player;
    status.playerFrames = player.source()->end() - entry.item.in;
    status.playerState = u"running"_s;
    if (player.hasFailed()) {
        status.playerState = entry.isGivenUp ? u"failed"_s : u"restarting"_s;
        return;
    }
    if (player.hasFinished())
        return;
    const PlayerTrouble trouble = troubleOf(entry);
    if (trouble == PlayerTrouble::Slow) {
        status.playerState = u"slow"_s;
    } else if (trouble != PlayerTrouble::None) {
        status.playerState = u"stuck"_s;
        status.playerReason = troubleName(trouble);
    } else if (player.source()->end() == player.request().from) {
        status.playerState = u"starting"_s;
    }
}

} // namespace continuo
