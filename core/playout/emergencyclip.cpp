// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playout/emergencyclip.h"

#include "core/base/logging.h"
#include "core/playout/frameclock.h"

#include <QPointer>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::array kEmergencyWaits{1s, 5s, 30s}; // before it is tried again
constexpr int kEmergencyDeaths = 2; // of players without a frame in between: it is the clip
constexpr double kEmergencyStill = 3600; // seconds for which a picture is shown before it repeats
constexpr std::chrono::nanoseconds kEmergencyStall = 1s; // on air, with nothing in hand
constexpr std::chrono::nanoseconds kEmergencyStart = 20s; // for the first frame
constexpr auto kAway = 300ms; // so long between two looks, it was we who stood still

} // namespace

EmergencyClip::EmergencyClip(const HouseFormat &format, QString logFile, EmergencyLoop &loop)
    : m_format(format)
    , m_logFile(std::move(logFile))
    , m_loop(loop)
{
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &EmergencyClip::tryAgain);
}

EmergencyClip::~EmergencyClip() = default;

// Slots as for any clip, since what is on air is held back in them; the lead is half a second.
StoreSize EmergencyClip::storeSize() const
{
    StoreSize size = suggestedStoreSize(m_format);
    size.lead = std::clamp(int(std::ceil(m_format.rate.toDouble() / 2)), 4, size.lead);
    return size;
}

void EmergencyClip::set(const EmergencySettings &settings)
{
    m_settings = settings;
    ++m_clip;
    m_again.stop();
    forgetFailure();
    m_gainCentiDb.reset();
    // What is on air stays until the other one has a picture; it can go on to no other meanwhile.
    m_loop.setCue({});
    const ClipSourcePtr current = m_loop.current();
    for (Entry &entry : m_entries) {
        if (!isSet() || entry.player->source() != current)
            retire(std::move(entry.player));
    }
    std::erase_if(m_entries, [](const Entry &entry) { return !entry.player; });
    if (isSet())
        start();
    else
        m_loop.clear();
}

QString EmergencyClip::clipId() const
{
    return emergencyItemId() + u'/' + QString::number(m_clip);
}

void EmergencyClip::tryAgain()
{
    if (m_leaving.abandoned() >= kManyAbandoned)
        m_again.start(kEmergencyWaits.back());
    else
        start();
}

void EmergencyClip::forgetFailure()
{
    m_tries = 0;
    if (std::exchange(m_failure, std::nullopt))
        Q_EMIT recovered();
}

void EmergencyClip::start()
{
    Result<std::unique_ptr<Player>> player = Player::start(m_format, storeSize(), m_logFile);
    if (!player)
        return fail(player.error());
    PlayerRequest request;
    request.itemId = clipId();
    request.path = m_settings.path;
    request.stillSeconds = kEmergencyStill;
    request.from = std::exchange(m_settings.from, 0);
    request.targetLufs = m_settings.targetLufs;
    if (request.targetLufs)
        request.gainCentiDb = m_gainCentiDb;
    listen(player->get());
    Entry &entry = m_entries.emplace_back();
    entry.player = std::move(player).value();
    entry.movedAt = FrameClock::now();
    if (Result<void> sent = entry.player->open(request); !sent) {
        retire(std::move(entry.player));
        m_entries.pop_back();
        return fail(sent.error());
    }
    sendCue();
}

void EmergencyClip::listen(Player *player)
{
    connect(player, &Player::entered, this, &EmergencyClip::playerEntered);
    // Queued: what follows may take the player away.
    connect(
        player, &Player::failed, this,
        [this, guard = QPointer<Player>(player)] {
            if (guard)
                onFailed(guard);
        },
        Qt::QueuedConnection);
}

void EmergencyClip::onFailed(Player *player)
{
    const auto entry = std::ranges::find_if(
        m_entries, [player](const Entry &one) { return one.player.get() == player; });
    if (entry == m_entries.end())
        return;
    if (player->hasDied() && replace(*entry))
        return;
    // What there is of it is played; then it begins again, in another player.
    player->source()->close();
    if (!player->source()->isEmpty())
        return;
    const Error error = player->failure();
    retire(std::move(entry->player));
    m_entries.erase(entry);
    sendCue();
    fail(error);
}

void EmergencyClip::fail(const Error &error)
{
    const bool isNew = !m_failure || m_failure->detail != error.detail;
    m_failure = error;
    m_again.start(kEmergencyWaits.at(std::min(m_tries++, kEmergencyWaits.size() - 1)));
    if (isNew)
        Q_EMIT failed(error);
}

// Another player goes on where one died. False: it is the clip that kills them.
bool EmergencyClip::replace(Entry &entry)
{
    const ClipSourcePtr source = entry.player->source();
    entry.deathsInPlace = source->end() == entry.diedAt ? entry.deathsInPlace + 1 : 1;
    entry.diedAt = source->end();
    if (entry.deathsInPlace > kEmergencyDeaths)
        return false;
    Result<std::unique_ptr<Player>> next = Player::start(m_format, storeSize(), m_logFile);
    if (!next)
        return false;
    listen(next->get());
    if (!next.value()->takeOver(entry.player->requestToGoOn(), source))
        return false;
    qCWarning(lcPlayout) << "the emergency clip goes on in another player at frame" << entry.diedAt;
    std::unique_ptr<Player> dead = std::exchange(entry.player, std::move(next).value());
    dead->disconnect(this);
    m_leaving.add(dead->takeProcess());
    dead.release()->deleteLater();
    entry.movedAt = FrameClock::now();
    return true;
}

void EmergencyClip::tick()
{
    m_leaving.reap();
    const auto now = FrameClock::now();
    const bool isAnew = now - std::exchange(m_tickedAt, now) > kAway;
    // In this order: what goes on air in between is the current one, and not one that is over.
    std::vector<bool> wereAired;
    for (const Entry &entry : m_entries)
        wereAired.push_back(entry.player->source()->wasAired());
    const ClipSourcePtr current = m_loop.current();
    bool isNothing = false;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        Entry &entry = m_entries[i];
        const ClipSourcePtr source = entry.player->source();
        if (source != current && wereAired[i]) {
            if (source->itemId() == clipId())
                m_gainCentiDb = source->lastGainCentiDb();
            retire(std::move(entry.player));
        } else if (source->isEmpty() && source->isClosed() && entry.player->hasFinished()) {
            // Behind its end, where another engine stood; else there is nothing of it.
            isNothing = isNothing || entry.player->request().from == 0;
            retire(std::move(entry.player));
        } else {
            judge(entry, isAnew);
        }
    }
    if (std::erase_if(m_entries, [](const Entry &entry) { return !entry.player; }) > 0)
        sendCue();
    if (!isSet())
        return;
    if (isNothing)
        fail({ErrorCode::Corrupt, u"nothing of it can be shown"_s, 0});
    const auto next = std::ranges::find_if(
        m_entries, [](const Entry &entry) { return !entry.player->source()->wasAired(); });
    // What is on air says nothing of the file as it is now.
    if (next != m_entries.end() && next->player->source()->isUnderWay())
        forgetFailure();
    else if (next == m_entries.end() && !m_again.isActive())
        start();
}

// Whether a player whose frames are wanted brings any.
void EmergencyClip::judge(Entry &entry, bool isAnew)
{
    Player &player = *entry.player;
    const ClipSourcePtr source = player.source();
    const auto now = FrameClock::now();
    const std::int64_t end = source->end();
    // With its lead in hand it waits for the air.
    const bool isFull = end - player.request().from >= storeSize().lead && !source->wasAired();
    if (end != std::exchange(entry.seenEnd, end) || isFull || isAnew || player.hasFinished())
        entry.movedAt = now;
    if (player.hasFailed())
        return;
    if (source->isDamaged())
        return player.giveUp({ErrorCode::Corrupt, u"its player handed over what is no frame"_s, 0});
    const bool hasBegun = end > player.request().from;
    if (now - entry.movedAt > (hasBegun && source->wasAired() ? kEmergencyStall : kEmergencyStart))
        player.giveUp(
            {ErrorCode::Timeout, u"its player stood still (is its disk or share reachable?)"_s, 0});
}

bool EmergencyClip::isCued() const
{
    return std::ranges::any_of(
        m_entries, [](const Entry &entry) { return entry.player->source()->isUnderWay(); });
}

std::vector<pid_t> EmergencyClip::players() const
{
    std::vector<pid_t> pids;
    for (const Entry &entry : m_entries) {
        if (entry.player->isRunning())
            pids.push_back(entry.player->pid());
    }
    return pids;
}

void EmergencyClip::stop()
{
    m_again.stop();
    m_loop.clear();
    m_entries.clear();
    m_leaving.leaveAll();
}

void EmergencyClip::sendCue()
{
    std::deque<ClipSourcePtr> sources;
    for (const Entry &entry : m_entries)
        sources.push_back(entry.player->source());
    m_loop.setCue(std::move(sources));
}

void EmergencyClip::retire(std::unique_ptr<Player> player)
{
    if (!player)
        return;
    player->disconnect(this);
    if (player->source())
        player->source()->close();
    m_leaving.add(player->takeProcess());
    player.release()->deleteLater(); // it may be the sender of the signal that led here
}

} // namespace continuo
